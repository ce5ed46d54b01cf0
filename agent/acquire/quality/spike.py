"""Spike: a value away from the one before and the one after it; known when the next one comes. Pure.

After the QARTOD spike test, with both of its methods. *Average* measures the distance from the middle of both
neighbours; a lone spike also makes each neighbour look like one of half its height. *Differential* takes the
smaller of the two steps, where they go in opposite directions; it blames the spike alone, but a plateau of
two values passes.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.numbers import rows
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.model import Flag, Why

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample, State

_UNKNOWN = Outcome(NOT_EVALUATED, NOT_EVALUATED)
_GOOD = Outcome(NOT_EVALUATED, GOOD)
_SUSPECT = Outcome(NOT_EVALUATED, Verdict(Flag.SUSPECT, Why.SPIKE))
_FAIL = Outcome(NOT_EVALUATED, Verdict(Flag.FAIL, Why.SPIKE))


class Method(StrEnum):
    """How high a spike is."""

    AVERAGE = "average"
    DIFFERENTIAL = "differential"


class Spike:
    """The test. What it says is always about the sample before (`Outcome.before`).

    Args:
        suspect: a higher spike is suspect; in the value's unit. None: never.
        fail: a higher spike fails. None: never.
        method: how the height is taken.
        longest_gap_s: a neighbour may be so far away in time, or the test says NOT_EVALUATED.
    """

    def __init__(
        self,
        *,
        suspect: float | None,
        fail: float | None = None,
        method: Method = Method.DIFFERENTIAL,
        longest_gap_s: float,
    ) -> None:
        self._suspect = math.inf if suspect is None else suspect
        self._fail = math.inf if fail is None else fail
        self._height = _HEIGHTS[method]
        self._longest_gap_s = longest_gap_s
        self._last: list[tuple[float, ...]] = []  # t_s and value of at most two, without a gap between them

    def update(self, sample: Sample) -> Outcome:
        """Nothing is known of this one; the one before is judged where it has both neighbours."""
        last = self._last
        if last and sample.t_s - last[-1][0] > self._longest_gap_s:
            last.clear()
        last.append((sample.t_s, sample.value))
        if len(last) <= 2:  # noqa: PLR2004 - one on each side
            return _UNKNOWN
        height = self._height(last[0][1], last[1][1], last[2][1])
        del last[0]
        if height > self._fail:
            return _FAIL
        return _SUSPECT if height > self._suspect else _GOOD

    def missed(self, t_s: float) -> None:
        """Only time passes: the next value is the neighbour, if it comes soon enough."""

    def interrupted(self) -> None:
        """The next value is the first."""
        self._last.clear()

    def state(self) -> State:
        """The last two samples, or fewer: a list of [time, value]."""
        return [list(each) for each in self._last]

    def restore(self, state: State) -> None:
        """Go on behind those samples. Raises ValueError."""
        self._last = rows(state, 2, most=2)


def _from_average(before: float, value: float, after: float) -> float:
    return abs(value - (before + after) / 2)


def _smaller_step(before: float, value: float, after: float) -> float:
    up, down = value - before, after - value
    return min(abs(up), abs(down)) if up * down < 0 else 0.0


_HEIGHTS = {Method.AVERAGE: _from_average, Method.DIFFERENTIAL: _smaller_step}
