"""The test of a channel that learns on the site what it usually does, and hears its neighbours. Pure.

It says nothing before it has learned for a while (`memory.WARM_VALUES`). Then a value is suspect

- RATE: when its step is many times the size that nearly all steps stay below, unless it comes back from a
  spike. A step that a storm could have made is judged one value late, and left alone when a neighbour has
  seen one;
- SPIKE (known one value late): when it left and came back, both fast, or was the end of a burst;
- SPIKE, at once: when a burst is beyond doubt, or comes while a neighbour loses its value;
- SHIFT: when it changes after it stood still, longer than usual, since a neighbour lost its value. Loggers
  repeat the last value of a sonde without power, and people move sondes; what comes then has not been
  compared with anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.learned.burst import Bursts
from agent.acquire.quality.learned.memory import Memory
from agent.acquire.quality.learned.traits import Storm
from agent.acquire.quality.numbers import row
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.model import Flag, Why

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample, State
    from agent.acquire.quality.learned.memory import Look
    from agent.acquire.quality.learned.scene import Scene
    from agent.acquire.quality.learned.traits import Traits

# In sizes that 98 % of steps stay below: real steps have heavy tails, and 8 is passed once in some months.
STEP = 8.0
# Both steps of a spike; noise seldom goes up and back by the same.
SPIKE_STEP = 5.0
# So much of the way up it must have come back.
_BACK = 0.5
# In sizes that 98 % of the changes over four values stay below: with a lost neighbour and a value that
# stood still, little more is needed.
JOLT = 0.25
# An outage that a logger bridges with the last value is at least so long; noise repeats itself for less.
_STOOD_S = 1500.0
# Turbidity that is so far up speaks of a storm to the others; conductivity so far off does to turbidity. What
# is much further off is broken.
_STIRRED, _BROKEN = 2.0, 40.0
# In a neighbour's outage a burst of so many usual departures is believed.
_DISTURBED = 4.0

_UNKNOWN = Outcome(NOT_EVALUATED, NOT_EVALUATED)
_GOOD = Outcome(GOOD)
_STEP = Verdict(Flag.SUSPECT, Why.RATE)
_SPIKE = Verdict(Flag.SUSPECT, Why.SPIKE)
_SHIFT = Verdict(Flag.SUSPECT, Why.SHIFT)


class Learned:
    """The test. About 66 numbers, 36 where nothing bursts; 300 more while it begins.

    Args:
        name: of the channel, as its neighbours know it.
        traits: of its quantity.
        scene: shared with its neighbours; one that nobody else has, for a channel that stands alone. It has a
            memory of its own, which whoever made it puts away.
        period_s: seconds from one value to the next.
    """

    def __init__(self, *, name: str, traits: Traits, scene: Scene, period_s: float) -> None:
        self._name = name
        self._traits = traits
        self._period_s = period_s
        if traits.bursts is not None or traits.storm is Storm.BOTH:
            scene.speaks(name)
        self._scene = scene
        self._memory = Memory(traits, period_s=period_s)
        self._bursts = None if traits.bursts is None else Bursts(unit=traits.bursts)
        self._step = 0.0  # the last one, as in `Look`
        self._waits = False  # whether that one is a fault unless there is a storm

    def update(self, sample: Sample) -> Outcome:
        """Judge a value by what was learned before it, and the one before by what this one shows."""
        look = self._memory.look(sample)
        if look is None:
            self._step, self._waits = 0.0, False
            return _UNKNOWN
        self._tell(sample.t_s, look)
        if self._bursts is not None:
            return self._burst(self._bursts, sample, look)
        last, self._step = self._step, look.step
        is_spike = _is_spike(last, look.step)
        before = self._before(sample.t_s, is_spike=is_spike)
        now = self._now(sample.t_s, look, is_back=is_spike and abs(last + look.step) <= STEP)
        return _GOOD if now is GOOD and before is GOOD else Outcome(now, before)

    def missed(self, t_s: float) -> None:
        """A value that was lost is news to the neighbours."""
        self._scene.lost(self._name, t_s)

    def interrupted(self) -> None:
        """Somebody worked on it: what comes next is compared with nothing."""
        self._memory.interrupted()

    def state(self) -> State:
        """What the channel remembers of itself: memory, bursts or None, last step and whether it waits."""
        return [
            self._memory.state(),
            None if self._bursts is None else self._bursts.state(),
            [self._step, int(self._waits)],
        ]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        if not isinstance(state, list | tuple) or len(state) != 3:  # noqa: PLR2004 - as in `state`
            raise ValueError(f"the three parts of what a channel learned were expected, not {state!r:.60}")
        memory, bursts, step = state
        if (bursts is None) is not (self._bursts is None):
            raise ValueError("what was learned is of another quantity")
        self._memory.restore(memory)
        if self._bursts is not None:
            self._bursts.restore(bursts)
        self._step, waits = row(step, 2)
        self._waits = bool(waits)

    def _tell(self, t_s: float, look: Look) -> None:
        """Whether this looks like a storm, to the neighbours."""
        if look.departure <= _STIRRED * self._scene.crowd:
            return
        is_turbid = self._bursts is not None and look.level > look.usual
        if is_turbid or (self._traits.storm is Storm.BOTH and look.departure < _BROKEN):
            self._scene.stirred(self._name, t_s)

    def _before(self, t_s: float, *, is_spike: bool) -> Verdict:
        """The value before, by what has come since."""
        waits, self._waits = self._waits, False
        if is_spike:
            return _SPIKE
        return _STEP if waits and not self._scene.is_stirred(self._name, t_s) else GOOD

    def _now(self, t_s: float, look: Look, *, is_back: bool) -> Verdict:
        size = abs(look.step)
        if size > STEP and not is_back:
            self._waits = size <= self._traits.storm_step and self._may_be_storm(look)
            if not self._waits:
                return _STEP
        if self._is_jolt(t_s, look):
            return _SHIFT
        return GOOD

    def _may_be_storm(self, look: Look) -> bool:
        storm = self._traits.storm
        return storm is Storm.BOTH or (storm is Storm.UP and look.step > 0)

    def _is_jolt(self, t_s: float, look: Look) -> bool:
        if not self._traits.is_kept or look.change <= JOLT:
            return False
        if not look.stood or t_s - look.still_s < _STOOD_S:
            return False
        # Neighbours of one moment are read one after the other.
        return self._scene.has_lost_since(self._name, look.still_s - self._period_s, t_s)

    def _burst(self, bursts: Bursts, sample: Sample, look: Look) -> Outcome:
        t_s = sample.t_s
        in_storm = self._scene.is_stirred(self._name, t_s)
        is_disturbed = look.departure > _DISTURBED and self._scene.has_just_lost(self._name, t_s)
        at_once, returned = bursts.see(sample, look, in_storm=in_storm and not is_disturbed)
        if not (at_once or returned or is_disturbed):
            return _GOOD
        return Outcome(_SPIKE if at_once or is_disturbed else GOOD, _SPIKE if returned else GOOD)


def _is_spike(before: float, step: float) -> bool:
    if before * step >= 0 or min(abs(before), abs(step)) <= SPIKE_STEP:
        return False
    return abs(before + step) < _BACK * abs(before)
