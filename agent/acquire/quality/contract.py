"""What a test of a channel's recent past is: one value in, one verdict out, in bounded memory. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, runtime_checkable

from agent.acquire.quality.verdict import GOOD, Verdict

# What JSON can hold: a test's memory, to be put away and taken up again after a restart.
State = Any


class Sample(NamedTuple):
    """One value of a channel, in its canonical unit.

    Attributes:
        t_s: seconds on a clock that never steps back; its zero means nothing.
        value: a finite number.
        utc_s: seconds since 1970 in UTC where the wall clock can be believed, else None.
    """

    t_s: float
    value: float
    utc_s: float | None = None


class Outcome(NamedTuple):
    """What a test says of this sample, and what this sample shows about the one before it."""

    now: Verdict
    before: Verdict = GOOD


class Test(Protocol):
    """One test of one channel. Each sample is given once, in order of `t_s`."""

    def update(self, sample: Sample) -> Outcome:
        """Judge a sample. A test that cannot run yet says NOT_EVALUATED."""
        ...

    def missed(self, t_s: float) -> None:
        """A value was due at `t_s` and did not come."""
        ...

    def state(self) -> State:
        """All that it remembers. A test with this state restored goes on exactly as this one does."""
        ...

    def restore(self, state: State) -> None:
        """Take up a state of a test with the same settings. Raises ValueError on one that it cannot use."""
        ...


@runtime_checkable
class OfNeighbours(Protocol):
    """A test that compares a value with those beside it."""

    def interrupted(self) -> None:
        """Somebody worked on the instrument: the next value has none before it."""
        ...
