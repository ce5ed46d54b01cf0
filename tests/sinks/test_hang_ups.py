"""The shipper against a far side that says nothing against an entry, but ends the connection on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.publish.contract import HungUpError, UnavailableError
from agent.publish.shipper import Shipper
from tests.sinks.world import HandClock, MemoryLog, drain, event, readings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from agent.model import Entry
    from agent.publish.contract import Order, Receipt


class FarSide:
    """Takes messages of up to `most` entries, hangs up on larger ones and on `poison`.

    `chance` holds what happens, send by send, before anything else: trouble, or None for no trouble.
    """

    max_batch = 64

    def __init__(self, poison: Collection[int] = (), most: int = 64, together: int = 64) -> None:
        self.stored: list[int] = []
        self.chance: list[UnavailableError | None] = []
        self.sizes: list[int] = []
        self._poison = poison
        self._most = most
        self._together = together

    def send(self, batch: Sequence[Entry]) -> None:
        self.sizes.append(len(batch))
        trouble = self.chance.pop(0) if self.chance else None
        if trouble is not None:
            raise trouble
        for start in range(0, len(batch), self._together):
            seqs = [entry.seq for entry in batch[start : start + self._together]]
            if len(seqs) > self._most or any(seq in self._poison for seq in seqs):
                raise HungUpError("lost broker", "look at its log", accepted=start)
            self.stored += seqs

    needs_time = False
    traffic_bytes = 0

    def heard(self) -> Sequence[Receipt | Order]:
        return []

    def answer(self, order: Order, answer: Mapping[str, object]) -> None:
        raise NotImplementedError

    def idle(self) -> float:
        return 30.0

    def status(self) -> Mapping[str, object]:
        return {}

    def close(self) -> None:
        pass


def run(far: FarSide, count: int) -> MemoryLog:
    """Drain `count` readings into `far`."""
    log = MemoryLog(readings(count))
    clock = HandClock()
    drain(Shipper("far", far, log, clock), clock, steps=2000)
    assert log.bookmarks == {"far": count}
    return log


def test_an_entry_that_ends_every_connection_is_parked_and_the_rest_delivered() -> None:
    far = FarSide(poison={40})
    log = run(far, 100)
    assert log.refused == {40: "lost broker"}
    assert set(far.stored) == set(range(1, 101)) - {40}


@settings(deadline=None)
@given(st.sets(st.integers(1, 200), max_size=6), st.sampled_from([1, 7, 64]))
def test_whatever_ends_connections_is_parked_and_nothing_else(poison: set[int], together: int) -> None:
    far = FarSide(poison, together=together)
    log = run(far, 200)
    assert set(log.refused) == poison
    assert set(far.stored) == set(range(1, 201)) - poison


def test_a_far_side_that_takes_only_small_messages_gets_small_ones() -> None:
    """Nothing is parked, and the size that passes is kept for a while: connections are dear."""
    far = FarSide(most=15)
    log = run(far, 2000)
    assert not log.refused
    assert far.stored == list(range(1, 2001))
    assert sum(size > 15 for size in far.sizes) < 20


def test_two_lost_connections_are_chance() -> None:
    far = FarSide()
    far.chance = [HungUpError("cut")] * 2
    assert not run(far, 64).refused
    assert far.sizes == [64, 64, 64]


def test_the_third_makes_the_batch_smaller_at_once() -> None:
    far = FarSide()
    far.chance = [HungUpError("cut")] * 3
    assert not run(far, 64).refused
    assert far.sizes == [64, 64, 64, 32, 32]


def test_an_entry_alone_is_parked_at_the_fifth_hang_up_and_not_before() -> None:
    far = FarSide()
    far.chance = [HungUpError("cut")] * 4
    assert not run(far, 1).refused
    far.chance = [HungUpError("cut")] * 5
    assert list(run(far, 1).refused) == [1]


def test_any_other_trouble_in_between_speaks_for_the_entry() -> None:
    """A link that is cut by chance also fails in other ways; a message that is not wanted does not."""
    far = FarSide()
    far.chance = [*[HungUpError("cut")] * 4, UnavailableError("no network")] * 5
    assert not run(far, 1).refused


def test_progress_speaks_for_the_entry_behind_it() -> None:
    """Every send gets one entry further before the cut: each is the first at its place."""
    far = FarSide()
    far.chance = [HungUpError("cut", accepted=1)] * 40
    assert not run(far, 64).refused
    assert set(far.sizes) == set(range(24, 65)), "and the batch is never made smaller"


def test_events_that_pass_do_not_speak_for_an_entry_of_the_backlog() -> None:
    far = FarSide(poison={40})
    log = MemoryLog(readings(100))
    clock = HandClock()
    shipper = Shipper("far", far, log, clock)
    for _ in range(60):
        log.commit([event(log.head)])
        clock.mono_s += shipper.step(clock.now())
    assert log.refused == {40: "lost broker"}
    assert set(far.stored) == set(range(1, 161)) - {40}


def test_after_a_while_whole_batches_go_out_again() -> None:
    far = FarSide()
    far.chance = [HungUpError("cut")] * 3
    run(far, 64 * 60)
    assert far.sizes[-1] == 64


def test_a_parked_entry_is_told_with_reason_and_place() -> None:
    with structlog.testing.capture_logs() as lines:
        run(FarSide(poison={1}), 1)
    assert [line["event"] for line in lines] == ["sink_away", "sink_refuses_entry"]
    assert (lines[1]["seq"], lines[1]["reason"]) == (1, "lost broker")
