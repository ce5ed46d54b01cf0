"""At which hours of the day something keeps happening: one slowly forgetting share per hour. Pure.

What comes every day at the same hour for a value or two is light, a wiper, a pump or a fish, not weather:
rain does not keep hours, and snow melt, which does, lasts. Such things also come in swarms: the hour before
counts as much as the same hour of yesterday.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from agent.acquire.quality.numbers import row

if TYPE_CHECKING:
    from agent.acquire.quality.contract import State

_HOURS = 24
_HOUR_S = 3600.0
# How much a day counts: four days are remembered.
_SHARE = 0.25
# A quarter of a day's worth: keeps one coincidence in a quiet channel from counting for much.
_PRIOR = 0.06


class Hours:
    """The record. Hours of a steady clock do, whatever their names: only their return counts."""

    def __init__(self) -> None:
        self._shares = [0.0] * _HOURS
        self._hour: int | None = None
        self._happened = False

    def at(self, t_s: float) -> float:
        """How much more often than at other hours it happened around this one; 0 for as often, unbounded.

        In standard deviations of a Poisson count. What happens in the present hour is not counted yet.
        """
        hour = int(t_s // _HOUR_S)
        if hour != self._hour:
            self._begin(hour)
        here = hour % _HOURS
        shares = self._shares
        around = shares[here - 1] + shares[here] + shares[(here + 1) % _HOURS]
        usual = sum(shares) * 3 / _HOURS
        return (around - usual) / sqrt(usual + _PRIOR)

    def happened(self) -> None:
        """It happened in the hour that `at` was last asked for."""
        self._happened = True

    def state(self) -> State:
        """The shares, the present hour or None, and whether it happened in that."""
        return [self._shares[:], self._hour, self._happened]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        if not isinstance(state, list | tuple) or len(state) != 3:  # noqa: PLR2004 - as in `state`
            raise ValueError(f"the three parts of a record of hours were expected, not {state!r:.60}")
        shares, hour, happened = state
        self._shares = list(row(shares, _HOURS))
        self._hour = None if hour is None else int(row([hour], 1)[0])
        self._happened = bool(happened)

    def _begin(self, hour: int) -> None:
        """The hours from the present one up to `hour` are over; in those in between nothing happened."""
        if self._hour is not None:
            for over in range(self._hour, min(hour, self._hour + _HOURS)):
                here = over % _HOURS
                seen = 1.0 if over == self._hour and self._happened else 0.0
                self._shares[here] += _SHARE * (seen - self._shares[here])
        self._hour, self._happened = hour, False
