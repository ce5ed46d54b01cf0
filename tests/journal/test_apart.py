"""No two events of one kind and subject share a millisecond: a database would keep one of them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from agent.journal.file.apart import Apart
from agent.model import Event, Instant, Severity, Trust

if TYPE_CHECKING:
    from tests.journal.conftest import Store

MS = 1_000_000
T0_NS = 1_785_000_000 * 10**9


def event(number: int, at_ns: int = 0, kind: str = "parked", phase: str = "raised") -> Event:
    at = Instant(T0_NS + at_ns, at_ns, Trust.NTP)
    return Event(f"{kind}/{number}", kind, "station", phase, Severity.BLUE, at, str(number), "")


def kept(store: Store) -> list[Event]:
    view = store.journal.view()
    records = [entry.record for entry in view.read_after(0, 1000)]
    view.close()
    return [record for record in records if isinstance(record, Event)]


def test_what_is_told_together_lies_a_millisecond_apart_in_its_order(store: Store) -> None:
    told = [event(number, phase=phase) for number in range(20) for phase in ("raised", "cleared")]
    store.journal.append(told)
    store.step()
    assert [(each.id, each.phase) for each in kept(store)] == [(each.id, each.phase) for each in told]
    assert [each.at.wall_ns - T0_NS for each in kept(store)] == [n * MS for n in range(40)]
    assert [each.at.mono_ns for each in kept(store)] == [n * MS for n in range(40)]


def test_the_next_commit_keeps_its_distance_from_the_last(store: Store) -> None:
    for number in range(3):
        store.journal.append([event(number)])
        store.step()
    assert [each.at.mono_ns for each in kept(store)] == [0, MS, 2 * MS]


def test_a_commit_that_failed_moves_nothing() -> None:
    apart = Apart()
    apart.spaced([event(1)])
    assert apart.spaced([event(1)]) == [event(1)]


def test_other_kinds_and_other_times_stay_where_they_are() -> None:
    told = [event(1), event(2, kind="damaged"), event(3, MS), event(4, -5 * MS), event(5, 60 * 10**9)]
    assert Apart().spaced(told) == told


@given(st.lists(st.integers(0, 5 * MS)))
def test_in_order_of_time_every_event_gets_a_millisecond_of_its_own(times_ns: list[int]) -> None:
    spaced = Apart().spaced([event(number, at_ns) for number, at_ns in enumerate(sorted(times_ns))])
    walls = [each.at.wall_ns for each in spaced]
    assert all(later - sooner >= MS for sooner, later in pairwise(walls))
