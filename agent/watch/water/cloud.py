"""Turbidity: ochre that stays, or slime on the window. Pure.

Both make water look cloudier for days without rain. Iron comes with conductivity and acid; slime grows by
itself, a little more every day, until it is wiped off.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agent.watch.measures.slow import STEP, Slow
from agent.watch.measures.trend import Trend

if TYPE_CHECKING:
    from agent.watch.contract import Cell

_USUAL_A_WEEK = 0.4
_FOULS_A_DAY, _FOULED = 0.08, 0.7  # logarithms: by so much a day, to twice as much
_OWN = 1.5  # standard deviations of what the site does by itself, on top
_SPANS_D = (4, 5, 7)


class Cloud:
    """One channel of turbidity."""

    def __init__(self) -> None:
        self._slow, self._trend = Slow(), Trend(_USUAL_A_WEEK)

    def add(self, number: int, cell: Cell | None, *, wet: bool) -> None:
        """The next block; no cell when the channel said nothing. Only dry hours are compared."""
        ntu = None if cell is None or wet else cell.value
        value = None if ntu is None else math.log1p(max(0.0, ntu))
        if self._slow.add(number, value):
            self._trend.add(number // STEP, self._slow.level)

    @property
    def above_weeks_ntu(self) -> float | None:
        """The newest dry day above most of the last weeks; None while it is learning."""
        level, departure = self._slow.level, self._slow.departure
        return None if level is None or departure is None else math.expm1(level) - math.expm1(departure.high)

    @property
    def fouling(self) -> dict[str, float]:
        """How many times as cloudy, and from which on it is told; empty while it does not creep up."""
        if self._trend.pace < _FOULS_A_DAY:
            return {}
        for days in _SPANS_D:
            move = self._trend.moves.get(days)
            least = _FOULED + _OWN * move.usual if move else math.inf
            if move and move.by >= least:
                return {"times": math.exp(move.by), "times_from": math.exp(least), "over_d": float(days)}
        return {}
