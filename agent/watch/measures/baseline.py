"""What a number is like at this hour on this site: learned over days, with a lag of one. Pure.

Water breathes with the day, so a value is compared with the same hour of the days before and never with the
last hours alone; the lag keeps what begins today out of its own measure. How far from it is usual is learned
as well.
"""

from __future__ import annotations

from typing import NamedTuple

from agent.watch.contract import DAY
from agent.watch.measures.history import History
from agent.watch.measures.robust import median, spread

_BESIDE = 2  # blocks before and after the same time that count too
_OFTEN = 24  # the spread is learned anew every six hours, at the same times of day after every restart
_SPARSE = 4  # every so many blocks are enough to learn the spread from
_MIN_SPREAD_FROM = 24


class Expected(NamedTuple):
    """What is usual.

    Attributes:
        level: the middle of the days at this hour.
        spread: the standard deviation of the distance to it.
        low: below all days but one.
        high: above all days but one.
        newest: of the newest day or the one before; None when neither is known.
    """

    level: float
    spread: float
    low: float
    high: float
    newest: float | None


class Baseline:
    """One number's.

    Args:
        floor: no spread is smaller: the instrument's error.
        days: so many are compared with.
        lag: so many of the newest blocks do not count yet.
        least_days: it says nothing before so many of these days are known.
        spread_days: how far back the spread is learned from.
        spread_lag: so many of the newest blocks do not count in the spread yet, once older ones are known.
        towards: 1 or -1: what goes far to the other side only (rain in conductivity) makes no spread.
    """

    def __init__(
        self,
        floor: float,
        *,
        days: int = 7,
        lag: int = DAY,
        least_days: int = 4,
        spread_days: int = 14,
        spread_lag: int = 0,
        towards: float = 0.0,
    ) -> None:
        self._spread_lag = max(lag, spread_lag)
        self._towards = towards
        self._floor, self._days, self._lag, self._least = floor, days, lag, least_days
        self._lag_days = -(-lag // DAY)
        self.values = History((days + self._lag_days) * DAY + _BESIDE + 1)
        self.distances = History(spread_days * DAY)
        self._spread = floor
        self._newest: float | None = None
        self.expected: Expected | None = None
        """Of the newest block. None while it is still learning."""

    def add(self, index: int, value: float | None) -> Expected | None:
        """The next block. Returns what was expected of it."""
        self.values.add(index, value)
        days = self._at_this_hour(index)
        if len(days) < self._least:
            self.distances.add(index, None)
            self.expected = None
            return None
        level = median(days)
        self.distances.add(index, None if value is None else value - level)
        if index % _OFTEN == 0:
            self._learn(index)
        self.expected = Expected(level, self._spread, days[1], days[-2], self._newest)
        return self.expected

    def correct(self, index: int, value: float) -> None:
        """Remember another value than the newest: what a standing hazard does is not what is usual."""
        self.values.put(index, value)
        self.distances.put(index, None)

    def _at_this_hour(self, index: int) -> list[float]:
        """Each day's median around this time, in order of size: no day counts more than another."""
        known, days = self.values.known, []
        for ago in range(self._lag_days, self._lag_days + self._days):
            around = index - ago * DAY
            values = known(around - _BESIDE, min(around + _BESIDE, index - self._lag))
            if values:
                days.append(median(values))
            if ago == self._lag_days + 1:
                self._newest = days[0] if days else None
        days.sort()
        return days

    def _learn(self, index: int) -> None:
        first = index - self.distances.size + 1
        values = self.distances.known(first, index - self._spread_lag)[::_SPARSE]
        if len(values) < _MIN_SPREAD_FROM:
            values = self.distances.known(first, index - self._lag)[::_SPARSE]
        if len(values) < _MIN_SPREAD_FROM:
            return
        usual = spread(values, 0.0)
        there = [value for value in values if value * self._towards > 0.0]
        if there:
            usual = min(usual, spread(there, 0.0))
        self._spread = max(self._floor, usual)
