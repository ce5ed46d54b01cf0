"""Attenuated signal: over a window it varies less than a live instrument does. Pure.

After the QARTOD attenuated signal test. It finds what a flat line does not: a fouled or buried probe that
still makes a little noise.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.numbers import row
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.acquire.quality.window import Window
from agent.model import Flag, Why

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample, State
    from agent.acquire.quality.window import Summary

_UNKNOWN = Outcome(NOT_EVALUATED)
_GOOD = Outcome(GOOD)
_SUSPECT = Outcome(Verdict(Flag.SUSPECT, Why.ATTENUATED))
_FAIL = Outcome(Verdict(Flag.FAIL, Why.ATTENUATED))


class Measure(StrEnum):
    """What varies: the standard deviation (divided by the number of values), or highest minus lowest."""

    STD = "std"
    RANGE = "range"


class Attenuated:
    """The test. Remembers at most `window.GRAINS` grains.

    Args:
        suspect: varying less than this is suspect; in the value's unit. None: never.
        fail: varying less than this fails. None: never.
        window_s: how far back it looks, the end itself excluded.
        measure: what is compared with both.
        longest_gap_s: it begins anew behind a longer gap.
    """

    def __init__(
        self,
        *,
        suspect: float | None,
        fail: float | None = None,
        window_s: float,
        measure: Measure = Measure.STD,
        longest_gap_s: float,
    ) -> None:
        self._suspect = 0.0 if suspect is None else suspect
        self._fail = 0.0 if fail is None else fail
        self._window_s = window_s
        self._varies = _MEASURES[measure]
        self._longest_gap_s = longest_gap_s
        self._window = Window(length_s=window_s)
        self._seen: tuple[float, ...] | None = None  # first and last time since the last gap

    def update(self, sample: Sample) -> Outcome:
        """Not evaluated until a whole window has passed since the first sample, or since the last gap."""
        t_s = sample.t_s
        if self._seen is None or t_s - self._seen[1] > self._longest_gap_s:
            # What lies before has left the window by the time that it is judged again.
            self._seen = (t_s, t_s)
        first_s = self._seen[0]
        self._seen = (first_s, t_s)
        varies = self._slide(sample)
        if t_s - first_s < self._window_s:
            return _UNKNOWN
        if varies < self._fail:
            return _FAIL
        return _SUSPECT if varies < self._suspect else _GOOD

    def missed(self, t_s: float) -> None:
        """Only time passes: what is left of the window is judged."""

    def state(self) -> State:
        """The first and the last time since the last gap, and the window."""
        return None if self._seen is None else [list(self._seen), self._window.state()]

    def restore(self, state: State) -> None:
        """Go on with that window. Raises ValueError."""
        if state is None:
            self._window.clear()
            self._seen = None
            return
        if not isinstance(state, list | tuple) or len(state) != 2:  # noqa: PLR2004 - as in `state`
            raise ValueError(
                f"the two parts of an attenuated signal's state were expected, not {state!r:.60}"
            )
        seen = row(state[0], 2)
        self._window.restore(state[1])
        self._seen = seen

    def _slide(self, sample: Sample) -> float:
        """Move the window to end with this sample. Returns how much it varies."""
        window, too_old_s = self._window, sample.t_s - self._window_s
        while (begin_s := window.begin_s()) is not None and begin_s <= too_old_s:
            window.drop()
        window.add(sample.t_s, sample.value)
        summary = window.summary()
        return 0.0 if summary is None else self._varies(summary)


def _std(summary: Summary) -> float:
    return math.sqrt(summary.variance)


def _range(summary: Summary) -> float:
    return summary.spread


_MEASURES = {Measure.STD: _std, Measure.RANGE: _range}
