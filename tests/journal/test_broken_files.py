"""Journals that cannot be gone on with: a new one begins at once, with what can be read of the old one."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.journal.file import database
from agent.journal.reader import JournalReader
from agent.journal.rescue import salvage
from agent.model import Event, Observation, Severity
from tests.journal.conftest import Store, observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.model import Entry

_UNREADABLE = 77


def refuse(seq: int) -> None:
    raise AssertionError(f"record {seq} is damaged")


def entries(path: Path) -> list[Entry]:
    """All that the file holds."""
    reader = JournalReader(path, refuse)
    try:
        return reader.read_after(0, 1_000_000)
    finally:
        reader.close()


def values(path: Path) -> list[float | None]:
    return [entry.record.value for entry in entries(path) if isinstance(entry.record, Observation)]


def told(path: Path, kind: str = "journal_set_aside") -> list[Event]:
    return [
        entry.record
        for entry in entries(path)
        if isinstance(entry.record, Event) and entry.record.kind == kind
    ]


def stopped(path: Path, count: int, *, bookmark: int = 0) -> str:
    """A journal with so many observations, and how far the office had come. Returns its id."""
    store = Store(path).open()
    store.journal.append([observation(n) for n in range(count)])
    if bookmark:
        store.journal.advance("office", bookmark)
    store.step()
    store.writer.close()
    return store.journal.identity


def damage_page(path: Path, page: int) -> None:
    data = bytearray(path.read_bytes())
    data[page * 1024 : (page + 1) * 1024] = b"\xff" * 1024
    path.write_bytes(data)


def garbage(path: Path) -> None:
    path.write_bytes(b"this was a journal once " * 400)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_in_half(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def first_page(path: Path) -> None:
    damage_page(path, 0)


def a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def no_tables(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE bookmark")
    connection.close()


@pytest.mark.parametrize("break_it", [garbage, empty, cut_in_half, first_page, a_directory, no_tables])
def test_whatever_is_in_the_place_of_the_journal_sampling_goes_on(tmp_path: Path, break_it: object) -> None:
    assert callable(break_it)
    path = tmp_path / "journal.db"
    old = stopped(path, 300)
    break_it(path)
    store = Store(path).open()
    store.journal.append([observation(7)])
    while store.step() == 0:
        pass
    store.writer.close()
    assert store.journal.identity not in {"", old}
    assert values(path)[-1] == 13.0
    raised, cleared = told(path)
    assert (raised.phase, cleared.phase, raised.data["file"]) == ("raised", "cleared", "journal.db.corrupt-1")
    assert (tmp_path / "journal.db.corrupt-1").exists()
    assert not (tmp_path / "journal.db.new").exists()


def test_what_nobody_has_got_yet_is_taken_over_in_order_with_its_boot_and_time(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    stopped(path, 600, bookmark=100)
    before = {entry.record.value: entry for entry in entries(path) if isinstance(entry.record, Observation)}
    damage_page(path, path.stat().st_size // 1024 - 10)
    store = Store(path)
    store.clock.boot_id = "boot-b"
    store.open()
    store.step()
    store.writer.close()
    after = [entry for entry in entries(path) if isinstance(entry.record, Observation)]
    raised = told(path)[0]
    assert raised.data["records"] == len(after) == 500 - int(raised.data["damaged"])
    assert 1 <= int(raised.data["damaged"]) < 60
    for entry in after:
        assert isinstance(entry.record, Observation)
        was = before[entry.record.value]
        assert (entry.record, entry.boot, entry.time) == (was.record, was.boot, was.time)
    assert [entry.record.at for entry in after] == sorted(entry.record.at for entry in after)


def test_of_too_many_the_newest_are_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records wait in memory meanwhile, and on a slow card millions would take hours."""
    monkeypatch.setattr(salvage, "_MOST", 150)
    path = tmp_path / "journal.db"
    stopped(path, 600)
    miscount_free_pages(path)
    store = Store(path).open()
    while store.step() == 0:
        pass
    store.writer.close()
    assert values(path) == [6.0 + n for n in range(450, 600)]
    assert (tmp_path / "journal.db.corrupt-1").exists()


def test_a_sink_that_was_ahead_of_another_does_not_begin_again_after_the_loss_of_the_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    store.journal.append([observation(n) for n in range(600)])
    store.journal.advance("office", 100)
    store.journal.advance("archive", 250)
    store.step()
    store.writer.close()
    miscount_free_pages(path)
    again = Store(path).open()
    assert again.journal.bookmark("office") == 0
    assert again.journal.bookmark("archive") == 150
    again.writer.close()


def test_islands_and_what_a_sink_refused_are_taken_over_with_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    store.journal.append([observation(n) for n in range(600)])
    store.journal.advance("office", 100, [(400, 500)])
    store.journal.advance("archive", 250)
    store.step()
    store.journal.park("office", 50, "too old")
    store.journal.park("archive", 240, "too large")
    store.writer.close()
    miscount_free_pages(path)
    again = Store(path).open()
    assert again.journal.islands("office") == ((300, 400),)
    view = again.journal.view()
    assert (view.parked("office"), view.parked("archive")) == ([], [(140, "too large")])
    view.close()
    again.writer.close()


def test_events_that_go_on_are_taken_over_also_where_everybody_has_been_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    now = store.clock.now()
    fault = Event("f/1", "sensor_fault", "ph-3", "raised", Severity.YELLOW, now, "no answer", "look at it")
    other = fault._replace(id="f/2")
    store.journal.append([observation(0), fault, other, *[observation(n) for n in range(600)]])
    store.step()
    store.journal.append([other._replace(phase="updated"), other._replace(id="f/3", phase="cleared")])
    store.step()
    store.journal.advance("office", 600)
    store.writer.close()
    miscount_free_pages(path)
    again = Store(path).open()
    assert [(event.id, event.phase) for event in again.journal.open_events] == [
        ("f/1", "raised"),
        ("f/2", "updated"),
    ]
    assert again.journal.bookmark("office") == 1, "nobody is told twice"
    again.writer.close()


def test_what_a_reader_only_notes_brings_nothing_back(tmp_path: Path) -> None:
    """A budget's bytes are no place, and events that ran ahead long ago are no reason to begin there."""
    path = tmp_path / "journal.db"
    stopped(path, 600, bookmark=590)
    store = Store(path).open()
    for note in ("office:event", "office:receipt", "office:budget"):
        store.journal.advance(note, 1)
    store.writer.close()
    miscount_free_pages(path)
    again = Store(path).open()
    again.writer.close()
    assert [value for value in values(path) if value is not None] == [6.0 + n for n in range(590, 600)]
    assert again.journal.bookmark("office:budget") == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 12 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("left_kib", [300, 1500, 2000])
def test_on_a_full_disk_what_is_said_to_be_taken_over_is_there_after_the_next_start(
    small_disk: Path, left_kib: int
) -> None:
    path = small_disk / "journal.db"
    stopped(path, 18_000)
    miscount_free_pages(path)
    (small_disk / "journal.ballast").write_bytes(bytes(1 << 20))
    left = os.statvfs(small_disk)
    with (small_disk / "others").open("wb") as out:
        os.posix_fallocate(out.fileno(), 0, left.f_bavail * left.f_frsize - left_kib * 1024)
    store = Store(path).open()
    for _ in range(20):
        store.step(after_s=61)
    store.writer.close()
    (small_disk / "others").unlink()
    assert not (small_disk / "journal.db.new-wal").exists()
    Store(path).open().writer.close()
    raised = told(path)[0]
    assert len([value for value in values(path) if value is not None]) == raised.data["records"]
    assert (int(raised.data["records"]) > 0) == (left_kib > 300)


def miscount_free_pages(path: Path) -> None:
    """Damage that leaves every record readable."""
    data = bytearray(path.read_bytes())
    data[39] = 7
    path.write_bytes(data)


def test_a_journal_of_a_newer_agent_is_kept_for_it_under_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    stopped(path, 3)
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version=99")
    newer.close()
    store = Store(path).open()
    store.step()
    store.writer.close()
    assert (tmp_path / "journal.db.schema-99-1").exists()
    assert "newer agent" in told(path)[0].text
    assert values(path) == []


def test_the_newest_two_of_those_set_aside_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for _ in range(4):
        garbage(path)
        store = Store(path).open()
        store.writer.close()
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["journal.db", "journal.db.corrupt-3", "journal.db.corrupt-4"]


def test_a_power_cut_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    stopped(path, 5)
    path.rename(tmp_path / "journal.db.new")
    store = Store(path).open()
    store.writer.close()
    assert values(path) == [6.0, 7.0, 8.0, 9.0, 10.0]


def test_a_power_cut_between_the_renames_of_a_file_and_its_log_leaves_the_log_to_its_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    new = stopped(path, 5)
    path.rename(tmp_path / "journal.db.new")
    (tmp_path / "journal.db.corrupt-1").write_bytes(b"the one before")
    (tmp_path / "journal.db.corrupt-2").write_bytes(b"the damaged one")
    (tmp_path / "journal.db-wal").write_bytes(b"its log")
    store = Store(path).open()
    assert store.journal.identity == new
    store.writer.close()
    assert (tmp_path / "journal.db.corrupt-2-wal").read_bytes() == b"its log"


def test_a_log_without_its_file_is_kept_and_not_wiped_by_the_next_start(tmp_path: Path) -> None:
    """SQLite deletes the write-ahead log of an empty database: all that had not been copied would be gone."""
    path = tmp_path / "journal.db"
    store = Store(path).open()
    store.journal.append([observation(n) for n in range(50)])
    store.step()
    log = (tmp_path / "journal.db-wal").read_bytes()
    store.writer.close()
    path.write_bytes(b"")
    (tmp_path / "journal.db-wal").write_bytes(log)
    again = Store(path).open()
    again.writer.close()
    assert (tmp_path / "journal.db.corrupt-1-wal").read_bytes() == log


def test_one_value_of_a_wrong_type_does_not_cost_the_whole_journal(tmp_path: Path) -> None:
    """SQLite's check complains of it; the row's own checksum finds it, and the other rows are well."""
    path = tmp_path / "journal.db"
    old = stopped(path, 50)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA writable_schema=1")
    connection.execute(
        "UPDATE sqlite_master SET sql = replace(sql, 'flag INTEGER', 'flag TEXT') WHERE name = 'record'"
    )
    connection.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE record SET flag = 'x' WHERE seq = 7")
    connection.execute("PRAGMA writable_schema=1")
    connection.execute(
        "UPDATE sqlite_master SET sql = replace(sql, 'flag TEXT', 'flag INTEGER') WHERE name = 'record'"
    )
    connection.close()
    store = Store(path).open()
    assert store.journal.identity == old
    store.writer.close()


@pytest.mark.parametrize(
    "change",
    [
        "replace(value, '-', '/')",
        "CASE substr(value, 1, 1) WHEN '1' THEN '3' ELSE '1' END || substr(value, 2)",
    ],
)
def test_a_journal_whose_id_was_damaged_is_set_aside_and_nothing_goes_out_under_it(
    tmp_path: Path, change: str
) -> None:
    path = tmp_path / "journal.db"
    old = stopped(path, 50)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"UPDATE meta SET value = {change} WHERE key = 'journal_id'")
    connection.close()
    store = Store(path).open()
    assert store.journal.identity[8:] != old[8:], "a new one, and not the damaged one"
    store.writer.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_file_of_another_user_is_set_aside(tmp_path: Path) -> None:
    directory = Path(tempfile.mkdtemp())
    path = directory / "journal.db"
    try:
        stopped(path, 3)
        path.chmod(0o600)
        directory.chmod(0o777)
        code = in_a_child(lambda: as_nobody(path))
        if code == _UNREADABLE:
            pytest.skip("the agent's own files cannot be read by another user here")
        assert code == 0
        assert path.with_name("journal.db.corrupt-1").stat().st_uid == 0
        path.chmod(0o644)
        assert "may not be read and written by this user" in told(path)[0].text
    finally:
        shutil.rmtree(directory)


def as_nobody(path: Path) -> None:
    os.setgid(65534)
    os.setuid(65534)
    if not os.access(database.__file__, os.R_OK):
        sys.exit(_UNREADABLE)
    store = Store(path).open()
    store.step()
    store.writer.close()


def in_a_child(work: Callable[[], None]) -> int:
    """Its exit code."""
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    assert child.exitcode is not None
    return child.exitcode
