"""How far a number has gone within days and weeks, beside how far it goes there on its own. Pure.

A river wanders: it goes some way in any week. What it has gone lately is told for several spans, each beside
the size that such moves have had on this site before, and with its pace: a step that somebody made is a long
way too, but on the days around it nothing moved.
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

from agent.watch.measures.robust import MAD_TO_SD, median

STEPS_A_DAY = 4
SPANS_D = (3, 4, 5, 7, 10, 14)
_WEEK_D = 7
_DAYS = 36
_BRIDGED = 3 * STEPS_A_DAY  # steps that the last known number stands for
_PACE_D = 5
_LEAST_LAG = 5 * STEPS_A_DAY  # what goes on now is not its own measure
_LEAST_MOVES = 9
_DIGITS = 9


class Move(NamedTuple):
    """Over a span: how far, and what is usual (a standard deviation)."""

    by: float
    usual: float


class Trend:
    """Of one number, given every six hours.

    Args:
        usual_a_week: no site is taken for calmer than this; over other spans by the square root of time.
    """

    def __init__(self, usual_a_week: float) -> None:
        self._usual = usual_a_week
        self._steps: deque[float] = deque(maxlen=_DAYS * STEPS_A_DAY)
        self._newest = -1
        self._unknown = 0
        self._own: dict[int, float] = {}
        self.moves: dict[int, Move] = {}
        """By the span in days; only what is known."""
        self.pace = 0.0
        """A day, in the middle of the last five: 0 when unknown."""

    def add(self, step: int, value: float | None) -> None:
        """The next one; None when it is not known."""
        missed = step - self._newest - 1 if self._newest >= 0 else 0
        for _ in range(min(missed, _DAYS * STEPS_A_DAY)):
            self._keep(None)
        self._newest = step
        self._keep(value)
        steps = list(self._steps)
        self.pace = _pace(steps)
        self.moves = {}
        for days in SPANS_D:
            span = days * STEPS_A_DAY
            if len(steps) <= span:
                break
            if step % STEPS_A_DAY == 0 or days not in self._own:
                self._own[days] = self._usual_over(steps, span)
            if not math.isnan(by := steps[-1] - steps[-1 - span]):
                self.moves[days] = Move(by, self._own[days])

    def _keep(self, value: float | None) -> None:
        self._unknown = self._unknown + 1 if value is None else 0
        if value is None:
            value = self._steps[-1] if self._steps and self._unknown <= _BRIDGED else math.nan
        self._steps.append(value)

    def _usual_over(self, steps: list[float], span: int) -> float:
        least = self._usual * math.sqrt(span / (_WEEK_D * STEPS_A_DAY))
        until = len(steps) - max(span, _LEAST_LAG)
        moves = [abs(b - a) for a, b in zip(steps, steps[span:until], strict=False)]
        known = [move for move in moves if not math.isnan(move)]
        return max(least, MAD_TO_SD * median(known)) if len(known) >= _LEAST_MOVES else least


def _pace(steps: list[float]) -> float:
    lately = steps[-(_PACE_D + 1) * STEPS_A_DAY :]
    moves = [b - a for a, b in zip(lately, lately[STEPS_A_DAY:], strict=False)]
    known = [move for move in moves if not math.isnan(move)]
    # 7.30 - 7.32 is not -0.02 to a float; pH comes in hundredths, and thresholds are some of them.
    return round(median(known), _DIGITS) if len(known) >= _PACE_D * STEPS_A_DAY // 2 else 0.0
