"""What one channel has learned about itself, and how a value looks beside that. Pure."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.quality.learned.quantile import Quantile
from agent.acquire.quality.learned.scale import FIRST_SIZES, Scale
from agent.acquire.quality.learned.trail import LENGTH, Trail
from agent.acquire.quality.numbers import row

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample, State
    from agent.acquire.quality.learned.traits import Traits

# Before so many values have taught it, and so much time has passed, nothing is said: the first minutes of an
# instrument that is asked each second are like no day.
WARM_VALUES = FIRST_SIZES
WARM_S = 6 * 3600.0
# What comes faster teaches about once a minute, or a day at one value a second would forget a week.
_LEARN_S = 45.0
# So much more than one period between two values, and their step teaches nothing about steps.
_ONE_PERIOD = 1.5
# Further out, in whatever unit, every number is as wrong as any other.
_FURTHEST = 1e12


class Look(NamedTuple):
    """How a value looks beside what the channel usually does.

    Attributes:
        step: from the value before, in sizes that 98 % of steps stay below; down is negative.
        change: the same step, in sizes that 98 % of the changes over four values stay below; not negative.
        departure: from the median of the last values, in sizes that 90 % of departures stay below.
        usual: the median of the last values, on the scale of `level`.
        level: the value, or its logarithm.
        stood: how often the value before had been the same already, unless it often stands still so long.
        still_s: when the value before had come for the first time.
    """

    step: float
    change: float
    departure: float
    usual: float
    level: float
    stood: int
    still_s: float


class Memory:
    """What is remembered: five learned sizes and twelve values, 33 numbers; 321 until it has begun.

    Args:
        traits: of its quantity.
        period_s: seconds from one value to the next. A step over a gap may be as much larger as the gap is.
    """

    def __init__(self, traits: Traits, *, period_s: float) -> None:
        self._log_from = traits.log_from
        self._period_s = period_s
        self._steps = Scale(share=0.98, least=traits.least)
        self._changes = Scale(share=0.98, least=traits.least)
        self._departures = Scale(share=0.9, least=traits.least)
        # The smallest steps that it takes: one of these is never far, however long it has stood still.
        self._grains = Quantile(share=0.05, least=traits.least)
        # How often a value is followed by itself: a half is less than once.
        self._stills = Quantile(share=0.8, least=0.5)
        self._trail = Trail()
        self._last: tuple[float, float] | None = None  # time and level
        self._repeats = 0
        self._values = 0
        self._still_s = self._began_s = self._taught_s = 0.0

    def look(self, sample: Sample) -> Look | None:
        """Compare a value, then learn from it. None where there is nothing to compare it with."""
        level = max(-_FURTHEST, min(sample.value, _FURTHEST))
        if self._log_from is not None:
            level = log(max(level, 0.0) + self._log_from)
        last, self._last = self._last, (sample.t_s, level)
        look = None
        if last is None:
            self._still_s = self._began_s = self._taught_s = sample.t_s
        else:
            periods = max(1.0, (sample.t_s - last[0]) / self._period_s)
            if periods > LENGTH:
                self._trail.clear()
                self._repeats, self._still_s = 0, sample.t_s
            else:
                look = self._compare(level, level - last[1], periods)
                self._stand(sample.t_s, is_same=level == last[1])
                self._learn(sample.t_s, level, abs(level - last[1]), periods)
        self._trail.add(level)
        if self._taught_s == sample.t_s:
            self._values = min(self._values + 1, WARM_VALUES)
        is_warm = self._values == WARM_VALUES and sample.t_s - self._began_s >= WARM_S
        return look if is_warm else None

    def interrupted(self) -> None:
        """What comes next is compared with nothing, as if it came long after; what was learned stays."""
        if self._last is not None:
            self._last = self._last[0] - 2 * LENGTH * self._period_s, self._last[1]

    def _compare(self, level: float, step: float, periods: float) -> Look:
        size, usual = abs(step), self._trail.median
        if size:
            self._grains.add(size)  # now: what has never moved has not shown how it moves
        grain = self._grains.value
        return Look(
            step / (max(self._steps.value, grain) * periods),
            size / max(self._changes.value, grain),
            abs(level - usual) / max(self._departures.value, grain),
            usual,
            level,
            self._repeats if self._repeats > self._stills.value else 0,
            self._still_s,
        )

    def _stand(self, t_s: float, *, is_same: bool) -> None:
        """Count how long it stands still."""
        if is_same:
            self._repeats += 1
        else:
            self._stills.add(self._repeats)
            self._repeats, self._still_s = 0, t_s

    def _learn(self, t_s: float, level: float, size: float, periods: float) -> None:
        if t_s - self._taught_s < _LEARN_S:
            return
        self._taught_s = t_s
        trail = self._trail
        if periods < _ONE_PERIOD:
            self._steps.add(size)
            change = trail.change(level)
            if change is not None:
                self._changes.add(change)
        if trail.is_full:
            self._departures.add(abs(level - trail.median))

    def state(self) -> State:
        """The five sizes, the last values, the last one with its time, two counts and three times."""
        return [
            self._steps.state(),
            self._changes.state(),
            self._departures.state(),
            self._grains.state(),
            self._stills.state(),
            self._trail.state(),
            None if self._last is None else list(self._last),
            [self._repeats, self._values, self._still_s, self._began_s, self._taught_s],
        ]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        if not isinstance(state, list | tuple) or len(state) != 8:  # noqa: PLR2004 - as in `state`
            raise ValueError(f"the eight parts of a channel's memory were expected, not {state!r:.60}")
        steps, changes, departures, grains, stills, trail, last, counts = state
        self._steps.restore(steps)
        self._changes.restore(changes)
        self._departures.restore(departures)
        self._grains.restore(grains)
        self._stills.restore(stills)
        self._trail.restore(trail)
        if last is None:
            self._last = None
        else:
            t_s, level = row(last, 2)
            self._last = t_s, level
        repeats, values, self._still_s, self._began_s, self._taught_s = row(counts, 5)
        self._repeats, self._values = int(repeats), int(values)
