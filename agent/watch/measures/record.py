"""A site's own record: how far a measure goes on calm days, so that the site itself sets its alarm. Pure.

What has been held for a while on two of the last days is this site's life, not a hazard. One odd day (a
visit, a flood) does not count.
"""

from __future__ import annotations

from collections import deque

from agent.watch.contract import DAY
from agent.watch.measures.history import History


class OwnRecord:
    """Of one measure.

    Args:
        held: only what lasts for so many blocks counts.
        lag_days: so many of the newest days do not count yet.
        days: as far back as it looks.
    """

    def __init__(self, *, held: int, lag_days: int = 2, days: int = 28) -> None:
        self._last: deque[float] = deque(maxlen=held)
        self._lag = lag_days
        self._days = History(days)
        self._day, self._highest = -1, 0.0
        self.value = 0.0
        """The second highest of the days; 0 until two are known."""

    def add(self, number: int, measure: float | None) -> None:
        """A block's measure; None when it is unknown or a hazard stands."""
        day = number // DAY
        if day != self._day:
            self._close(day)
        if measure is None:
            self._last.clear()
            return
        self._last.append(measure)
        if len(self._last) == self._last.maxlen:
            self._highest = max(self._highest, min(self._last))

    def _close(self, day: int) -> None:
        if self._day >= 0:
            self._days.add(self._day, self._highest)
            known = sorted(self._days.known(day - self._days.size, day - self._lag))
            self.value = known[-2] if len(known) > 1 else 0.0
        self._day, self._highest = day, 0.0
