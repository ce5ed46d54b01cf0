"""What a far side refuses: set apart, listed, and tried again when somebody says so."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.publish.contract import Order
from agent.publish.lanes import Asked
from agent.publish.resend import MOST_WAITING, WishError, of_parked, runs
from agent.publish.shipper import Terms
from tests.sinks.far_side import AllOrNothing, FarSide, World
from tests.sinks.world import LEVEL, PH, T0_NS


def test_parked_entries_that_are_taken_now_are_no_longer_parked() -> None:
    world = World(40, FarSide(poison={5, 6, 20}))
    world.drain()
    assert world.shipper.status()["parked"] == 3
    world.far.poison = {6}
    world.far.stored.clear()
    found = of_parked("far", world.log)
    assert (found.first, found.last, found.records) == (5, 20, 3)
    world.shipper.ask(found.asked)
    world.step()
    world.step()
    assert world.far.stored == [5, 20]
    assert world.log.refused == {6: "no 6"}
    assert world.shipper.status()["parked"] == 1


def test_a_resend_by_time_frees_what_was_parked_in_it() -> None:
    world = World(10, FarSide(poison={5}))
    world.drain()
    world.far.poison = ()
    world.shipper.ask(Asked("request", [(4, 6)], parked=[5]))
    world.step()
    assert world.log.refused == {}


def test_what_is_parked_is_counted_after_a_restart() -> None:
    world = World(10, FarSide(poison={5}))
    world.drain()
    world.start()
    world.step()
    assert world.shipper.status()["parked"] == 1


def test_where_nothing_is_taken_a_backlog_goes_on_in_small_doses() -> None:
    """It is seldom the records: two requests each for a million of them, and all parked, help nobody."""
    world = World(5000, AllOrNothing(poison=range(1, 5001), max_batch=1000))
    world.step()
    begin_s = world.clock.mono_s
    while world.clock.mono_s < begin_s + 3600:
        seq = world.reading()
        world.clock.mono_s += min(60.0, world.step())
        world.step()
        assert seq in world.far.stored, "what is live goes on"
    assert 150 <= len(world.log.refused) <= 400
    assert world.far.sends < 2000
    world.far.poison = ()
    world.drain()
    assert set(world.far.stored) == set(range(1, world.log.head + 1)) - set(world.log.refused)


def test_refusals_among_others_are_parked_without_a_rest() -> None:
    world = World(400, FarSide(poison=range(1, 401, 2)))
    world.drain()
    assert world.clock.mono_s < 160
    assert len(world.log.refused) == 200


def test_with_nothing_parked_there_is_nothing_to_send_again() -> None:
    with pytest.raises(WishError, match="nothing is parked"):
        of_parked("far", World(3).log)


@given(st.sets(st.integers(1, 60)))
def test_runs_are_the_numbers_they_were_made_of(seqs: set[int]) -> None:
    found = list(runs(sorted(seqs)))
    assert {seq for first, last in found for seq in range(first, last + 1)} == seqs
    assert all(later[0] > sooner[1] + 1 for sooner, later in pairwise(found))


def ordered(world: World, order: Order) -> dict[str, object]:
    """The answer to an order from the far side."""
    world.far.says = [order]
    world.step(11)
    (asker, answer) = world.far.answers.pop()
    assert asker == order.id
    return dict(answer)


def order(first: int, last: int, channel: str | None = None) -> Order:
    return Order("a1", channel, T0_NS + first * 10**9, T0_NS + (last + 1) * 10**9)


def test_an_order_from_the_far_side_is_carried_out_and_answered() -> None:
    world = World(20, terms=Terms([str(PH)]))
    world.drain()
    world.far.stored.clear()
    answer = ordered(world, order(5, 8, str(PH)))
    assert answer == {"ok": {"first_seq": 5, "last_seq": 8, "records": 4}}
    assert world.far.stored == [5, 6, 7, 8]


def test_an_order_that_makes_no_sense_is_answered_with_what_would() -> None:
    world = World(20, terms=Terms([str(PH)]))
    world.drain()
    for bad, word in (
        (order(5, 8, "ph-4/ph"), "ph-3/ph"),
        (order(8, 5), "before"),
        (order(90, 95), "gaps"),
    ):
        answer = ordered(world, bad)
        assert answer["error"]
        assert word in str(answer["hint"])


def test_why_nothing_is_found_is_said() -> None:
    world = World(0)
    assert "holds nothing" in str(ordered(world, order(1, 2))["error"])
    world = World(20)
    world.log.unsettled = 20
    assert "the clock was never set" in str(ordered(world, order(1, 2))["error"])


def test_a_channel_that_is_no_longer_configured_can_be_asked_for() -> None:
    world = World(20, terms=Terms([str(LEVEL)]))
    world.drain()
    assert "ok" in ordered(world, order(5, 8, str(PH)))


def test_the_count_of_what_was_refused_shrinks_when_it_makes_room() -> None:
    world = World(20, FarSide(poison={3, 4}))
    world.drain()
    assert world.shipper.status()["parked"] == 2
    del world.log.parked_by["far", 3]
    world.step(700)
    assert world.shipper.status()["parked"] == 1


def test_orders_come_one_in_ten_seconds() -> None:
    world = World(20)
    world.drain()
    world.far.says = [order(1, 2), order(1, 2)]
    world.step()
    assert ["ok" in answer for _, answer in world.far.answers] == [True, False]
    world.far.answers.clear()
    assert "ok" in ordered(world, order(1, 2))


def test_only_so_many_requests_wait() -> None:
    world = World(20)
    world.drain()
    for _ in range(MOST_WAITING):
        world.shipper.ask(Asked("request", [(1, 2)]))
    with pytest.raises(WishError, match="waiting"):
        world.shipper.ask(Asked("request", [(1, 2)]))


def test_an_order_beyond_what_has_a_settled_time_is_cut_there() -> None:
    world = World(20)
    world.far.needs_time = True
    world.drain()
    world.far.stored.clear()
    world.log.unsettled = 10
    assert ordered(world, order(8, 15)) == {"ok": {"first_seq": 8, "last_seq": 10, "records": 3}}
