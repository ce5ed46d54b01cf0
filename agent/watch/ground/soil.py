"""Soil moisture: a step down that no drying makes, a rise that no rain makes. Pure, hour by hour.

Soil dries by a share of what it holds above its dry state; what goes faster has found an opening. A probe
that lost touch with the soil does the same, so a step alone is a notice, and with a falling head a crack.
"""

from __future__ import annotations

from math import exp

from agent.watch.measures.history import History
from agent.watch.measures.robust import median, quantile

_DAY_H = 24
_KEPT_H = 14 * _DAY_H
_LEARNING_H = 5 * _DAY_H
_STEP_H = 6  # from the hours before to the newest
_DRIES_H = 24.0  # no soil loses its storm's water faster
_FLOOR = 0.004  # m3/m3
_RESTLESS_SHARE, _RESTLESS_TIMES = 0.97, 2.0
_MADE_GOOD_FROM = 0.4
_STANDS_FOR_H = 2 * _DAY_H


class Soil:
    """One channel's fortnight."""

    def __init__(self) -> None:
        self._values = History(_KEPT_H)
        self._first: int | None = None
        self._restless = 0.01
        self._step: tuple[int, float, float] | None = None
        self._now = -1

    def add(self, hour: int, moisture: float | None) -> None:
        """The next hour."""
        if self._first is None:
            if moisture is None:
                return
            self._first = hour
        self._values.add(hour, moisture)
        self._now = hour
        if hour % _DAY_H == 0:
            self._learn(hour)
        if hour - self._first >= _LEARNING_H:
            self._look(hour)

    def _learn(self, hour: int) -> None:
        values = self._values
        changes = []
        for each in range(hour - _KEPT_H + 1 + _STEP_H, hour - 2 * _DAY_H, 2):
            now, before = values.at(each), values.at(each - _STEP_H)
            if now is not None and before is not None:
                changes.append(max(0.0, before - now))
        if len(changes) > _DAY_H:
            self._restless = max(_FLOOR, quantile(changes, _RESTLESS_SHARE))

    def _look(self, hour: int) -> None:
        before = self._values.known(hour - _STEP_H - 2, hour - _STEP_H + 1)
        now = self._values.known(hour - 1, hour)
        if len(before) < 2 or not now:  # noqa: PLR2004 - two agree
            return
        level, driest = median(before), self._driest(hour)
        drying = max(0.0, level - driest) * (1.0 - exp(-_STEP_H / _DRIES_H))
        size = level - max(now) - drying
        greatest = self._step[1] if self._step and self._standing() else 0.0
        if size > max(greatest, _RESTLESS_TIMES * self._restless):
            self._step = (hour, size, level)

    def _driest(self, hour: int) -> float:
        values = self._values.known(hour - _KEPT_H + 1, hour - _STEP_H)
        return quantile(values, 0.05) if values else 0.0

    def _standing(self) -> bool:
        return self._step is not None and self._now - self._step[0] <= _STANDS_FOR_H

    @property
    def step(self) -> float:
        """The greatest step down of the last two days that has not been made good, m3/m3; 0 without one."""
        if self._step is None or not self._standing():
            return 0.0
        _, size, level = self._step
        now = self._values.known(self._now - 2, self._now)
        made_good = bool(now) and median(now) > level - _MADE_GOOD_FROM * size
        return 0.0 if made_good else size

    @property
    def step_age_h(self) -> int:
        """Hours since that step; 0 without one."""
        return self._now - self._step[0] if self._step is not None and self.step else 0

    def wetter(self, over_h: int) -> float:
        """How much above the highest of the days before the last `over_h` hours; 0 when unknown."""
        now = self._values.known(self._now - 2, self._now)
        before = self._values.known(self._now - over_h - 5 * _DAY_H, self._now - over_h)
        if not now or len(before) < 2 * _DAY_H:
            return 0.0
        return max(0.0, min(now) - quantile(before, 0.95))
