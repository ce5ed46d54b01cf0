"""Rate of change: a value that left the one before it faster than the water or the ground can. Pure.

After the QARTOD rate of change test with a fixed limit. Over a gap it says nothing: any jump looks slow. The
way back from a value that was too far away is as fast; asked to, the test does not blame it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.numbers import row
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.model import Flag, Why

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample, State

# So much of the way out may be left.
_BACK = 0.5

_UNKNOWN = Outcome(NOT_EVALUATED)
_GOOD = Outcome(GOOD)
_SUSPECT = Outcome(Verdict(Flag.SUSPECT, Why.RATE))
_FAIL = Outcome(Verdict(Flag.FAIL, Why.RATE))


class Rate:
    """The test.

    Args:
        suspect_per_s: a faster change is suspect; in the value's unit per second. None: never.
        fail_per_s: a faster change fails. None: never.
        longest_gap_s: the value before may be so old, or the test says NOT_EVALUATED.
        may_return: whether a value is good that comes back from one that left too fast, at least half-way.
    """

    def __init__(
        self,
        *,
        suspect_per_s: float | None,
        fail_per_s: float | None = None,
        longest_gap_s: float,
        may_return: bool = False,
    ) -> None:
        self._suspect_per_s = math.inf if suspect_per_s is None else suspect_per_s
        self._fail_per_s = math.inf if fail_per_s is None else fail_per_s
        self._longest_gap_s = longest_gap_s
        self._may_return = may_return
        self._last: tuple[float, ...] | None = None  # t_s, value
        self._left = 0.0  # the step that was too fast just now, or 0

    def update(self, sample: Sample) -> Outcome:
        """Not evaluated for the first sample, behind a gap, and where no time has passed."""
        last, self._last = self._last, (sample.t_s, sample.value)
        left, self._left = self._left, 0.0
        if last is None:
            return _UNKNOWN
        passed_s = sample.t_s - last[0]
        if not 0 < passed_s <= self._longest_gap_s:
            return _UNKNOWN
        step = sample.value - last[1]
        if left and self._may_return and abs(left + step) <= _BACK * abs(left):
            return _GOOD
        per_s = abs(step) / passed_s
        if per_s > self._fail_per_s:
            self._left = step
            return _FAIL
        if per_s > self._suspect_per_s:
            self._left = step
            return _SUSPECT
        return _GOOD

    def missed(self, t_s: float) -> None:
        """Only time passes: a jump across one lost value is still a jump."""

    def interrupted(self) -> None:
        """The next value is the first."""
        self._last, self._left = None, 0.0

    def state(self) -> State:
        """The last sample, and the step that was too fast: a list of time, value and step, or None."""
        return None if self._last is None else [*self._last, self._left]

    def restore(self, state: State) -> None:
        """Go on behind that sample. Raises ValueError."""
        if state is None:
            self._last, self._left = None, 0.0
            return
        t_s, value, left = row(state, 3)
        self._last, self._left = (t_s, value), left
