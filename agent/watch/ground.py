"""Does the ground move water that it should not? Every piezometer, soil probe, barometer and rain gauge. Pure.

Scores are shares of what would be an alarm alone: metres beyond what the site's own air, rain and restlessness
explain, over the threshold that these set. One is amber; a crack is a lesser loss of head with a step in
moisture, as neither makes the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.model import Severity
from agent.watch.barometric import Believable
from agent.watch.contract import HOUR, Assessment, Role
from agent.watch.head import Head, losses
from agent.watch.rain import Rain
from agent.watch.robust import median
from agent.watch.sick_ground import HEAD, SOIL, Gate
from agent.watch.soil import Soil

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.watch.contract import Block

_LEAST_M, _MOST_M = 0.24, 0.45
_RESTLESS_TIMES = 3.0
_WITHOUT_AIR_M = 0.5
_WITHOUT_RAIN_M = 0.8
_DAY_H, _DAYS_H = 24, 96
_SLOW_TIMES = 1.3
_RECOVERS_FROM = 0.4
_SIX_DAYS_H = 144
_FAST_M, _GROWN_M, _DRAWN_M = 0.055, 0.025, 0.08  # in two days; beyond the two of four days before; in all
_STEADY_SHARE, _BEGUN_SHARE = 0.4, 0.1  # what breaks in faster is no drawdown
_REAL_SHARE = 0.4  # of a loss that must be seen without taking rain off
_CRACK_STEP = 0.02
_CRACK_SHARE = 0.4
_RED_M = 1.0


class Score(NamedTuple):
    """How near to an alarm: 1 is amber alone. With the numbers that made it."""

    share: float
    mechanism: str
    evidence: Mapping[str, float]


_NOTHING = Score(0.0, "", {})


class Ground:
    """All ground channels of a station."""

    def __init__(self) -> None:
        self._hour: int | None = None
        self._gates: dict[tuple[Role, str], Gate] = {}
        self._seen: dict[tuple[Role, str], list[float]] = {}
        self._heads: dict[str, Head] = {}
        self._soils: dict[str, Soil] = {}
        self._air = Believable()
        self._rain = Rain()
        self._fallen: list[float] = []
        self._air_unseen_h = 10_000
        self._standing_h: dict[str, int] = {}
        self._asked: Assessment | None = None

    def add(self, block: Block) -> Assessment | None:
        """The next block. Returns the level that is asked for since the last full hour."""
        hour = block.number // HOUR
        if self._hour is not None and hour != self._hour:
            self._close(self._hour)
        self._hour = hour
        for role, nerve in ((Role.HEAD, HEAD), (Role.SOIL, SOIL)):
            for name, cell in block.of(role).items():
                key = role, name
                gate = self._gates.get(key) or self._gates.setdefault(key, Gate(nerve))
                value = gate.add(cell.value)
                if value is not None:
                    self._seen.setdefault(key, []).append(value)
        for name, cell in block.of(Role.BARO).items():
            if cell.value is not None:
                self._seen.setdefault((Role.BARO, name), []).append(cell.value)
        fallen = self._rain.add(block)
        if fallen is not None:
            self._fallen.append(fallen)
        return self._asked

    def _close(self, hour: int) -> None:
        seen, self._seen = self._seen, {}
        fallen, self._fallen = self._fallen, []
        airs = [value for (role, _), values in seen.items() if role is Role.BARO for value in values]
        air = self._air.add(median(airs) if airs else None)
        self._air_unseen_h = 0 if air is not None else self._air_unseen_h + 1
        rain = sum(fallen) if fallen else None
        for role, name in self._gates:
            value = seen.get((role, name))
            middle = median(value) if value else None
            if role is Role.HEAD:
                self._heads.setdefault(name, Head()).add(hour, middle, air, rain)
            else:
                self._soils.setdefault(name, Soil()).add(hour, middle)
        self._asked = self._assess()

    def _assess(self) -> Assessment | None:
        best: tuple[float, str, Score] = (0.0, "", _NOTHING)
        for name, head in self._heads.items():
            if not head.ready:
                continue
            for score in (self._loss(head), self._rise(head), self._drawdown(head)):
                if score.share > best[0]:
                    best = (score.share, name, score)
        share, name, score = best
        if share < 0.6:
            self._standing_h.clear()
            return None
        level = Severity.BLUE if share < 1.0 else Severity.YELLOW if share < 2.0 else Severity.ORANGE
        if level >= Severity.YELLOW:
            self._standing_h[score.mechanism] = self._standing_h.get(score.mechanism, 0) + 1
            if self._standing_h[score.mechanism] >= 12 and score.evidence.get("change_m", 0.0) >= _RED_M:
                level = Severity.RED
        return Assessment(
            level, min(0.99, 1.0 - 0.5**share), score.evidence, score.mechanism, "", name, score.mechanism
        )

    def _threshold(self, head: Head) -> float:
        m = max(_LEAST_M, min(_MOST_M, _RESTLESS_TIMES * head.restless_m))
        return max(m, _WITHOUT_AIR_M) if self._air_unseen_h > 5 * _DAY_H else m

    def _loss(self, head: Head) -> Score:
        threshold = self._threshold(head)
        best = _NOTHING
        for over_h, times in ((_DAY_H, 1.0), (_DAYS_H, _SLOW_TIMES)):
            change = head.lost(over_h)
            if change is None:
                continue
            needed = times * threshold + change.doubt_m
            share = change.m / needed
            if share > best.share and head.fallen(over_h) >= _REAL_SHARE * change.m:
                best = Score(share, "head_loss", {"change_m": change.m, "needed_m": needed, "over_h": over_h})
        step = max((each.size for soil in self._soils.values() if (each := soil.step)), default=0.0)
        if step >= _CRACK_STEP and best.share >= _CRACK_SHARE:
            share = best.share + min(1.0, step / (1.5 * _CRACK_STEP)) * 0.6
            best = Score(share, "tension_crack", {**best.evidence, "moisture_step": step})
        if best.share >= 0.3:
            recovers = head.recovered()
            if recovers >= _RECOVERS_FROM:
                return Score(min(best.share, 0.9), "recovering", {**best.evidence, "recovers": recovers})
        return best

    def _rise(self, head: Head) -> Score:
        threshold = self._threshold(head)
        if not self._rain.fitted:
            threshold = _WITHOUT_RAIN_M
        best = _NOTHING
        wetter = max((soil.wetter(_DAYS_H) for soil in self._soils.values()), default=0.0)
        for over_h, times in ((_DAY_H, 1.0), (_DAYS_H, _SLOW_TIMES)):
            change = head.risen(over_h)
            if change is None:
                continue
            needed = (times * threshold) * (0.85 if wetter > 0.01 else 1.0) + change.doubt_m
            share = change.m / needed
            if share > best.share:
                best = Score(
                    share,
                    "pore_pressure_rise",
                    {"change_m": change.m, "needed_m": needed, "over_h": over_h, "wetter": wetter},
                )
        return best

    def _drawdown(self, head: Head) -> Score:
        """Below the days before, faster every two days: no recession does that."""
        daily, change = head.daily(7), head.lost(_SIX_DAYS_H)
        if daily is None or change is None:
            return _NOTHING
        lost = losses(daily)
        first, second, third = (sum(lost[at : at + 2]) for at in (0, 2, 4))
        grown = third - first
        steady = second >= _STEADY_SHARE * third and first >= _BEGUN_SHARE * third
        if head.fallen(_SIX_DAYS_H) < _REAL_SHARE * change.m:
            return _NOTHING
        if third < _FAST_M or not third > second > first or not steady or grown < max(_GROWN_M, head.restless_m):
            return _NOTHING
        needed = _DRAWN_M + head.restless_m + change.doubt_m
        return Score(
            change.m / needed,
            "accelerating_drawdown",
            {"change_m": change.m, "needed_m": needed, "m_per_d": third / 2.0, "before_m_per_d": first / 2.0},
        )
