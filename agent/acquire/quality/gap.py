"""Gap: says of a value that the one before it is too old to compare with. Nothing against the value. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.numbers import row
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.model import Flag, Why

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample, State

_FIRST = Outcome(NOT_EVALUATED)
_GOOD = Outcome(GOOD)
_GAP = Outcome(Verdict(Flag.GOOD, Why.GAP))


class Gap:
    """The test.

    Args:
        longest_s: the value before may be so old.
    """

    def __init__(self, *, longest_s: float) -> None:
        self._longest_s = longest_s
        self._last_s: float | None = None

    def update(self, sample: Sample) -> Outcome:
        """Good, with the reason GAP behind one. The first sample has nothing before it: not evaluated."""
        last_s, self._last_s = self._last_s, sample.t_s
        if last_s is None:
            return _FIRST
        return _GAP if sample.t_s - last_s > self._longest_s else _GOOD

    def missed(self, t_s: float) -> None:
        """Only time passes: the next value shows how long it was."""

    def state(self) -> State:
        """When the last value was: a list of one number, or None."""
        return None if self._last_s is None else [self._last_s]

    def restore(self, state: State) -> None:
        """Go on behind that value. Raises ValueError."""
        self._last_s = None if state is None else row(state, 1)[0]
