"""When values that were late had come, so that what they show is told as late as it was live. Pure.

A journal keeps of each value when it was measured. When it came is seen from its neighbours, which came in
time. A station's own second look is up to an hour later.
"""

from __future__ import annotations

_DAY_S = 86_400.0


class Arrivals:
    """By the day of the values: when the last of them came."""

    def __init__(self) -> None:
        self._came_s: dict[int, float] = {}

    def take(self, utc_s: float, came_s: float) -> None:
        """One value of `utc_s` came at `came_s`; seconds since 1970."""
        day = int(utc_s // _DAY_S)
        self._came_s[day] = max(came_s, self._came_s.get(day, came_s))

    def came_s(self, seen_s: float) -> float:
        """When it was there what a block was judged by; the block's own end where nothing of it was late."""
        day = int(seen_s // _DAY_S)
        return max(seen_s, *(self._came_s.get(each, seen_s) for each in (day - 1, day)))
