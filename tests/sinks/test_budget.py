"""What may cross a link in a day."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.clock import NS
from agent.publish.budget import Budget
from agent.publish.lanes import Lane
from agent.publish.marks import budget_mark
from agent.publish.shipper import Terms
from tests.sinks.far_side import FarSide, World

_STEPS = st.lists(st.tuples(st.integers(0, 7200), st.integers(0, 20_000)), max_size=100)


@given(_STEPS)
def test_no_day_costs_more_than_its_bytes(steps: list[tuple[int, int]]) -> None:
    """A backlog without end, for two days; only the last thing sent may go over the edge."""
    budget = Budget(1.0, None, 0)
    now_s = total = 0
    sent: list[tuple[int, int]] = []
    for after_s, most in steps:
        now_s += after_s
        budget.update(now_s * NS, total)
        for lane in (Lane.BACKLOG, Lane.LIVE):
            if budget.wait_s(lane) == 0:
                total += most
                sent.append((now_s, most))
                budget.update(now_s * NS, total)
    for begin_s, _ in sent:
        day = sum(count for at_s, count in sent if begin_s <= at_s < begin_s + 86_400)
        assert day <= 1_000_000 + 20_000


def test_a_backlog_without_end_costs_a_day_s_bytes_in_a_day() -> None:
    budget = Budget(1.0, None, 0)
    sent = []
    for minute in range(3 * 1440):
        while budget.wait_s(Lane.LIVE) == 0:
            sent.append(minute)
            budget.update(minute * 60 * NS, 1000 * len(sent))
        budget.update((minute + 1) * 60 * NS, 1000 * len(sent))
    for begin in range(0, 2 * 1440, 60):
        day = sum(begin <= minute < begin + 1440 for minute in sent)
        assert 700 <= day <= 1001


def test_without_a_limit_nothing_waits() -> None:
    budget = Budget(None, None, 0)
    budget.update(NS, 10**12)
    assert all(budget.wait_s(lane) == 0 for lane in Lane)
    assert budget.status() is None


def test_a_backlog_leaves_some_for_live_data_and_both_for_events() -> None:
    budget = Budget(4.0, 1_000_000, 0)
    budget.update(0, 600_000)
    assert (budget.wait_s(Lane.BACKLOG) > 0, budget.wait_s(Lane.ASKED) > 0) == (True, True)
    assert budget.wait_s(Lane.LIVE) == 0
    budget.update(0, 950_000)
    assert budget.wait_s(Lane.LIVE) > 0
    budget.update(0, 5_000_000)
    assert budget.wait_s(Lane.EVENTS) == 0


def test_the_wait_is_as_long_as_it_says() -> None:
    budget = Budget(4.0, 0, 0)
    wait_s = budget.wait_s(Lane.LIVE)
    assert wait_s > 0
    budget.update(int(wait_s * NS) - NS, 0)
    assert budget.wait_s(Lane.LIVE) > 0
    budget.update(int(wait_s * NS) + NS, 0)
    assert budget.wait_s(Lane.LIVE) == 0


def test_a_sink_that_is_made_anew_counts_from_nothing() -> None:
    budget = Budget(4.0, 1_000_000, 0)
    budget.update(0, 300_000)
    budget.update(0, 100_000)
    assert budget.left_bytes == 600_000


def thrifty(count: int) -> World:
    """100 bytes an entry, a megabyte a day, of which a quarter may be saved."""
    world = World(count, FarSide(max_batch=100), terms=Terms(max_mb_per_day=1.0))
    world.far.row_bytes = 100
    return world


def test_a_backlog_stops_at_its_reserve_and_events_and_live_data_go_on() -> None:
    world = thrifty(10_000)
    for _ in range(200):
        world.step(60)
    stopped_at = len(world.far.stored)
    assert stopped_at < 10_000
    seqs = [world.event(), world.reading()]
    world.step()
    assert world.far.stored[-2:] == seqs
    budget = world.shipper.status()["budget"]
    assert isinstance(budget, dict)
    assert (budget["live_in_s"], budget["backlog_in_s"] > 0) == (0.0, True)


def test_a_restart_does_not_fill_it_up() -> None:
    world = thrifty(10_000)
    for _ in range(50):
        world.step(0.01)
    sent = len(world.far.stored)
    for _ in range(20):
        world.far.traffic_bytes = 0
        world.start()
        world.step(0.01)
    assert sent >= 1200, "half of what is saved"
    assert len(world.far.stored) <= sent + 100
    assert world.log.bookmarks[budget_mark("far")] > 0
