"""A far side whose every answer is scripted, and a shipper that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.publish.contract import RejectedError
from agent.publish.shipper import Shipper, Terms
from tests.sinks.world import HandClock, MemoryLog, drain, event, observation, readings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from agent.model import Entry
    from agent.publish.contract import Order, UnavailableError, Word


class FarSide:
    """A sink in memory: stores what it takes, refuses `poison` for ever, raises `troubles` first.

    A send costs `row_bytes` an entry, and takes `row_s` an entry of the clock that it is given.
    """

    needs_time = False

    def __init__(self, poison: Collection[int] = (), max_batch: int = 8) -> None:
        self.stored: list[int] = []
        self.sent: list[list[int]] = []
        self.troubles: list[UnavailableError] = []
        self.says: list[Word] = []
        self.answers: list[tuple[str, Mapping[str, object]]] = []
        self.before_send: Callable[[], object] | None = None
        self.clock: HandClock | None = None
        self.row_s = 0.0
        self.row_bytes = 0
        self.traffic_bytes = 0
        self.closed = False
        self.max_batch = max_batch
        self.poison = poison

    @property
    def sends(self) -> int:
        return len(self.sent)

    def send(self, batch: Sequence[Entry]) -> None:
        if self.before_send is not None:
            self.before_send()
        seqs = [entry.seq for entry in batch]
        self.sent.append(seqs)
        self.traffic_bytes += self.row_bytes * len(batch)
        if self.clock is not None:
            self.clock.mono_s += self.row_s * len(batch)
        if self.troubles:
            error = self.troubles.pop(0)
            good = next((place for place, seq in enumerate(seqs) if seq in self.poison), len(seqs))
            error.accepted = min(error.accepted, good)
            self.stored += seqs[: error.accepted]
            raise error
        for place, seq in enumerate(seqs):
            if seq in self.poison:
                raise RejectedError(f"no {seq}", "mend it", accepted=place)
            self.stored.append(seq)

    def heard(self) -> Sequence[Word]:
        said, self.says = self.says, []
        return said

    def answer(self, order: Order, answer: Mapping[str, object]) -> None:
        self.answers.append((order.id, answer))

    def idle(self) -> float:
        if self.troubles:
            raise self.troubles.pop(0)
        return 42.0

    def status(self) -> Mapping[str, object]:
        return {"mood": "fine"}

    def close(self) -> None:
        self.closed = True


class AllOrNothing(FarSide):
    """A far side that does not say which entry it dislikes."""

    def send(self, batch: Sequence[Entry]) -> None:
        self.sent.append([entry.seq for entry in batch])
        if self.troubles:
            raise self.troubles.pop(0)
        if any(entry.seq in self.poison for entry in batch):
            raise RejectedError("something in here")
        self.stored += [entry.seq for entry in batch]


class World:
    """A shipper with all that it touches."""

    def __init__(
        self, count: int, far: FarSide | None = None, bookmark: int = 0, terms: Terms | None = None
    ) -> None:
        self.log = MemoryLog(readings(count))
        self.log.bookmarks["far"] = bookmark
        self.far = far or FarSide()
        self.clock = self.far.clock = HandClock()
        self.terms = terms or Terms()
        self.start()

    def start(self) -> None:
        """A shipper that knows what the journal knows, and nothing else."""
        self.shipper = Shipper("far", self.far, self.log, self.clock, self.terms)

    def step(self, after_s: float = 0.0) -> float:
        self.clock.mono_s += after_s
        return self.shipper.step(self.clock.now())

    def drain(self) -> None:
        drain(self.shipper, self.clock)

    def reading(self) -> int:
        """One more observation; returns its seq."""
        self.log.commit([observation(self.log.head + 1)])
        return self.log.head

    def event(self) -> int:
        """One more event; returns its seq."""
        self.log.commit([event(self.log.head + 1)])
        return self.log.head
