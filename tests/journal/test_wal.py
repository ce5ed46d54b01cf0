"""A log that was begun anew over an older one: what was flushed is mended or told, a torn end stays one."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.journal.rescue.wal import DamagedLogError, turn_back
from tests.journal.conftest import HEAD, PH, Store, observation

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER, FRAME, SECTOR = 32, 1048, 512
COMMITS = 6


class Crash(NamedTuple):
    """The files of a station that was killed before and after its last commit."""

    database: bytes
    before: bytes
    after: bytes

    @property
    def frames(self) -> int:
        """How many frames of the log are not those of an older one."""
        frames = range(HEADER, len(self.after) - FRAME + 1, FRAME)
        return sum(self.after[at + 8 : at + 16] == self.after[16:24] for at in frames)

    @property
    def last(self) -> range:
        """The bytes that the last commit has written."""
        size = len(self.before)
        changed = [at for at in range(len(self.after)) if at >= size or self.before[at] != self.after[at]]
        return range((changed[0] - HEADER) // FRAME * FRAME + HEADER, HEADER + self.frames * FRAME)


def commit(store: Store, n: int) -> None:
    count = n % 3 + 1
    store.journal.append([observation(10 * n + i, PH if i % 2 else HEAD) for i in range(count)])
    store.journal.advance("office", max(0, 2 * n - n % 7))
    store.step(after_s=61)


def crashed() -> Crash:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        log = path.with_name("journal.db-wal")
        store = Store(path).open()
        for n in range(2 * COMMITS):
            commit(store, n)
        store.connection.execute("PRAGMA wal_checkpoint(RESTART)")
        for n in range(2 * COMMITS, 3 * COMMITS):  # over the log of the others
            commit(store, n)
        before = log.read_bytes()
        commit(store, 3 * COMMITS)
        found = Crash(path.read_bytes(), before, log.read_bytes())
        store.writer.close()
        return found


CRASH = crashed()


@cache
def rows(log: bytes) -> list[tuple[object, ...]]:
    """All that SQLite finds with this log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        path.write_bytes(CRASH.database)
        path.with_name("a.db-wal").write_bytes(log)
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            return [
                *connection.execute("SELECT * FROM record ORDER BY seq"),
                *connection.execute("SELECT * FROM bookmark ORDER BY reader"),
            ]


BEFORE, AFTER = rows(CRASH.before), rows(CRASH.after)
HIGHEST = max(row[0] for row in AFTER if isinstance(row[0], int))
LIVE_BITS = (HEADER + CRASH.frames * FRAME) * 8


def flipped(data: bytes, *bits: int) -> bytearray:
    changed = bytearray(data)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    return changed


def test_the_log_of_these_tests_lies_over_an_older_one() -> None:
    assert CRASH.frames * FRAME + HEADER < len(CRASH.after), "frames of an older log are behind it"
    assert CRASH.last.start > HEADER
    assert AFTER != BEFORE


@settings(max_examples=150, deadline=None)
@given(st.integers(0, (CRASH.last.start - FRAME) * 8 - 1))
def test_a_flipped_bit_in_what_was_flushed_is_turned_back_or_told(bit: int) -> None:
    log = flipped(CRASH.after, bit)
    try:
        assert turn_back(log) == 1
        assert log == CRASH.after
    except DamagedLogError:
        assert (bit - HEADER * 8) // 8 % FRAME not in range(8, 24), "salts and sums never leave a doubt"


def test_four_of_five_flipped_bits_are_turned_back() -> None:
    turned = asked = 0
    for bit in range(5, CRASH.last.start * 8, 1999):
        log = flipped(CRASH.after, bit)
        asked += 1
        try:
            turned += turn_back(log)
        except DamagedLogError:
            continue
    assert turned >= 0.75 * asked


@settings(max_examples=40, deadline=None)
@given(st.integers(CRASH.last.start * 8, LIVE_BITS - 1))
def test_a_flipped_bit_in_the_last_commit_costs_that_commit_at_most(bit: int) -> None:
    log = flipped(CRASH.after, bit)
    assert turn_back(log) == 0
    assert rows(bytes(log)) in (BEFORE, AFTER)


def sectors() -> Iterator[int]:
    yield from range(CRASH.last.start // SECTOR, (CRASH.last.stop - 1) // SECTOR + 1)


@settings(max_examples=40, deadline=None)
@given(
    missing=st.sets(st.sampled_from(list(sectors())), min_size=1),
    old=st.sampled_from(["as it was", "zeros"]),
)
def test_a_torn_commit_is_there_as_it_was_meant_or_not_at_all(missing: set[int], old: str) -> None:
    log = bytearray(CRASH.after)
    was = CRASH.before.ljust(len(log), b"\0") if old == "as it was" else bytes(len(log))
    for sector in missing:
        part = slice(max(CRASH.last.start, sector * SECTOR), min(CRASH.last.stop, (sector + 1) * SECTOR))
        log[part] = was[part]
    torn = bytes(log)
    assert turn_back(log) == 0
    assert bytes(log) == torn
    assert rows(torn) in (BEFORE, AFTER)


@settings(max_examples=150, deadline=None)
@given(at=st.sampled_from(CRASH.last), seed=st.integers(0, 1000), count=st.integers(1, 4))
@example(at=CRASH.last.start + 24, seed=0, count=1)
@example(at=CRASH.last.start + 4, seed=1, count=4)
def test_nothing_is_ever_made_of_the_last_commit(at: int, seed: int, count: int) -> None:
    """One byte of several bits can look like a single bit elsewhere."""
    log = bytearray(CRASH.after)
    log[at : at + count] = random.Random(seed).randbytes(count) if seed else bytes(count)
    torn = bytes(log)
    assert turn_back(log) == 0
    assert bytes(log) == torn


def test_a_bit_in_each_of_several_commits() -> None:
    frame = FRAME * 8
    log = flipped(CRASH.after, 40, 300 * 8 + 6 * frame, 300 * 8 + 12 * frame)
    assert turn_back(log) == 3
    assert log == CRASH.after


def test_a_log_that_is_well_is_left_alone() -> None:
    log = bytearray(CRASH.after)
    assert turn_back(log) == 0
    assert log == CRASH.after


@pytest.mark.parametrize("size", [0, 10, 32, 100, HEADER + FRAME + 500])
def test_a_log_that_ends_too_early_is_left_alone(size: int) -> None:
    log = bytearray(CRASH.after[:size])
    assert turn_back(log) == 0
    assert log == CRASH.after[:size]


def put(folder: Path, log: bytes | bytearray) -> Path:
    path = folder / "journal.db"
    path.write_bytes(CRASH.database)
    path.with_name("journal.db-wal").write_bytes(log)
    return path


def mendable() -> int:
    return CRASH.last.start * 8 - 6 * FRAME * 8 + 24 * 8


def test_a_station_that_finds_a_flipped_bit_turns_it_back_and_goes_on(tmp_path: Path) -> None:
    store = Store(put(tmp_path, flipped(CRASH.after, mendable()))).open()
    assert store.journal.head == HIGHEST
    assert "turned back" in str(store.log.calls[0])
    store.writer.close()
    assert [each.name for each in tmp_path.iterdir()] == ["journal.db"]


def undecided() -> int:
    """A bit that several others could be."""
    for bit in range(HEADER * 8 + 24 * 8, CRASH.last.start * 8):
        try:
            turn_back(flipped(CRASH.after, bit))
        except DamagedLogError:
            return bit
    raise AssertionError("there is none")


def test_commits_that_cannot_be_read_are_told_and_the_log_is_kept(tmp_path: Path) -> None:
    log = flipped(CRASH.after, undecided())
    store = Store(put(tmp_path, log)).open()
    while store.step() == 0:
        pass
    view = store.journal.view()
    kinds = [getattr(entry.record, "kind", "") for entry in view.read_after(0, 1000)]
    view.close()
    store.writer.close()
    assert "journal_set_aside" in kinds
    assert (tmp_path / "journal.db.corrupt-1-wal").read_bytes() == log


def test_where_mending_makes_no_sound_database_the_log_is_put_back(tmp_path: Path) -> None:
    """The database may be another than the log is of."""
    log = flipped(CRASH.after, mendable())
    path = put(tmp_path, log)
    path.write_bytes(CRASH.database[: len(CRASH.database) // 2] + b"\xff" * (len(CRASH.database) // 2))
    store = Store(path).open()
    while store.step() == 0:
        pass
    store.writer.close()
    assert (tmp_path / "journal.db.corrupt-1-wal").read_bytes() == log
    assert not list(tmp_path.glob("*.found"))


def test_a_power_cut_before_the_mended_log_was_looked_at_begins_again(tmp_path: Path) -> None:
    path = put(tmp_path, b"mended, and nobody has looked at it")
    path.with_name("journal.db-wal.found").write_bytes(flipped(CRASH.after, mendable()))
    store = Store(path).open()
    assert store.journal.head == HIGHEST
    store.writer.close()
    assert [each.name for each in tmp_path.iterdir()] == ["journal.db"]
