"""Fouling: the cleanest that an optical probe sees creeps up and never back, until it is wiped. Pure.

A film on the window adds to every reading, so it shows in the lowest one of each stretch of time. It grows in
all of them, and after a wipe it drops. The front of a flood is in one or two, and what sinks slowly was the
water. A flood or a thaw that rises as evenly as a film looks the same from here, so it runs only where the
configuration asks for it. The watch tells of films without that, where rain is measured, too.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.numbers import row, rows
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.model import Flag, Why

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample, State

# The lowest of so many stretches in a row is followed. Fewer would take a day's rising limb for a film.
STRETCHES = 8
# A film that grows with the square of its time gets a quarter of its height in the last of eight stretches.
_FRONT = 1 / 3
# So much of the height is not lost by a film that nobody wipes: it is a flood that runs off.
_SINKS = 1 / 4

_UNKNOWN = Outcome(NOT_EVALUATED)
_GOOD = Outcome(GOOD)
_SUSPECT = Outcome(Verdict(Flag.SUSPECT, Why.FOULING))


class Fouling:
    """The test. Remembers `STRETCHES` + 5 numbers.

    Args:
        rise: suspect when the lowest value has risen by so much without ever falling; in the value's unit.
        for_s: over at least this time.
    """

    def __init__(self, *, rise: float, for_s: float) -> None:
        self._rise = rise
        self._stretch_s = for_s / STRETCHES
        self._lows: list[float] = []  # of the last stretches, oldest first
        self._begin_s: float | None = None  # of the present stretch
        self._low = 0.0
        self._clean = 0.0  # where the creep began
        self._is_fouled = False

    def update(self, sample: Sample) -> Outcome:
        """Suspect from the end of the stretch that makes it certain until it is back half-way, or sinks."""
        if self._begin_s is None or sample.t_s - self._begin_s >= 2 * self._stretch_s:
            self._begin(sample)
        elif sample.t_s - self._begin_s >= self._stretch_s:
            self._end_stretch()
            self._begin_s, self._low = self._begin_s + self._stretch_s, sample.value
        self._low = min(self._low, sample.value)
        if self._is_fouled and sample.value < (self._clean + max(self._lows)) / 2:
            self._begin(sample)
        if self._is_fouled:
            return _SUSPECT
        return _GOOD if len(self._lows) == STRETCHES else _UNKNOWN

    def missed(self, t_s: float) -> None:
        """Only time passes; a stretch without any value begins it all anew."""

    def state(self) -> State:
        """The lows of the stretches, and begin, low, clean and whether it is fouled; or None."""
        if self._begin_s is None:
            return None
        return [[[low] for low in self._lows], [self._begin_s, self._low, self._clean, int(self._is_fouled)]]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        if state is None:
            self._begin_s, self._lows, self._is_fouled = None, [], False
            return
        if not isinstance(state, list | tuple) or len(state) != 2:  # noqa: PLR2004 - as in `state`
            raise ValueError(f"the two parts of a fouling test's state were expected, not {state!r:.60}")
        lows = [low for (low,) in rows(state[0], 1, STRETCHES)]
        self._begin_s, self._low, self._clean, is_fouled = row(state[1], 4)
        self._lows, self._is_fouled = lows, bool(is_fouled) and len(lows) == STRETCHES

    def _begin(self, sample: Sample) -> None:
        """Begin anew: after a wipe, a gap, or at the start."""
        self._lows, self._is_fouled = [], False
        self._begin_s, self._low = sample.t_s, sample.value

    def _end_stretch(self) -> None:
        """A stretch is over: does the creep go on?"""
        lows = [*self._lows, self._low][-STRETCHES:]
        self._lows = lows
        if self._is_fouled:
            height = max(lows) - self._clean
            self._is_fouled = max(lows) - lows[-1] < _SINKS * height
        elif len(lows) == STRETCHES and self._creeps(lows):
            self._clean, self._is_fouled = lows[0], True

    def _creeps(self, lows: list[float]) -> bool:
        """Whether they rise by enough, never fall, and no one of them brings most of it."""
        climb = lows[-1] - lows[0]
        steps = [later - earlier for earlier, later in pairwise(lows)]
        return climb >= self._rise and min(steps) >= 0 and max(steps) <= _FRONT * climb
