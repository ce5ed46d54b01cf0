"""Rows that are damaged or refused are told as ranges that nobody need wait for."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from agent.model import Event
from tests.journal.conftest import Store, observation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def spoil(path: Path, seqs: Iterable[int]) -> None:
    connection = sqlite3.connect(path)
    connection.executemany("UPDATE record SET crc = crc + 1 WHERE seq = ?", [(seq,) for seq in seqs])
    connection.commit()
    connection.close()


def read(store: Store, kind: str = "damaged") -> list[Event]:
    """As a sink reads everything; then the writer has its turn. The events of `kind` so far."""
    view = store.journal.view()
    for _ in range(2):
        records = [entry.record for entry in view.read_after(0, 10_000)]
        store.step(after_s=60)
    view.close()
    return [record for record in records if isinstance(record, Event) and record.kind == kind]


def told(events: list[Event]) -> list[tuple[object, object, object]]:
    return [
        (event.data["first_seq"], event.data["last_seq"], event.data["records"])
        for event in events
        if event.phase == "raised"
    ]


def test_a_run_of_damaged_rows_is_told_once_with_its_numbers(store: Store) -> None:
    store.journal.append([observation(n) for n in range(20)])
    store.step()
    spoil(store.journal.path, [4, 5, 6, 9])
    events = read(store)
    assert told(events) == [(4, 6, 3), (9, 9, 1)]
    assert [event.phase for event in events] == ["raised", "cleared"] * 2
    assert (events[0].title, events[2].title) == (
        "3 records were damaged on the card",
        "1 record was damaged on the card",
    )
    spoil(store.journal.path, [7])
    assert told(read(store)) == [(4, 6, 3), (9, 9, 1), (7, 7, 1)], "and the new one only"


def test_it_is_not_told_again_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db").open()
    store.journal.append([observation(n) for n in range(5)])
    store.step()
    spoil(store.journal.path, [2])
    before = told(read(store))
    store.writer.close()
    again = Store(tmp_path / "journal.db").open()
    assert told(read(again)) == before == [(2, 2, 1)]
    again.writer.close()


def test_what_is_told_is_in_the_commit_that_parks_the_row(store: Store) -> None:
    """Else a power cut between the two would leave a hole that nobody explains."""
    store.journal.append([observation(n) for n in range(5)])
    store.step()
    spoil(store.journal.path, [2])
    view = store.journal.view()
    view.read_after(0, 10)
    commits, head = store.writer.commits, store.journal.head
    store.step(after_s=60)
    assert (store.writer.commits, store.journal.head) == (commits + 1, head + 2)
    assert view.parked("journal") != []
    view.close()


def test_thousands_of_runs_become_twenty_that_hold_them_all(store: Store) -> None:
    store.journal.append([observation(n) for n in range(3000)])
    store.step()
    spoil(store.journal.path, range(2, 2000, 2))
    spoil(store.journal.path, [2500])
    runs = told(read(store))
    assert len(runs) == 20
    assert sum(int(str(records)) for _, _, records in runs) == 1000
    assert runs[-1] == (2500, 2500, 1)
    assert (runs[0][0], runs[-2][1]) == (2, 1998)


@pytest.mark.parametrize("count", [1, 19, 20, 21])
def test_as_many_as_may_be_told_are_told_exactly(store: Store, count: int) -> None:
    store.journal.append([observation(n) for n in range(100)])
    store.step()
    seqs = range(3, 3 + 3 * count, 3)
    spoil(store.journal.path, seqs)
    runs = told(read(store))
    assert len(runs) == min(20, count)
    if count <= 20:
        assert runs == [(seq, seq, 1) for seq in seqs]


def refuse(store: Store, seqs: Iterable[int], sink: str = "office") -> None:
    for seq in seqs:
        store.journal.park(sink, seq, f"no {seq}")


def test_each_run_that_a_sink_refuses_is_told_exactly_and_for_each_sink(store: Store) -> None:
    store.journal.append([observation(n) for n in range(600)])
    store.step()
    refuse(store, [1, 2, 3, 501])
    refuse(store, [2], "archive")
    events = read(store, "parked")
    assert [dict(event.data) for event in events if event.phase == "raised"] == [
        {"sink": "archive", "first_seq": 2, "last_seq": 2, "records": 1, "reason": "no 2"},
        {"sink": "office", "first_seq": 1, "last_seq": 3, "records": 3, "reason": "no 1"},
        {"sink": "office", "first_seq": 501, "last_seq": 501, "records": 1, "reason": "no 501"},
    ]
    assert [event.phase for event in events] == ["raised", "cleared"] * 3
    assert events[2].title == "sink office refuses 3 records from 1 to 3"
    refuse(store, [2])
    assert read(store, "parked") == events, "what is refused again is no news"


def test_a_station_that_stops_at_once_has_told_what_was_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db").open()
    store.journal.append([observation(n) for n in range(5)])
    store.step()
    refuse(store, [2])
    store.journal.advance("office", 5)
    store.writer.close()
    again = Store(tmp_path / "journal.db").open()
    assert told(read(again, "parked")) == [(2, 2, 1)]
    again.writer.close()


def test_a_station_that_crashes_knows_nothing_of_it_and_sends_it_again(tmp_path: Path) -> None:
    """Place, list and event are in one commit: all of them or none."""
    store = Store(tmp_path / "journal.db").open()
    store.journal.append([observation(n) for n in range(5)])
    store.step()
    refuse(store, [2])
    store.journal.advance("office", 5)
    store.step(after_s=1)
    store.connection.close()
    again = Store(tmp_path / "journal.db").open()
    assert (again.journal.bookmark("office"), read(again, "parked")) == (0, [])
    again.writer.close()


def test_the_event_about_a_refused_event_is_the_last(store: Store) -> None:
    """A far side that takes no event would refuse those about its refusals, without end."""
    store.journal.append([observation(n) for n in range(3)])
    store.step()
    for _ in range(5):
        refuse(store, range(1, store.journal.head + 1))
        refuse(store, range(1, store.journal.head + 1), "archive")
        store.step(after_s=60)
    assert told(read(store, "parked")) == [(1, 3, 3), (1, 3, 3)]


def test_thousands_of_refusals_are_no_commit_of_their_own_each(store: Store) -> None:
    store.journal.append([observation(n) for n in range(3000)])
    store.step()
    commits = store.writer.commits
    for seq in range(1, 2001):
        refuse(store, [seq])
        store.step(after_s=0.01)
    store.journal.append([observation(1)])
    store.step()
    assert store.writer.commits == commits + 1
    assert told(read(store, "parked")) == [(1, 2000, 2000)]
