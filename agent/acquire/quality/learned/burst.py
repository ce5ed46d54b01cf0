"""Bursts: a turbidity that jumps up for a moment. Bubbles, leaves and fish do that; storms last. Pure.

Three things speak for a burst, and their evidence adds up as logarithms do: how far it leaves what the
channel usually does, how high it is in the instrument's unit (weighing a third: sites differ there most), and
whether this is an hour of the day when the channel keeps bursting. Much of it is believed at once; less, when
the channel has come back within the hour.
"""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.quality.learned.hours import Hours
from agent.acquire.quality.numbers import row

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample, State
    from agent.acquire.quality.learned.memory import Look

# exp(4.4) = 80: twenty times the usual departure and 64 FNU high, or a lower one at its hour.
AT_ONCE = 4.4
RETURNED = 3.6
# What a storm that a neighbour sees takes off.
STORM = 0.7
# A burst so many usual departures away counts for its hour, and is watched for its return.
_CLEAR = 2.5
# Back is where less than this share of its height is left.
_BACK = 0.4
_LONGEST_S = 3600.0
# A burst that nobody could measure.
_LEAST_HEIGHT = 1e-3
_HEIGHT_WEIGHT = 1 / 3


class Burst(NamedTuple):
    """One that is not over: when it began, above what, how high it has been, and the most evidence for it."""

    begin_s: float
    base: float
    height: float
    evidence: float


class Bursts:
    """The test's memory: when bursts usually come, and the present one; 30 numbers.

    Args:
        unit: the height that counts as one, in the quantity's unit.
    """

    def __init__(self, *, unit: float) -> None:
        self._unit = unit
        self._hours = Hours()
        self._burst: Burst | None = None
        self._up_since_s: float | None = None

    def see(self, sample: Sample, look: Look, *, in_storm: bool) -> tuple[bool, bool]:
        """Whether this value bursts beyond doubt, and whether the one before was the end of a burst."""
        kept = self._hours.at(sample.t_s)
        is_up = look.level > look.usual and look.departure > _CLEAR
        if is_up:
            self._hours.happened()
            self._up_since_s = sample.t_s if self._up_since_s is None else self._up_since_s
        else:
            self._up_since_s = None
        evidence = self._evidence(look, kept) - (STORM if in_storm else 0.0)
        returned = self._follow(sample.t_s, look, evidence, is_up=is_up)
        lasts = self._up_since_s is not None and sample.t_s - self._up_since_s > _LONGEST_S
        return evidence > AT_ONCE and not lasts, returned

    def _evidence(self, look: Look, kept: float) -> float:
        if look.level <= look.usual or not look.departure:
            return 0.0
        height = (exp(look.level) - exp(look.usual)) / self._unit
        return log(look.departure) + _HEIGHT_WEIGHT * log(max(height, _LEAST_HEIGHT)) + kept

    def _follow(self, t_s: float, look: Look, evidence: float, *, is_up: bool) -> bool:
        """Whether a burst has just ended that there is enough evidence for."""
        burst = self._burst
        if burst is None:
            if is_up or evidence > RETURNED:
                self._burst = Burst(t_s, look.usual, look.level - look.usual, evidence)
            return False
        above = look.level - burst.base
        lasts = t_s - burst.begin_s > _LONGEST_S
        if above < _BACK * burst.height:
            self._burst = None
            return burst.evidence > RETURNED and not lasts
        self._burst = (
            None
            if lasts
            else burst._replace(height=max(burst.height, above), evidence=max(burst.evidence, evidence))
        )
        return False

    def state(self) -> State:
        """The hours, the present burst or None, and since when it is up or None."""
        return [self._hours.state(), None if self._burst is None else list(self._burst), self._up_since_s]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        if not isinstance(state, list | tuple) or len(state) != 3:  # noqa: PLR2004 - as in `state`
            raise ValueError(f"hours, a burst and a time were expected, not {state!r:.60}")
        hours, burst, up_since_s = state
        self._hours.restore(hours)
        self._burst = None if burst is None else Burst(*row(burst, len(Burst._fields)))
        self._up_since_s = None if up_since_s is None else row([up_since_s], 1)[0]
