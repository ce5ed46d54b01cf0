"""The promises of agent/journal, one by one."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest

from agent.journal.file.database import open_reader
from agent.journal.journal import Journal
from agent.journal.reader import JournalReader
from agent.model import Entry, Event, Health, Instant, Observation, Record, Severity, Trust
from tests.journal.conftest import HEAD, Store, observation

if TYPE_CHECKING:
    from pathlib import Path

AT = Instant(1_785_000_000_123_456_789, 42, Trust.NONE)
EVENT = Event(
    "ph-3/sensor_fault/1", "sensor_fault", "ph-3", "raised", Severity.YELLOW, AT, "pH 静默", "no answer"
)


def entries_after(journal: Journal, seq: int = 0, limit: int = 100_000) -> list[Entry]:
    """One page, through a view of its own."""
    view = journal.view()
    try:
        return view.read_after(seq, limit)
    finally:
        view.close()


def values(journal: Journal, after: int = 0) -> list[float | None]:
    """The values of all committed observations after a seq."""
    return [
        entry.record.value for entry in entries_after(journal, after) if isinstance(entry.record, Observation)
    ]


def test_what_is_committed_comes_back_equal(store: Store) -> None:
    records: list[Record] = [
        observation(1),
        observation(2, HEAD),
        EVENT,
        Health(AT, {"uptime_s": 12.5, "queue_n": 3}),
    ]
    store.journal.append(records)
    store.step()
    entries = entries_after(store.journal, 0, 10)
    assert [entry.record for entry in entries] == records
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert {entry.boot for entry in entries} == {"boot-a"}


def test_nobody_sees_a_record_before_its_commit(store: Store) -> None:
    store.journal.append([observation()])
    assert values(store.journal) == []
    assert store.journal.head == 0
    store.step()
    assert values(store.journal) == [6.0]
    assert store.journal.head == 1


def test_everything_that_waits_shares_one_commit(store: Store) -> None:
    for n in range(5):
        store.journal.append([observation(n)])
    before = store.writer.commits
    store.step()
    assert store.writer.commits == before + 1
    assert store.journal.head == 5


def test_readers_are_woken_by_a_commit_and_only_by_it(store: Store) -> None:
    wake = threading.Event()
    store.journal.notify(wake)
    store.journal.append([observation()])
    assert not wake.is_set()
    store.step()
    assert wake.is_set()


def test_the_durable_settings_are_in_force(store: Store) -> None:
    connection = store.connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_the_record_table_has_no_index_but_those_of_its_few_events_and_judgements(store: Store) -> None:
    connection = open_reader(store.journal.path)
    indexes = connection.execute("SELECT sql FROM sqlite_master WHERE type='index' AND tbl_name='record'")
    assert indexes.fetchall() == [
        ("CREATE INDEX event_by_seq ON record (seq) WHERE kind = 2",),
        ("CREATE INDEX judgement_by_time ON record (channel, mono_ns) WHERE kind = 5",),
    ]
    connection.close()


def test_a_seq_is_never_used_twice_across_a_restart(tmp_path: Path) -> None:
    first = Store(tmp_path / "j.db").open()
    first.journal.append([observation(1), observation(2)])
    first.step()
    journal_id = first.journal.identity
    first.writer.close()
    second = Store(tmp_path / "j.db").open()
    second.journal.append([observation(3)])
    second.step()
    assert second.journal.identity == journal_id
    assert [entry.seq for entry in entries_after(second.journal, 2, 10)] == [3, 4, 5]
    second.writer.close()


def test_read_after_pages_in_order(store: Store) -> None:
    store.journal.append([observation(n) for n in range(25)])
    store.step()
    view = store.journal.view()
    seen: list[int] = []
    while page := view.read_after(seen[-1] if seen else 0, 10):
        seen += [entry.seq for entry in page]
        assert len(page) <= 10
    assert seen == list(range(1, 26))
    view.close()


def test_a_bookmark_rides_along_with_the_next_commit(tmp_path: Path) -> None:
    store = Store(tmp_path / "j.db").open()
    store.journal.append([observation()])
    store.step()
    store.journal.advance("office", 1)
    assert store.journal.bookmark("office") == 1
    on_disk = JournalReader(store.journal.path, print)
    assert on_disk.bookmarks() == {}
    store.journal.append([observation()])
    store.step()
    assert on_disk.bookmarks() == {"office": 1}
    on_disk.close()
    store.writer.close()


def test_on_an_idle_station_a_bookmark_is_written_after_a_minute_and_not_before(store: Store) -> None:
    store.journal.append([observation()])
    store.step()
    commits = store.writer.commits
    store.journal.advance("office", 1)
    store.step(after_s=59)
    assert store.writer.commits == commits
    store.step(after_s=2)
    assert store.writer.commits == commits + 1


def test_a_bookmark_that_is_in_a_hurry_is_written_at_once(store: Store) -> None:
    store.journal.append([observation()])
    store.step()
    store.journal.work.clear()
    store.journal.advance("archive", 1)
    store.journal.hurry()
    assert store.journal.work.is_set()
    commits = store.writer.commits
    store.step(after_s=1)
    store.journal.advance("archive", 0)
    store.step(after_s=1)
    assert store.writer.commits == commits + 1


def test_a_clean_stop_writes_records_and_bookmarks(tmp_path: Path) -> None:
    store = Store(tmp_path / "j.db").open()
    store.journal.append([observation()])
    store.journal.advance("office", 1)
    store.writer.close()
    again = Store(tmp_path / "j.db").open()
    assert again.journal.head == 1
    assert again.journal.bookmark("office") == 1
    again.writer.close()


def test_two_readers_have_bookmarks_of_their_own(store: Store) -> None:
    store.journal.advance("office", 7)
    assert store.journal.bookmark("archive") == 0
    assert store.journal.bookmark("office") == 7


def test_what_the_ring_cannot_hold_becomes_a_gap_on_record(tmp_path: Path) -> None:
    store = Store(tmp_path / "j.db", ring_records=3).open()
    store.journal.append([observation(n) for n in range(5)])
    store.journal.append([observation(9)])
    store.step()
    records = [entry.record for entry in entries_after(store.journal, 0, 10)]
    assert [record.value for record in records if isinstance(record, Observation)] == [6.0, 7.0, 8.0]
    raised, cleared = [record for record in records if isinstance(record, Event)]
    assert (raised.kind, raised.title.split()[0], raised.phase) == ("gap", "3", "raised")
    assert (cleared.id, cleared.phase) == (raised.id, "cleared")
    store.writer.close()


def test_an_alert_finds_room_when_readings_have_filled_the_memory(tmp_path: Path) -> None:
    store = Store(tmp_path / "j.db", ring_records=3).open()
    alerts = [
        Event(f"acid/{n}", "acid", "ph-3", "raised", Severity.RED, store.clock.now(), "", "")
        for n in range(1002)
    ]
    store.journal.append([*(observation(n) for n in range(5)), *alerts, observation(9)])
    assert store.journal.fullness() == 1.0
    store.step()
    records = [entry.record for entry in entries_after(store.journal, 0, 2000)]
    assert [record.value for record in records if isinstance(record, Observation)] == [6.0, 7.0, 8.0]
    events = [record for record in records if isinstance(record, Event)]
    assert [event.id for event in events[:1000]] == [alert.id for alert in alerts[:1000]]
    assert (events[1000].kind, events[1000].data["records"]) == ("gap", 5)
    store.writer.close()


def test_a_commit_between_two_looks_shows_no_record_without_a_settled_time(tmp_path: Path) -> None:
    class Interrupted(Journal):
        """A commit of records without a settled time ends just when this is asked."""

        _first: int | None = None

        @property
        def unsettled_from(self) -> int | None:
            first, self._first = self._first, 6
            self.head = 9
            return first

        @unsettled_from.setter
        def unsettled_from(self, value: int | None) -> None:
            self._first = value

    journal = Interrupted(tmp_path / "j.db")
    journal.head = 5
    assert journal.settled <= 5


def test_a_failed_commit_loses_nothing_and_is_tried_again(store: Store) -> None:
    store.journal.append([observation(1)])
    other = sqlite3.connect(store.journal.path, isolation_level=None)
    store.connection.execute("PRAGMA busy_timeout=1")
    other.execute("BEGIN IMMEDIATE")
    wait_s = store.step()
    assert wait_s == 1.0
    assert "locked" in str(store.writer.status()["error"])
    store.journal.append([observation(2)])
    assert store.step(after_s=0.5) == pytest.approx(0.5), "a wake-up does not cut the rest short"
    other.execute("ROLLBACK")
    other.close()
    store.step(after_s=0.6)
    assert values(store.journal) == [7.0, 8.0]
    assert store.writer.status()["error"] == ""


def test_a_new_name_in_a_failed_commit_is_written_with_the_next(store: Store) -> None:
    connection = store.connection
    store.journal.append([observation(1)])
    connection.execute("PRAGMA max_page_count=1")  # the next page does not fit: a full disk
    connection.execute("PRAGMA cache_size=-64")
    store.journal.append([observation(n) for n in range(500)])
    assert store.step() == 1.0
    assert "full" in str(store.writer.status()["error"])
    connection.execute("PRAGMA max_page_count=100000")
    store.step(after_s=2)
    assert len(values(store.journal)) == 501


def test_a_file_that_is_no_journal_is_set_aside_and_sampling_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"this was a journal once " * 400)
    store = Store(path).open()
    store.step()
    assert (tmp_path / "journal.db.corrupt-1").read_bytes().startswith(b"this was")
    records = [entry.record for entry in entries_after(store.journal, 0, 10)]
    assert [record.kind for record in records if isinstance(record, Event)] == ["journal_set_aside"] * 2
    store.writer.close()


def test_a_journal_of_a_newer_agent_is_set_aside_not_misread(tmp_path: Path) -> None:
    first = Store(tmp_path / "j.db").open()
    first.writer.close()
    newer = sqlite3.connect(tmp_path / "j.db")
    newer.execute("PRAGMA user_version=99")
    newer.close()
    second = Store(tmp_path / "j.db").open()
    assert second.journal.identity != first.journal.identity
    assert (tmp_path / "j.db.schema-99-1").exists()
    second.writer.close()


def flip(path: Path, sql: str) -> None:
    """Change a stored row behind the journal's back."""
    connection = sqlite3.connect(path)
    assert connection.execute(sql).rowcount == 1
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE record SET value = value + 0.001 WHERE seq = 2",
        "UPDATE record SET raw = NULL WHERE seq = 2",
        "UPDATE record SET wall_ns = wall_ns + 1 WHERE seq = 2",
        "UPDATE record SET flag = 4 WHERE seq = 2",
        "UPDATE record SET why = 16 WHERE seq = 2",
        "UPDATE record SET trust = 0 WHERE seq = 2",
        "UPDATE record SET kind = 2 WHERE seq = 2",
        "UPDATE record SET channel = 99 WHERE seq = 2",
        "UPDATE channel SET sensor = 'pi-5' WHERE sensor = 'piezo-5'",
        "UPDATE record SET crc = crc + 1 WHERE seq = 2",
    ],
)
def test_a_damaged_row_never_leaves_the_journal(store: Store, damage: str) -> None:
    store.journal.append([observation(1), observation(2, HEAD), observation(3)])
    store.step()
    flip(store.journal.path, damage)
    assert values(store.journal) == [7.0, 9.0]
    store.step(after_s=60)
    connection = open_reader(store.journal.path)
    parked: list[Any] = connection.execute("SELECT reader, seq FROM parked").fetchall()
    connection.close()
    assert parked == [("journal", 2)]


def test_a_page_of_nothing_but_damage_does_not_stop_a_reader(store: Store) -> None:
    store.journal.append([observation(n) for n in range(6)])
    store.step()
    connection = sqlite3.connect(store.journal.path)
    connection.execute("UPDATE record SET crc = crc + 1 WHERE seq <= 4")
    connection.commit()
    connection.close()
    (entry, *_) = entries_after(store.journal, 0, 2)
    assert entry.seq == 5


def events(journal: Journal) -> list[Event]:
    """All committed events."""
    return [entry.record for entry in entries_after(journal) if isinstance(entry.record, Event)]


@pytest.mark.parametrize(
    ("stop", "words"),
    [("clean", "had been stopped"), ("kill", "a kill or a crash"), ("plug", "a power cut or a reset")],
)
def test_the_time_without_a_station_is_on_record(tmp_path: Path, stop: str, words: str) -> None:
    first = Store(tmp_path / "j.db").open()
    first.journal.append([observation(1)])
    first.step()
    assert events(first.journal) == [], "a new journal has no past"
    if stop == "clean":
        first.writer.close()
    else:
        first.connection.close()  # as a killed process leaves it
    second = Store(tmp_path / "j.db")
    second.clock.boot_id = "boot-b" if stop == "plug" else "boot-a"
    second.open()
    second.step()
    raised, cleared = events(second.journal)
    assert (raised.kind, raised.subject, raised.phase, cleared.phase) == (
        "gap",
        "station",
        "raised",
        "cleared",
    )
    assert raised.id == cleared.id
    assert raised.at.wall_ns == observation(1).at.wall_ns
    assert cleared.at == second.clock.now()
    assert words in raised.text
    second.writer.close()


def test_a_file_that_stays_locked_keeps_the_ring_bounded_and_makes_one_gap(tmp_path: Path) -> None:
    store = Store(tmp_path / "j.db", ring_records=50).open()
    store.connection.execute("PRAGMA busy_timeout=1")
    other = sqlite3.connect(store.journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for n in range(40):
        store.journal.append([observation(n) for n in range(10)])
        store.step(after_s=60)
        assert store.journal.waiting() <= 50, n
    assert store.writer.status()["error"]
    other.execute("ROLLBACK")
    other.close()
    store.step(after_s=60)
    raised, cleared = [event for event in events(store.journal) if event.kind == "gap"]
    assert cleared.phase == "cleared"
    assert int(raised.title.split()[0]) + len(values(store.journal)) == 400, "stored or counted, each of them"
    store.writer.close()


def test_rows_behind_a_page_that_cannot_be_read_are_read_all_the_same(tmp_path: Path) -> None:
    store = Store(tmp_path / "j.db").open()
    store.journal.append([observation(n) for n in range(600)])
    store.step()
    store.writer.close()
    data = bytearray((tmp_path / "j.db").read_bytes())
    page = len(data) // 2 // 1024
    data[page * 1024 : (page + 1) * 1024] = b"\xff" * 1024
    (tmp_path / "j.db").write_bytes(data)
    lost: list[int] = []
    reader = JournalReader(tmp_path / "j.db", lost.append, lambda: 600)
    seen: list[int] = []
    while entries := reader.read_after(seen[-1] if seen else 0, 100):
        seen += [entry.seq for entry in entries]
    reader.close()
    assert 1 <= len(set(lost)) < 60
    assert sorted({*seen, *lost}) == list(range(1, 601))
    assert len(seen) + len(set(lost)) == 600


def test_a_damaged_last_row_is_parked_once_however_often_it_is_met(store: Store) -> None:
    store.journal.append([observation(1)])
    store.step()
    flip(store.journal.path, "UPDATE record SET crc = crc + 1 WHERE seq = 1")
    view = store.journal.view()
    for _ in range(3):
        assert view.read_after(0, 10, upto=1) == []
        store.step(after_s=60)
    view.close()
    assert store.writer.commits == 2


def test_a_disk_that_takes_nothing_does_not_keep_a_station_from_starting(tmp_path: Path) -> None:
    """After a clean stop as after any other: opening reads only, and the first commit is tried again."""
    first = Store(tmp_path / "j.db").open()
    first.journal.append([observation(1)])
    first.writer.close()
    other = sqlite3.connect(tmp_path / "j.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    second = Store(tmp_path / "j.db").open()
    other.execute("ROLLBACK")
    other.close()
    second.step()
    assert "had been stopped" in events(second.journal)[0].text
    second.connection.close()  # a kill: the mark of the clean stop is gone since the first commit
    third = Store(tmp_path / "j.db").open()
    third.step()
    assert "a kill or a crash" in events(third.journal)[-1].text + events(third.journal)[-2].text
    third.writer.close()


def test_what_is_in_no_hurry_shares_the_next_commit(store: Store) -> None:
    store.journal.work.clear()
    store.journal.leave([observation(1)])
    assert not store.journal.work.is_set(), "nobody was woken for it"
    store.journal.append([observation(2)])
    commits = store.writer.commits
    store.step()
    assert (store.journal.head, store.writer.commits - commits) == (2, 1)


def test_what_is_in_no_hurry_is_committed_when_the_writer_steps_anyway(store: Store) -> None:
    store.journal.leave([observation(1)])
    store.step(after_s=60)
    assert store.journal.head == 1
