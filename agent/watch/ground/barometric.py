"""What air pressure does to a head, learned on the site. Pure.

A sealed (unvented) sensor in a confined aquifer follows the air with 1 - efficiency, a vented one with
-efficiency; both lie within +-0.102 m of water per kPa. Which one it is, nobody has to say: changes over a
day are regressed, never levels (Acworth and Brain 2008; Rasmussen and Crawford 1997). Where water has to
flow into the borehole the head follows late.
"""

from __future__ import annotations

from math import exp, sqrt

M_PER_KPA = 0.10197
"""Of water; the most that a head can follow the air by."""
LAGS_H = (0.0, 6.0)
"""Candidates: at once, or as a borehole fills."""
_SLOW_KPA_PER_ROOT_H = 0.2  # how far the air wanders in an hour that nobody sees
_WANDERS_AT_MOST_KPA = 1.6
_JUMP_KPA = 0.8
_BELIEVED_AFTER = 6


class Air:
    """Air pressure as the head feels it: late by a first-order lag."""

    def __init__(self, lag_h: float) -> None:
        self._share = 1.0 if lag_h <= 0.0 else 1.0 - exp(-1.0 / lag_h)
        self._felt: float | None = None
        self._unseen_h = 0

    def add(self, kpa: float | None) -> float | None:
        """One hour's pressure; None when nobody knows. Returns what is felt; None before the first."""
        if kpa is None:
            self._unseen_h += 1
            return self._felt
        self._unseen_h = 0
        self._felt = kpa if self._felt is None else self._felt + self._share * (kpa - self._felt)
        return self._felt

    @property
    def doubt_kpa(self) -> float:
        """How far the true pressure may be from what is taken for it."""
        return min(_WANDERS_AT_MOST_KPA, _SLOW_KPA_PER_ROOT_H * sqrt(self._unseen_h))


class Believable:
    """A barometer's hourly values without what air cannot do. Another level is believed once it stays."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._hours = 0
        self._other: list[float] = []

    def add(self, kpa: float | None) -> float | None:
        """The next hour. Returns the value, or None when it is not to be believed."""
        self._hours += 1
        if kpa is None:
            return None
        if self._last is None or abs(kpa - self._last) <= _JUMP_KPA * (1.0 + 0.5 * sqrt(self._hours)):
            return self._take(kpa)
        near = [other for other in self._other if abs(other - kpa) <= _JUMP_KPA]
        self._other = [*near, kpa][-_BELIEVED_AFTER:]
        return self._take(kpa) if len(self._other) >= _BELIEVED_AFTER else None

    def _take(self, kpa: float) -> float:
        self._last, self._hours, self._other = kpa, 0, []
        return kpa
