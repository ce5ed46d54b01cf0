"""Rate of change: a value that left the one before it faster than the water or the ground can. Pure.

After the QARTOD rate of change test with a fixed limit. Over a gap it says nothing: any jump looks slow.
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
    """

    def __init__(
        self, *, suspect_per_s: float | None, fail_per_s: float | None = None, longest_gap_s: float
    ) -> None:
        self._suspect_per_s = math.inf if suspect_per_s is None else suspect_per_s
        self._fail_per_s = math.inf if fail_per_s is None else fail_per_s
        self._longest_gap_s = longest_gap_s
        self._last: tuple[float, ...] | None = None  # t_s, value

    def update(self, sample: Sample) -> Outcome:
        """Not evaluated for the first sample, behind a gap, and where no time has passed."""
        last, self._last = self._last, (sample.t_s, sample.value)
        if last is None:
            return _UNKNOWN
        passed_s = sample.t_s - last[0]
        if not 0 < passed_s <= self._longest_gap_s:
            return _UNKNOWN
        per_s = abs(sample.value - last[1]) / passed_s
        if per_s > self._fail_per_s:
            return _FAIL
        return _SUSPECT if per_s > self._suspect_per_s else _GOOD

    def missed(self, t_s: float) -> None:
        """Only time passes: a jump across one lost value is still a jump."""

    def state(self) -> State:
        """The last sample: a list of time and value, or None."""
        return None if self._last is None else list(self._last)

    def restore(self, state: State) -> None:
        """Go on behind that sample. Raises ValueError."""
        self._last = None if state is None else row(state, 2)
