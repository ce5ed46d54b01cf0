"""Simple rules that a detector must beat: limits, CUSUM, Hampel, and trees."""

from __future__ import annotations

import bisect
import math
from collections import deque
from importlib import import_module
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from benchmarks.detection.run import Alert, Detector

    Row = Mapping[str, float | None]

_DAY = 96
_LEARN = 14 * _DAY
_SPAN = {
    "ph": (0.5, 13.5),
    "ec_us_cm": (5.0, 50_000.0),
    "turbidity_ntu": (0.0, 3_000.0),
    "soil_vwc": (0.02, 0.9),
    "head_m": (0.05, 100.0),
}
_HAZARD = {"ph": "amd", "ec_us_cm": "amd", "head_m": "ground", "soil_vwc": "ground"}
_QUIET_S = 24 * 3600.0


class _Latch:
    """One alert when it begins, the next one after a day of quiet."""

    def __init__(self) -> None:
        self._last_s: dict[str, float] = {}

    def __call__(self, t_s: float, hazard: str, *, on: bool) -> list[Alert]:
        if not on:
            return []
        before_s = self._last_s.get(hazard, -math.inf)
        self._last_s[hazard] = t_s
        return [(hazard, "amber")] if t_s - before_s > _QUIET_S else []


class Limits:
    """pH below 6, conductivity 1.5 times its median of 14 days, head 0.5 m from a day ago.

    Args:
        checked: values outside a sensor's range count as missing, and an excess must last `hold` samples.
    """

    def __init__(self, *, checked: bool, hold: int = 5) -> None:
        self._checked, self._hold = checked, hold if checked else 1
        self._ec: deque[float] = deque(maxlen=_LEARN)
        self._head: deque[float | None] = deque(maxlen=_DAY)
        self._median, self._steps = math.nan, 0
        self._held = {"acid": 0, "salt": 0, "head": 0}
        self._latch = _Latch()

    def __call__(self, t_s: float, row: Row) -> list[Alert]:
        """One step."""
        values = {name: self._read(row, name) for name in ("ph", "ec_us_cm", "head_m")}
        ph, ec, head = values.values()
        if self._steps % _DAY == 0 and self._ec:
            self._median = median(self._ec)
        self._steps += 1
        ago = self._head[0] if len(self._head) == _DAY else None
        self._head.append(head)
        if ec is not None:
            self._ec.append(ec)
        acid = self._lasts("acid", None if ph is None else ph < 6.0)
        salt = self._lasts("salt", None if ec is None else ec > 1.5 * self._median)
        moved = self._lasts("head", None if head is None or ago is None else abs(head - ago) > 0.5)
        return self._latch(t_s, "amd", on=acid or salt) + self._latch(t_s, "ground", on=moved)

    def _read(self, row: Row, name: str) -> float | None:
        value = row[name]
        if value is None or not self._checked:
            return value
        low, high = _SPAN[name]
        return value if low <= value <= high else None

    def _lasts(self, name: str, excess: bool | None) -> bool:  # noqa: FBT001 - three-valued
        if excess is not None:
            self._held[name] = self._held[name] + 1 if excess else 0
        return self._held[name] >= self._hold


class PerChannel:
    """One judge per channel; a channel that is judged odd for `hold` samples is its hazard."""

    def __init__(self, make: Callable[[], Callable[[float], bool]], hold: int) -> None:
        self._judges = {name: make() for name in _HAZARD}
        self._held = dict.fromkeys(_HAZARD, 0)
        self._hold, self._steps, self._latch = hold, 0, _Latch()

    def __call__(self, t_s: float, row: Row) -> list[Alert]:
        """One step."""
        odd = dict.fromkeys(("amd", "ground"), False)
        self._steps += 1
        for name, hazard in _HAZARD.items():
            value = row[name]
            low, high = _SPAN[name]
            if value is None or not low <= value <= high:
                continue
            self._held[name] = self._held[name] + 1 if self._judges[name](value) else 0
            odd[hazard] |= self._held[name] >= self._hold and self._steps > _LEARN
        return [alert for hazard, on in odd.items() for alert in self._latch(t_s, hazard, on=on)]


class Cusum:
    """Two-sided, on what an EWMA did not foretell, in its own standard deviations.

    So great a limit because the tails are heavy: at 10 there are a hundred false alarms a year.
    """

    def __init__(self, k: float = 1.0, h: float = 100.0) -> None:
        self._k, self._h = k, h
        self._level, self._var, self._up, self._down, self._count = math.nan, 0.0, 0.0, 0.0, 0

    def __call__(self, value: float) -> bool:
        """Whether the sum is over its limit."""
        if math.isnan(self._level):
            self._level = value
        surprise = value - self._level
        self._level += 0.5 * surprise
        self._count += 1
        spread = max(math.sqrt(self._var), 0.002 * abs(value), 1e-4)
        score = surprise / spread
        weight = max(1.0 / self._count, 1.0 / (7 * _DAY))
        self._var += weight * (min(surprise * surprise, 9.0 * spread * spread) - self._var)
        self._up = max(0.0, self._up + score - self._k)
        self._down = max(0.0, self._down - score - self._k)
        over = max(self._up, self._down) > self._h
        if over:
            self._up = self._down = 0.0
        return over


class Hampel:
    """Trailing window: a value many MADs from the median."""

    def __init__(self, size: int = 12, mads: float = 30.0) -> None:
        self._size, self._mads = size, mads
        self._window: deque[float] = deque()
        self._sorted: list[float] = []

    def __call__(self, value: float) -> bool:
        """Whether it is far from those before it."""
        odd = False
        if len(self._window) == self._size:
            middle = median(self._sorted)
            mad = 1.4826 * median(abs(each - middle) for each in self._sorted)
            odd = abs(value - middle) > self._mads * max(mad, 0.001 * abs(middle), 1e-3)
            self._sorted.remove(self._window.popleft())
        self._window.append(value)
        bisect.insort(self._sorted, value)
        return odd


def trees(seed: int = 1) -> Callable[[float], bool]:
    """HalfSpaceTrees of river (Tan, Ting and Liu 2011) over value and step, if river is there."""
    anomaly, preprocessing = (import_module(f"river.{part}") for part in ("anomaly", "preprocessing"))
    forest = anomaly.HalfSpaceTrees(n_trees=10, height=8, window_size=10 * _DAY, seed=seed)
    model = preprocessing.MinMaxScaler() | forest
    last = [math.nan]

    def odd(value: float) -> bool:
        step = 0.0 if math.isnan(last[0]) else value - last[0]
        last[0] = value
        features = {"value": value, "step": step}
        score: float = model.score_one(features)
        model.learn_one(features)
        return score > 0.99

    return odd


class Quarterly:
    """A rule that counts in quarters of an hour: it is shown the first look in each."""

    def __init__(self, rule: Detector) -> None:
        self._rule, self._shown = rule, -1

    def __call__(self, t_s: float, row: Row) -> Iterable[Alert]:
        """One look."""
        quarter = int(t_s // 900)
        if quarter == self._shown:
            return ()
        self._shown = quarter
        return self._rule(t_s, row)


BASELINES: dict[str, Callable[[], Detector]] = {
    "limits": lambda: Quarterly(Limits(checked=False)),
    "limits-checked": lambda: Quarterly(Limits(checked=True)),
    "cusum": lambda: Quarterly(PerChannel(Cusum, 1)),
    "hampel": lambda: Quarterly(PerChannel(Hampel, 1)),
    "trees": lambda: Quarterly(PerChannel(trees, 4)),
}
