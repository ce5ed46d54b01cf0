"""Flat line: values that stay within a tolerance for too long are stuck. Pure.

After the QARTOD flat line test, in time, not in repeats: a probe asked twice as often is not stuck twice as
soon. Staying within the tolerance includes staying on it, so that a tolerance of 0 finds a constant.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.numbers import row
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.acquire.quality.window import Window
from agent.model import Flag, Why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.acquire.quality.contract import Sample, State

_UNKNOWN = Outcome(NOT_EVALUATED)
_GOOD = Outcome(GOOD)
_SUSPECT = Outcome(Verdict(Flag.SUSPECT, Why.FLAT_LINE))
_FAIL = Outcome(Verdict(Flag.FAIL, Why.FLAT_LINE))


class FlatLine:
    """The test. Remembers at most `window.GRAINS` grains of the run that it is in.

    Args:
        suspect_s: a run that has lasted so long is suspect. None: never.
        fail_s: a run that has lasted so long fails. None: never.
        tolerance: highest minus lowest within a run, in the value's unit.
        may_stay_at: ends of a scale, on which (within the tolerance) a value is never stuck.
        longest_gap_s: a run does not go on behind a longer gap.
    """

    def __init__(
        self,
        *,
        suspect_s: float | None,
        fail_s: float | None = None,
        tolerance: float = 0.0,
        may_stay_at: Sequence[float] = (),
        longest_gap_s: float,
    ) -> None:
        lengths_s = [each for each in (suspect_s, fail_s) if each is not None]
        if not lengths_s:
            raise ValueError("a flat line needs suspect_s or fail_s: how long may values stay the same?")
        self._first_s = min(lengths_s)
        self._suspect_s = math.inf if suspect_s is None else suspect_s
        self._fail_s = math.inf if fail_s is None else fail_s
        self._length_s = max(lengths_s)
        self._tolerance = tolerance
        self._may_stay_at = tuple(may_stay_at)
        self._longest_gap_s = longest_gap_s
        self._run = Window(length_s=self._length_s)
        self._last_s: float | None = None
        self._lives = False  # whether it has moved since the last gap

    def update(self, sample: Sample) -> Outcome:
        """Not evaluated as long as it has not moved, and not stayed long enough either."""
        if self._last_s is not None and sample.t_s - self._last_s > self._longest_gap_s:
            self._run.clear()
            self._lives = False
        self._last_s = sample.t_s
        lasted_s = self._go_on(sample)
        if self._may_stay_at and self._may_stay(sample.value):
            return _GOOD if self._lives else _UNKNOWN
        if lasted_s >= self._fail_s:
            return _FAIL
        if lasted_s >= self._suspect_s:
            return _SUSPECT
        return _GOOD if self._lives else _UNKNOWN

    def missed(self, t_s: float) -> None:
        """Only time passes: a lost value does not wake a stuck probe."""

    def state(self) -> State:
        """When the last sample was, whether it has moved, and the run."""
        return None if self._last_s is None else [[self._last_s, int(self._lives)], self._run.state()]

    def restore(self, state: State) -> None:
        """Go on with that run. Raises ValueError."""
        if state is None:
            self._run.clear()
            self._last_s, self._lives = None, False
            return
        if not isinstance(state, list | tuple) or len(state) != 2:  # noqa: PLR2004 - as in `state`
            raise ValueError(f"the two parts of a flat line's state were expected, not {state!r:.60}")
        last_s, lives = row(state[0], 2)
        self._run.restore(state[1])
        self._last_s, self._lives = last_s, bool(lives)

    def _may_stay(self, value: float) -> bool:
        return any(abs(value - end) <= self._tolerance for end in self._may_stay_at)

    def _go_on(self, sample: Sample) -> float:
        """Add the sample to the run, or begin another. Returns how long the run has lasted, in seconds."""
        run = self._run
        run.add(sample.t_s, sample.value)
        while (summary := run.summary()) is not None and summary.spread > self._tolerance:
            run.drop()
            self._lives = True
        if summary is None:
            # What shared a grain with it was too far away.
            run.add(sample.t_s, sample.value)
        # Older than what the longest length needs: the grain behind it reaches back far enough.
        enough_s = sample.t_s - self._length_s
        while (next_s := run.begin_s(1)) is not None and next_s <= enough_s:
            run.drop()
        begin_s = run.begin_s()
        return 0.0 if begin_s is None else sample.t_s - begin_s
