"""Readings that a broker takes and nobody stores: an event, which other destinations carry."""

from __future__ import annotations

from agent.model import Event
from agent.publish.contract import Audible, Receipt
from tests.sinks.far_side import World


def told(world: World, *words: Audible | Receipt) -> list[tuple[str, str]]:
    """What has been told of it when these have been heard."""
    world.far.says = list(words)
    world.step(1)
    return [(each.kind, each.phase) for each in world.log.told if isinstance(each, Event)]


def test_it_is_told_once_and_so_is_its_end() -> None:
    world = World(3)
    raised, cleared = ("sink_unheard", "raised"), ("sink_unheard", "cleared")
    assert told(world, Audible()) == []
    assert told(world, Audible("nobody")) == [raised]
    assert told(world, Audible("nobody")) == [raised]
    assert told(world, Audible()) == [raised, cleared]


def test_where_receipts_are_given_these_say_what_has_arrived() -> None:
    """What consumes inside a broker is no subscriber."""
    world = World(3)
    assert told(world, Receipt(world.log.identity, 2), Audible("nobody")) == []


def test_the_next_run_ends_it() -> None:
    world = World(3)
    told(world, Audible("nobody"))
    raised = world.log.told.pop()
    assert isinstance(raised, Event)
    world.log.open_events = (raised,)
    world.start()
    assert told(world) == []
    assert told(world, Audible("nobody")) == []
    assert told(world, Audible()) == [("sink_unheard", "cleared")]
