"""What changes over weeks: the median of the newest day against the days before the last ones. Pure.

A river has a slow life of its own (recession, season, a wet month), so the departure is told beside the size
that such departures have had on this site before.
"""

from __future__ import annotations

from typing import NamedTuple

from agent.watch.contract import DAY, HOUR
from agent.watch.measures.history import History
from agent.watch.measures.robust import median, quantile

STEP = 6 * HOUR
"""It is reckoned anew every so many blocks."""
_STEPS_A_DAY = DAY // STEP
_LEAST_IN_DAY = 40
_REACH = 3 * DAY  # a day's worth of blocks is looked for so far back
_SIZES_LATER = 2 * _STEPS_A_DAY
_LEAST_STEPS = 7 * _STEPS_A_DAY


class Departure(NamedTuple):
    """Of the last 24 hours.

    Attributes:
        from_level: from the median of the days before.
        high: what three quarters of them were below.
        change: since two days ago; None when that is unknown.
        usual: the size that `from_level` has had; 0 when that is not known yet.
    """

    from_level: float
    high: float
    change: float | None
    usual: float


class Slow:
    """One number's.

    Args:
        lag_days: so many of the newest days are not compared with: what creeps must not be its own measure.
        days: as far back as it is compared with.
        sizes_days: as far back as the usual size is learned from.
    """

    def __init__(self, *, lag_days: int = 5, days: int = 21, sizes_days: int = 16) -> None:
        self._days = History(_REACH)
        self._medians = History(days * _STEPS_A_DAY)
        self._sizes = History(sizes_days * _STEPS_A_DAY)
        self._lag = lag_days * _STEPS_A_DAY
        self._sizes_lag = self._lag + _SIZES_LATER
        self.level: float | None = None
        """The median of the newest day; None while too much of it is unknown."""
        self.ready = False
        """Whether enough of the weeks before is known to compare with."""
        self.departure: Departure | None = None
        """The newest. None while it is still learning, or while too much of the last day is unknown."""

    def add(self, number: int, value: float | None) -> bool:
        """The next block. Returns whether the departure was reckoned anew."""
        self._days.add(number, value)
        if number % STEP:
            return False
        known = self._days.known(number - _REACH + 1, number)[-DAY:]
        now = median(known) if len(known) >= _LEAST_IN_DAY else None
        step = number // STEP
        self.level = now
        self._medians.add(step, now)
        before = self._medians.known(step - self._medians.size + 1, step - self._lag)
        self.ready = len(before) >= _LEAST_STEPS
        self.departure = self._depart(step, now, before) if now is not None and self.ready else None
        self._sizes.add(step, None if self.departure is None else abs(self.departure.from_level))
        return True

    def _depart(self, step: int, now: float, before: list[float]) -> Departure:
        sizes = self._sizes.known(step - self._sizes.size + 1, step - self._sizes_lag)
        usual = median(sizes) if sizes else 0.0
        ago = self._medians.at(step - 2 * _STEPS_A_DAY)
        change = None if ago is None else now - ago
        return Departure(now - median(before), quantile(before, 0.75), change, usual)
