"""Delivery under whatever may happen to a station, in any order: everything arrives, and seldom twice."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.publish.contract import Receipt, UnavailableError
from agent.publish.lanes import Asked
from agent.publish.ranges import MOST_ISLANDS
from agent.publish.receipts import PATIENCE_S
from agent.publish.resend import WishError
from agent.publish.shipper import Terms
from tests.sinks.far_side import FarSide, World
from tests.sinks.world import drain, observation

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIES = 2  # what lies behind a receipt that stands still goes so often


class Act(NamedTuple):
    """One thing that may happen, so many times or of that size."""

    what: str
    size: int


def _acts(what: str, least: int, most: int) -> st.SearchStrategy[Act]:
    return st.integers(least, most).map(lambda size: Act(what, size))


_ACTS = st.lists(
    st.one_of(
        _acts("readings", 1, 60),
        _acts("event", 1, 3),
        _acts("step", 1, 3),
        _acts("outages", 1, MOST_ISLANDS + 8),
        _acts("cut", 0, 8),
        _acts("asked", 1, 100),
        _acts("receipt", 0, 300),
        _acts("prune", 1, 300),
        _acts("restart", 1, 2),
    ),
    max_size=30,
)
_TERMS = st.builds(
    Terms,
    max_mb_per_day=st.sampled_from([None, 0.001, 0.1]),
    drain_rows_per_s=st.sampled_from([None, 0.01, 20.0]),
)


def play(world: World, act: Act) -> None:
    """Let it happen."""
    if act.what in _AGAIN:
        for _ in range(act.size):
            _AGAIN[act.what](world)
    else:
        _OF_SIZE[act.what](world, act.size)


def outages(world: World, count: int) -> None:
    """More than counts as live, and then a little that does, less each time: islands."""
    for left in range(count, 0, -1):
        readings(world, 3 * world.far.max_batch)
        world.step(1.0)
        readings(world, 1 + left // 8)
        for _ in range(3):
            world.step(1.0)


def readings(world: World, count: int) -> None:
    """What the poller brings."""
    world.log.commit([observation(n) for n in range(count)])


def cut(world: World, accepted: int) -> None:
    """The link breaks in the next send."""
    world.far.troubles.append(UnavailableError("cut", accepted=accepted))


def ask(world: World, first: int) -> None:
    """Somebody wants all from there on."""
    head = world.log.head
    if head:
        with suppress(WishError):  # it takes only so many requests
            world.shipper.ask(Asked("request", [(min(first, head), head)]))


def hear(world: World, seq: int) -> None:
    """A receipt, and no other for long."""
    world.far.says = [Receipt(world.log.identity, min(seq, world.log.head))]
    for _ in range(4):
        world.step(PATIENCE_S + 1)


def prune(world: World, most: int) -> None:
    """What was delivered makes room; the last record always stays."""
    log = world.log
    upto = min(most, log.bookmark("far"), log.head - 1)
    log.records = [each for each in log.records if each.seq > upto]


_AGAIN: dict[str, Callable[[World], object]] = {
    "event": World.event,
    "step": lambda world: world.step(2.0),
    "restart": World.start,
}
_OF_SIZE: dict[str, Callable[[World, int], object]] = {
    "readings": readings,
    "outages": outages,
    "cut": cut,
    "asked": ask,
    "receipt": hear,
    "prune": prune,
}


def most_copies(acts: list[Act]) -> int:
    """How often a record may go out: once, and again for each reason that there was."""
    of = Counter[str]()
    for each in acts:
        of[each.what] += each.size if each.what == "restart" else 1
    # Of too many islands one is forgotten, and where events have gone ahead a restart does not know.
    return 1 + of["restart"] + of["asked"] + _TRIES * of["receipt"] + bool(of["outages"])


@settings(max_examples=150, deadline=None)
@given(_ACTS, st.sets(st.integers(1, 300), max_size=4), st.sampled_from([1, 3, 8, 64]), _TERMS)
@example([Act("outages", MOST_ISLANDS + 8), Act("step", 3)], set(), 8, Terms(drain_rows_per_s=0.01))
def test_whatever_happens_everything_arrives_or_is_parked(
    acts: list[Act], poison: set[int], max_batch: int, terms: Terms
) -> None:
    world = World(0, FarSide(poison, max_batch), terms=terms)
    world.far.row_bytes = 50
    for act in acts:
        play(world, act)
    world.terms = Terms()
    if terms != world.terms:
        acts.append(Act("restart", 1))
        world.start()
    drain(world.shipper, world.clock, steps=3000)
    everything = set(range(1, world.log.head + 1))
    assert set(world.log.refused) == poison & everything
    assert set(world.far.stored) == everything - poison
    assert world.log.bookmark("far") == world.log.head
    assert max(Counter(world.far.stored).values(), default=0) <= most_copies(acts)
