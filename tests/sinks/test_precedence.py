"""Events before what is live, before what was asked for, before the backlog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.publish.contract import UnavailableError
from agent.publish.flow import Flow
from agent.publish.lanes import Asked
from agent.publish.shipper import Terms
from tests.sinks.far_side import AllOrNothing, FarSide, World
from tests.sinks.world import LEVEL, drain, observation

if TYPE_CHECKING:
    import pytest

    from agent.model import Entry


def behind(count: int = 400) -> World:
    """A shipper that has begun to drain a backlog, eight entries at a time."""
    world = World(count)
    world.step()
    assert 0 < len(world.far.stored) < count, "a step ends within the backlog"
    return world


def next_send(world: World) -> list[int]:
    before = world.far.sends
    world.step()
    return world.far.sent[before]


def test_an_event_overtakes_a_backlog() -> None:
    world = behind()
    seq = world.event()
    assert next_send(world) == [seq]


def test_what_is_live_overtakes_a_backlog() -> None:
    world = behind()
    seq = world.reading()
    assert next_send(world) == [seq]


def test_an_event_overtakes_what_is_live() -> None:
    world = behind()
    live, seq = world.reading(), world.event()
    before = world.far.sends
    world.step()
    assert world.far.sent[before : before + 2] == [[seq], [live]]


def test_an_event_in_the_backlog_goes_first_and_only_once() -> None:
    world = World(100)
    seq = world.event()
    for _ in range(100):
        world.reading()
    world.drain()
    assert world.far.sent[0] == [seq]
    assert sorted(world.far.stored) == list(range(1, 202)), "each once"
    assert world.log.bookmarks == {"far": 201, "far:event": seq}


def test_what_was_asked_for_comes_after_live_and_before_backlog() -> None:
    world = behind()
    live = world.reading()
    world.shipper.ask(Asked("request", [(3, 5)]))
    before = world.far.sends
    world.step()
    assert world.far.sent[before : before + 2] == [[live], [3, 4, 5]]
    assert min(world.far.sent[before + 2]) > 5, "then the backlog goes on"


def test_while_a_backlog_drains_every_live_reading_goes_at_once() -> None:
    world = World(3000)
    world.step()
    for _ in range(20):
        seq = world.reading()
        assert next_send(world) == [seq]
    drain(world.shipper, world.clock)
    assert sorted(world.far.stored) == list(range(1, 3021)), "each once"
    assert world.log.islands("far") == ()


def test_a_backlog_goes_from_its_oldest_on() -> None:
    world = behind()
    world.reading()
    world.drain()
    old = [seq for seq in world.far.stored if seq <= 400]
    assert old == sorted(old)


def test_an_outage_that_ends_before_the_one_before_it_is_made_good_leaves_an_island() -> None:
    world = behind()
    world.reading()
    next_send(world)
    assert world.log.islands("far") == ((401, 401),)
    for _ in range(100):
        world.reading()
    world.step()
    world.start()
    world.drain()
    assert sorted(world.far.stored) == list(range(1, 502)), "islands survive a restart"


def test_bad_entries_in_a_backlog_hold_up_neither_events_nor_what_is_live() -> None:
    world = World(400, AllOrNothing(poison=set(range(1, 400, 2))))
    world.step()
    live, seq = world.reading(), world.event()
    before = world.far.sends
    world.step()
    assert world.far.sent[before : before + 2] == [[seq], [live]]


def test_one_channel_that_is_asked_for_goes_alone_and_changes_no_bookmark() -> None:
    world = World(0)
    for n in range(40):
        world.log.commit([observation(2 * n), observation(2 * n + 1, channel=LEVEL)])
    world.event()
    world.drain()
    marks = dict(world.log.bookmarks)
    world.far.stored.clear()
    world.shipper.ask(Asked("request", [(1, 81)], "level-1/water_level"))
    for _ in range(5):
        world.step()
    assert world.far.stored == list(range(2, 81, 2))
    assert world.log.bookmarks == marks


def test_what_was_asked_for_without_a_channel_holds_the_events_too() -> None:
    world = World(3)
    seq = world.event()
    world.drain()
    world.far.stored.clear()
    world.shipper.ask(Asked("request", [(2, seq)]))
    world.step()
    assert world.far.stored == [2, 3, seq]


def test_a_backlog_that_somebody_asks_for_is_not_sent_twice() -> None:
    world = behind()
    world.shipper.ask(Asked("request", [(300, 350)]))
    world.drain()
    assert sorted(world.far.stored) == list(range(1, 401))


def test_a_channel_of_a_backlog_that_goes_ahead_leaves_the_others_to_come() -> None:
    world = World(0)
    for n in range(200):
        world.log.commit([observation(2 * n), observation(2 * n + 1, channel=LEVEL)])
    world.step()
    world.shipper.ask(Asked("request", [(201, 300)], "level-1/water_level"))
    world.drain()
    assert set(world.far.stored) == set(range(1, 401))


def test_events_below_a_bookmark_of_before_there_were_lanes_are_done() -> None:
    world = World(3)
    world.event()
    world.reading()
    world.log.bookmarks["far"] = 4
    world.start()
    world.drain()
    assert world.far.stored == [5]


def test_a_small_batch_on_a_long_way_says_nothing_about_the_rate() -> None:
    flow = Flow(None)
    flow.went(3, 2.0, 1000)
    assert flow.rows(1000) == 100
    flow.went(100, 0.4, 1000)
    assert flow.rows(1000) == 200
    flow.went(200, 4.0, 1000)
    assert flow.rows(1000) == 50
    flow.went(50, 0.5, 1000)
    assert flow.rows(1000) == 100, "and it grows again"


def test_how_much_a_link_takes_is_found_from_below() -> None:
    world = World(20_000, FarSide(max_batch=1000))
    drain(world.shipper, world.clock)
    sizes = [len(each) for each in world.far.sent]
    assert sizes[:6] == [100, 200, 400, 800, 1000, 1000]
    world.far.troubles = [UnavailableError("cut")]
    for _ in range(3000):
        world.reading()
    world.far.sent.clear()
    drain(world.shipper, world.clock)
    assert [len(each) for each in world.far.sent][:3] == [1000, 100, 200], "another link, it may be"


def test_on_a_slow_link_a_step_ends_after_a_portion_so_that_a_stop_is_heard() -> None:
    world = World(2000, FarSide(max_batch=1000))
    world.far.row_s = 0.05
    begin_s = world.clock.mono_s
    world.step()
    assert world.clock.mono_s - begin_s <= 5.0
    assert world.log.bookmarks["far"] == 100


def test_without_a_settled_time_an_entry_waits_where_time_is_needed() -> None:
    far = FarSide()
    far.needs_time = True
    world = World(10, far)
    world.event()
    world.log.unsettled = 5
    world.step()
    assert far.stored == [1, 2, 3, 4, 5, 6]
    assert (world.shipper.status()["unsettled"], world.shipper.status()["state"]) == (5, "idle")
    world.log.unsettled = 0
    world.drain()
    assert far.stored[6] == 11, "the event first"
    assert sorted(far.stored) == list(range(1, 12))


def test_portions_become_as_small_as_a_second_allows() -> None:
    world = World(20_000, FarSide(max_batch=1000))
    world.far.row_s = 0.005
    drain(world.shipper, world.clock, steps=2000)
    sizes = [len(each) for each in world.far.sent]
    assert max(sizes) <= 250, "200 rows a second go"
    assert sorted(world.far.stored) == list(range(1, 20_001))


def test_a_backlog_goes_no_faster_than_it_may_and_live_data_do_not_care() -> None:
    world = World(1000, terms=Terms(drain_rows_per_s=10))
    world.step()
    begin_s = world.clock.mono_s
    while world.clock.mono_s < begin_s + 30:
        seq = world.reading()
        assert next_send(world) == [seq]
        world.clock.mono_s += 1.0
    old = [seq for seq in world.far.stored if seq <= 1000]
    assert 280 <= len(old) <= 320
    status = world.shipper.status()
    assert status["drain_rows_per_s"] == 10.0


def test_a_backlog_with_refused_records_goes_no_faster_than_it_may() -> None:
    world = World(1000, AllOrNothing(poison=set(range(1, 1000, 9))), terms=Terms(drain_rows_per_s=10))
    begin_s = world.clock.mono_s
    while world.clock.mono_s < begin_s + 30:
        world.clock.mono_s += max(0.01, min(1.0, world.step()))
    assert len(world.far.stored) <= 350


def test_a_limited_backlog_says_when_it_goes_on() -> None:
    world = World(1000, terms=Terms(drain_rows_per_s=10))
    waits = [world.step() for _ in range(5)]
    assert 0 < waits[-1] <= 1.0


def test_live_data_wait_for_company_and_events_do_not() -> None:
    world = World(0, terms=Terms(batch_s=60))
    world.reading()
    assert 0 < world.step() <= 42
    world.reading()
    world.step(30)
    assert world.far.stored == []
    seq = world.event()
    world.step(1)
    assert world.far.stored == [seq]
    world.step(29)
    assert world.far.stored == [seq, 1, 2]
    world.reading()
    world.step()
    assert world.far.stored == [seq, 1, 2], "the next wait begins anew"


def test_enough_company_ends_the_wait() -> None:
    world = World(7, terms=Terms(batch_s=600))
    world.step()
    assert world.far.stored == []
    world.reading()
    world.step()
    assert world.far.stored == list(range(1, 9))


def test_an_event_that_the_index_hides_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index has no checksum of its own."""
    world = World(20)
    hidden, seen = world.event(), world.event()
    every = world.log.events_after

    def but_one(seq: int, limit: int) -> list[Entry]:
        return [entry for entry in every(seq, limit) if entry.seq != hidden]

    monkeypatch.setattr(world.log, "events_after", but_one)
    world.drain()
    assert world.far.sent[0] == [seen]
    assert sorted(world.far.stored) == list(range(1, 23)), "each once"


def test_a_backlog_ends_although_something_live_is_always_there() -> None:
    """As where each message takes a second: a new reading has come before the last one has gone."""
    world = World(0, FarSide(max_batch=8))
    for _ in range(200):
        world.reading()
    world.step()
    world.far.before_send = world.reading
    for _ in range(40):
        world.step()
    assert set(range(1, 201)) <= set(world.far.stored)


def test_where_a_budget_makes_live_data_wait_they_are_cut_into_few_pieces() -> None:
    """Each piece is an island, and only so many are known."""
    world = World(0, FarSide(max_batch=1000), terms=Terms(max_mb_per_day=1.0))
    world.far.row_bytes, world.far.row_s = 40, 0.005  # 200 rows a second
    for tenth in range(288):
        world.log.commit([observation(n) for n in range(200)])
        until_s = 100.0 + 600 * tenth
        while world.clock.mono_s < until_s:
            world.clock.mono_s = min(until_s, world.clock.mono_s + world.step())
    assert len(world.far.stored) == len(set(world.far.stored))
    assert world.log.head - len(world.far.stored) > 5_000, "it is not enough for all"
    assert len(world.log.islands("far")) < 8
