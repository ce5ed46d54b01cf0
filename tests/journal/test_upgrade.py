"""Journals of earlier agents, as a kill and as a stop left them: nothing of them is lost or changed."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from agent.journal.file import database
from agent.journal.reader import JournalReader
from agent.model import Event, Instant, Severity, Trust
from tests.journal.conftest import Store, observation

FILES = Path(__file__).parent / "files"
OLD = ["schema-1-killed", "schema-1-stopped"]
TABLES = {
    **dict.fromkeys(("meta", "boot", "channel", "calibration", "record", "parked"), "*"),
    "bookmark": "reader, seq",
}
AT = Instant(1_785_000_000_000_000_000, 42, Trust.NTP)


def copied(name: str, directory: Path) -> Path:
    """A copy to work on, its write-ahead log included."""
    path = directory / "journal.db"
    for suffix in ("", "-wal"):
        source = FILES / f"{name}.db{suffix}"
        if source.exists():
            shutil.copyfile(source, path.with_name(path.name + suffix))
    return path


def content(path: Path) -> dict[str, list[Any]]:
    """Every row of every table of the first schema."""
    connection = sqlite3.connect(path)
    try:
        return {
            table: connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
            for table, columns in TABLES.items()
        }
    finally:
        connection.close()


def refuse(seq: int) -> None:
    raise AssertionError(f"record {seq} is damaged")


@pytest.mark.parametrize("name", OLD)
def test_every_row_of_an_earlier_journal_is_there_after_the_upgrade(name: str, tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    before = content(copied(name, tmp_path / "before"))
    path = copied(name, tmp_path)
    store = Store(path).open()
    assert store.writer.status()["error"] == ""
    after = content(path)
    store.connection.close()  # as a kill leaves it
    assert after == before
    assert before["record"], "a test of nothing"
    assert before["bookmark"]
    assert before["parked"]


@pytest.mark.parametrize("name", OLD)
def test_an_upgraded_journal_is_read_and_continued(name: str, tmp_path: Path) -> None:
    path = copied(name, tmp_path)
    old = JournalReader(path, refuse)
    entries, identity, bookmarks = old.read_after(0, 100_000), old.journal_id, old.bookmarks()
    assert old.islands() == {}
    old.close()
    store = Store(path).open()
    store.journal.append([observation(77)])
    store.step()
    assert store.journal.identity == identity
    reader = JournalReader(path, refuse)
    assert reader.read_after(0, 100_000)[: len(entries)] == entries
    assert reader.read_after(entries[-1].seq, 10)[0].seq == entries[-1].seq + 1
    assert bookmarks.items() <= reader.bookmarks().items()
    events = [entry for entry in entries if isinstance(entry.record, Event)]
    assert reader.events_after(0, 100_000)[: len(events)] == events
    reader.close()
    store.writer.close()


@pytest.mark.parametrize("name", OLD)
def test_an_upgrade_that_does_not_come_to_its_end_leaves_the_old_schema_whole(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(database._SCHEMA, tmp_path / "schema")
    with (tmp_path / "schema" / "002.sql").open("a") as step:
        step.write("INSERT INTO nowhere VALUES (1);")
    path = copied(name, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(database, "_SCHEMA", tmp_path / "schema")
        with pytest.raises(sqlite3.OperationalError):
            database.open_writer(path)
    connection = sqlite3.connect(path)
    assert database.schema_of(connection) == 1
    assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'island'").fetchall() == []
    connection.close()
    store = Store(path).open()
    assert database.schema_of(store.connection) == database.VERSION
    store.writer.close()


def test_what_an_earlier_agent_raised_and_never_cleared_is_open_after_the_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    phases = [("a", "raised"), ("b", "raised"), ("a", "cleared"), ("c", "raised"), ("b", "updated")]
    store.journal.append(
        [Event(one, "sensor_fault", one, phase, Severity.YELLOW, AT, "", "") for one, phase in phases]
    )
    store.step()
    store.writer.close()
    down_to_schema_1(path)
    again = Store(path).open()
    assert [event.id for event in again.journal.open_events] == ["c", "b"]
    again.writer.close()


def test_a_damaged_event_does_not_stop_the_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    store.journal.append([Event("a", "sensor_fault", "a", "raised", Severity.YELLOW, AT, "", "")])
    store.step()
    store.writer.close()
    down_to_schema_1(path, "UPDATE record SET body = substr(body, 3) WHERE kind = 2")
    again = Store(path).open()
    assert again.journal.identity == store.journal.identity
    assert again.journal.open_events == ()
    again.writer.close()


def down_to_schema_1(path: Path, and_then: str = "") -> None:
    """What an agent of the first schema would have left."""
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP TABLE island; DROP TABLE settled; DROP TABLE open_event; DROP TABLE evicted;"
        " DROP TABLE arrival;"
        " ALTER TABLE bookmark DROP COLUMN crc;"
        f" DROP INDEX event_by_seq; DROP INDEX judgement_by_time; PRAGMA user_version=1; {and_then}"
    )
    connection.close()
