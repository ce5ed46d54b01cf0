"""What the writer does about a disk that says no, and about a file that breaks while it is written."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from agent.journal.reader import JournalReader
from agent.model import Event, Observation, Severity
from tests.journal.conftest import Store, observation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.model import Record


def records(path: Path) -> list[Record]:
    lost: list[int] = []
    reader = JournalReader(path, lost.append)
    try:
        return [entry.record for entry in reader.read_after(0, 1_000_000)]
    finally:
        reader.close()
        assert lost == []


def values(path: Path) -> list[float | None]:
    return [record.value for record in records(path) if isinstance(record, Observation)]


def told(path: Path, kind: str) -> list[Event]:
    return [record for record in records(path) if isinstance(record, Event) and record.kind == kind]


def settle(store: Store) -> None:
    """Step until nothing is to be done at once."""
    for _ in range(20):
        if store.step() > 0:
            return
    raise AssertionError("the writer never rests")


def change(path: Path, sql: str) -> None:
    """Damage that another program would do."""
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()


def break_for_good(store: Store) -> None:
    """From now on this commit fails for ever: a table is gone."""
    change(store.journal.path, "DROP TABLE parked")
    store.journal.park("office", 1, "refused")
    store.journal.append([observation(5)])


def test_a_file_that_breaks_under_a_running_station_is_replaced_and_nothing_in_memory_is_lost(
    store: Store,
) -> None:
    store.journal.append([observation(1), observation(2)])
    store.journal.advance("office", 1)
    store.step()
    old = store.journal.identity
    break_for_good(store)
    settle(store)
    settle(store)
    assert store.journal.identity not in {"", old}
    assert values(store.journal.path) == [8.0, 11.0], "what the office has got already is not taken over"
    assert [event.phase for event in told(store.journal.path, "journal_set_aside")] == ["raised", "cleared"]
    assert store.writer.wants_restart


def test_a_restart_is_not_asked_for_before_what_waits_is_on_the_disk(store: Store) -> None:
    store.journal.append([observation(1)])
    store.step()
    break_for_good(store)
    while not store.writer.wants_restart:
        assert 11.0 not in values(store.journal.path)
        store.step()
    assert 11.0 in values(store.journal.path)


def test_a_bad_read_that_is_good_the_next_time_costs_nothing(store: Store) -> None:
    store.journal.append([observation(1)])
    store.step()
    old = store.journal.identity
    break_for_good(store)
    assert store.step() == 0, "it is opened again at once"
    change(
        store.journal.path,
        "CREATE TABLE parked (reader TEXT, seq INTEGER, reason TEXT, PRIMARY KEY (reader, seq))",
    )
    settle(store)
    assert store.journal.identity == old
    assert values(store.journal.path) == [7.0, 11.0]
    assert not store.writer.wants_restart


def test_what_a_reader_says_of_the_old_file_is_not_taken_for_the_new_one(store: Store) -> None:
    store.journal.append([observation(n) for n in range(9)])
    store.step()
    view = store.journal.view()
    assert len(view.read_after(0, 100)) == 9
    break_for_good(store)
    settle(store)
    view.advance("office", 9)
    view.park("office", 2, "refused")
    assert (view.head, view.read_after(0, 100), view.bookmark("office")) == (0, [], 0)
    settle(store)
    view.close()
    later = store.journal.view()
    assert later.bookmark("office") == 0
    assert later.parked("office") == []
    assert len(later.read_after(0, 100)) == store.journal.head
    later.close()


def cut_short(path: Path) -> None:
    os.truncate(path, 0)
    os.truncate(path.with_name("journal.db-wal"), 0)


def cut_the_log(path: Path) -> None:
    os.truncate(path.with_name("journal.db-wal"), 0)


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    path.with_name("other").write_bytes(b"garbage " * 1000)
    path.with_name("other").rename(path)
    path.with_name("journal.db-wal").unlink()  # with it the old journal would still be whole


@pytest.mark.parametrize("break_it", [cut_short, cut_the_log, remove, replace])
def test_a_file_that_is_taken_away_under_a_running_station_is_noticed_at_the_next_commit(
    store: Store, break_it: Callable[[Path], None], tmp_path: Path
) -> None:
    store.journal.append([observation(n) for n in range(300)])
    settle(store)
    old = store.journal.identity
    break_it(tmp_path / "journal.db")
    store.journal.append([observation(7)])
    settle(store)
    settle(store)
    assert store.journal.identity not in {"", old}, "a seq must never name two records"
    assert values(store.journal.path)[-1] == 13.0
    assert told(store.journal.path, "journal_set_aside")
    assert store.writer.wants_restart


def test_a_disk_that_says_no_for_long_is_an_event_with_both_its_ends(store: Store) -> None:
    other = sqlite3.connect(store.journal.path, isolation_level=None)
    store.connection.execute("PRAGMA busy_timeout=1")
    other.execute("BEGIN IMMEDIATE")
    store.journal.append([observation(1)])
    store.step()
    began = store.clock.now()
    store.step(after_s=60)
    other.execute("ROLLBACK")
    other.close()
    store.step(after_s=60)
    over = store.clock.now()
    store.step()
    raised, cleared = told(store.journal.path, "journal_trouble")
    assert (raised.phase, raised.at, raised.data) == (
        "raised",
        began,
        {"reason": "database is locked", "lasted_s": 120.0},
    )
    assert (cleared.phase, cleared.at, cleared.id) == ("cleared", over, raised.id)


def test_a_short_one_is_not(store: Store) -> None:
    other = sqlite3.connect(store.journal.path, isolation_level=None)
    store.connection.execute("PRAGMA busy_timeout=1")
    other.execute("BEGIN IMMEDIATE")
    store.journal.append([observation(1)])
    store.step()
    other.execute("ROLLBACK")
    other.close()
    store.step(after_s=2)
    store.step()
    assert values(store.journal.path) == [7.0]
    assert told(store.journal.path, "journal_trouble") == []


def test_a_journal_that_can_be_opened_only_later_takes_what_has_waited(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.db"
    before = Store(path).open()
    before.journal.append([observation(1)])
    before.journal.advance("office", 1)
    before.writer.close()
    (tmp_path / "state").rename(tmp_path / "away")
    (tmp_path / "state").write_text("in its place", encoding="utf-8")
    store = Store(path).open()
    view = store.journal.view()
    store.journal.append([observation(2)])
    assert (store.journal.is_open, store.journal.identity, store.writer.status()["open"]) == (
        False,
        "",
        False,
    )
    assert (view.head, view.read_after(0, 9), view.events_after(0, 9), view.bookmark("office")) == (
        0,
        [],
        [],
        0,
    )
    assert store.step() > 0
    (tmp_path / "state").unlink()
    (tmp_path / "away").rename(tmp_path / "state")
    store.step(after_s=60)
    store.step()
    assert store.journal.identity == before.journal.identity
    assert values(path) == [7.0, 8.0]
    assert view.bookmark("office") == 1
    assert len(told(path, "journal_trouble")) == 2
    assert not store.writer.wants_restart
    view.close()
    store.writer.close()


def test_what_is_left_open_is_known_after_a_kill_and_closed_by_its_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    event = told_of("a", store)
    store.journal.append([event, told_of("b", store)])
    store.step()
    store.journal.append([told_of("b", store)._replace(phase="cleared")])
    store.step()
    store.connection.close()
    again = Store(path).open()
    assert again.journal.open_events == (event,)
    again.journal.append([event._replace(phase="cleared")])
    again.writer.close()
    third = Store(path).open()
    assert third.journal.open_events == ()
    third.writer.close()


def test_an_open_event_is_known_as_it_was_last_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    later = told_of("a", store)._replace(phase="updated", data={"for_s": 60.0})
    over = told_of("b", store)._replace(phase="updated")
    store.journal.append([told_of("a", store), later, over])
    store.step()
    store.connection.close()
    again = Store(path).open()
    told = [(event.id, event.phase, event.data) for event in again.journal.open_events]
    assert told == [(later.id, "updated", {"for_s": 60.0})], "and one that was never raised is not open"
    again.writer.close()


def told_of(name: str, store: Store) -> Event:
    return Event(name, "sensor_fault", name, "raised", Severity.YELLOW, store.clock.now(), "t", "x")


def test_islands_are_kept_over_a_kill_with_the_commit_that_follows(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    store.journal.append([observation(n) for n in range(20)])
    store.step()
    store.journal.advance("office", 3, [(5, 7), (10, 12)])
    store.journal.advance("archive", 2, [(4, 4)])
    store.journal.append([observation(1)])
    store.step()
    store.journal.advance("archive", 5)
    store.journal.append([observation(1)])
    store.step()
    store.connection.close()
    again = Store(path).open()
    assert (again.journal.bookmark("office"), again.journal.islands("office")) == (3, ((5, 7), (10, 12)))
    assert (again.journal.bookmark("archive"), again.journal.islands("archive")) == (5, ())
    again.writer.close()


def test_parked_rows_are_listed_by_reader_and_taken_off_when_they_went_after_all(store: Store) -> None:
    store.journal.append([observation(n) for n in range(5)])
    store.journal.park("office", 2, "too large")
    store.journal.park("office", 3, "no such channel")
    store.journal.park("archive", 2, "bad line")
    store.step()
    view = store.journal.view()
    assert view.parked("office") == [(2, "too large"), (3, "no such channel")]
    store.journal.park("office", 3, "still no such channel")
    store.journal.unpark("office", [2])
    store.step(after_s=60)
    assert view.parked("office") == [(3, "still no such channel")]
    assert view.parked("archive") == [(2, "bad line")]
    view.close()


def test_events_are_read_by_themselves_in_order_and_nothing_else(store: Store) -> None:
    for n in range(4):
        store.journal.append([observation(n), told_of(str(n), store), observation(n)])
    store.step()
    view = store.journal.view()
    assert [entry.seq for entry in view.events_after(0, 3)] == [2, 5, 8]
    assert [entry.seq for entry in view.events_after(8, 3)] == [11]
    assert view.events_after(11, 3) == []
    assert [entry.seq for entry in view.read_after(3, 100, upto=6)] == [4, 5, 6]
    assert view.read_after(6, 100, upto=6) == []
    view.close()


def test_events_are_found_past_an_index_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    for n in range(100):
        store.journal.append([observation(n), told_of(str(n), store)])
    store.step()
    (root,) = store.connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'event_by_seq'"
    ).fetchone()
    store.writer.close()
    data = bytearray(path.read_bytes())
    data[(root - 1) * 1024 : root * 1024] = b"\xff" * 1024
    path.write_bytes(data)
    lost: list[int] = []
    reader = JournalReader(path, lost.append)
    seen: list[int] = []
    while entries := reader.events_after(seen[-1] if seen else 0, 7):
        seen += [entry.seq for entry in entries]
    reader.close()
    assert seen == list(range(2, 201, 2))
    assert lost == []
