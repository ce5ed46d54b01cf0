"""What one channel has learned about itself, and how a value looks beside that. Pure."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.quality.learned.quantile import Quantile
from agent.acquire.quality.learned.trail import LENGTH, Trail
from agent.acquire.quality.numbers import row

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample, State
    from agent.acquire.quality.learned.traits import Traits

# A day at 15 min: before it, nothing is said.
WARM_VALUES = 96
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
        repeats: how often the value before had been the same already.
    """

    step: float
    change: float
    departure: float
    usual: float
    level: float
    repeats: int


class Memory:
    """What is remembered: four learned sizes and twelve values, 24 numbers in all.

    Args:
        traits: of its quantity.
        period_s: seconds from one value to the next. A step over a gap may be as much larger as the gap is.
    """

    def __init__(self, traits: Traits, *, period_s: float) -> None:
        self._log_from = traits.log_from
        self._period_s = period_s
        self._steps = Quantile(share=0.98, least=traits.least)
        self._changes = Quantile(share=0.98, least=traits.least)
        self._departures = Quantile(share=0.9, least=traits.least)
        # The smallest steps that it takes: one of these is never far, however long it has stood still.
        self._grains = Quantile(share=0.05, least=traits.least)
        self._trail = Trail()
        self._last: tuple[float, float] | None = None  # time and level
        self._repeats = 0
        self._values = 0

    def look(self, sample: Sample) -> Look | None:
        """Compare a value, then learn from it. None where there is nothing to compare it with."""
        level = max(-_FURTHEST, min(sample.value, _FURTHEST))
        if self._log_from is not None:
            level = log(max(level, 0.0) + self._log_from)
        last, self._last = self._last, (sample.t_s, level)
        look = None
        if last is not None:
            periods = max(1.0, (sample.t_s - last[0]) / self._period_s)
            if periods > LENGTH:
                self._trail.clear()
                self._repeats = 0
            else:
                look = self._compare(level, level - last[1], periods)
        self._trail.add(level)
        self._values = min(self._values + 1, WARM_VALUES)
        return look if self._values == WARM_VALUES else None

    def interrupted(self) -> None:
        """What comes next is compared with nothing; what was learned stays."""
        self._last = None
        self._trail.clear()
        self._repeats = 0

    def _compare(self, level: float, step: float, periods: float) -> Look:
        trail = self._trail
        size, usual = abs(step), trail.median
        if size:
            self._grains.add(size)  # now: what has never moved has not shown how it moves
        grain = self._grains.value
        away = abs(level - usual)
        look = Look(
            step / (max(self._steps.value, grain) * periods),
            size / max(self._changes.value, grain),
            away / max(self._departures.value, grain),
            usual,
            level,
            self._repeats,
        )
        self._repeats = self._repeats + 1 if step == 0 else 0
        if periods < _ONE_PERIOD:
            self._steps.add(size)
            change = trail.change(level)
            if change is not None:
                self._changes.add(change)
        if trail.is_full:
            self._departures.add(away)
        return look

    def state(self) -> State:
        """The four sizes, the last values, the last one with its time, repeats, and how many it has seen."""
        return [
            self._steps.state(),
            self._changes.state(),
            self._departures.state(),
            self._grains.state(),
            self._trail.state(),
            None if self._last is None else list(self._last),
            [self._repeats, self._values],
        ]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        if not isinstance(state, list | tuple) or len(state) != 7:  # noqa: PLR2004 - as in `state`
            raise ValueError(f"the seven parts of a channel's memory were expected, not {state!r:.60}")
        steps, changes, departures, grains, trail, last, counts = state
        self._steps.restore(steps)
        self._changes.restore(changes)
        self._departures.restore(departures)
        self._grains.restore(grains)
        self._trail.restore(trail)
        if last is None:
            self._last = None
        else:
            t_s, level = row(last, 2)
            self._last = t_s, level
        repeats, values = row(counts, 2)
        self._repeats, self._values = int(repeats), int(values)
