"""A flipped bit in the write-ahead log is turned back; whatever else is wrong with a log is left alone."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.journal.wal import mend

COMMITS, SECTOR = 6, 512


def files_of_a_crash() -> tuple[bytes, bytes]:
    """A database that was never closed, and its log, in which everything is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA page_size=1024")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE t (v TEXT)")
            for n in range(COMMITS):
                connection.execute("INSERT INTO t VALUES (?)", ("x" * 100 * n,))
            return path.read_bytes(), path.with_name("a.db-wal").read_bytes()


DATABASE, LOG = files_of_a_crash()
FRAMES = (len(LOG) - 32) // 1048


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wal") / "a.db-wal"


def flipped(data: bytes, *bits: int) -> bytes:
    changed = bytearray(data)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def frames_whole(log: bytes) -> int:
    """How many frames SQLite finds in a log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        path.write_bytes(DATABASE)
        path.with_name("a.db-wal").write_bytes(log)
        with closing(sqlite3.connect(path)) as connection:
            (_, frames, _) = connection.execute("PRAGMA wal_checkpoint").fetchone()
            return int(frames)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(LOG) * 8 - 1))
def test_after_any_one_flipped_bit_no_commit_is_missing(log: Path, bit: int) -> None:
    log.write_bytes(flipped(LOG, bit))
    assert mend(log) >= 1
    unlike = int.from_bytes(log.read_bytes(), "big") ^ int.from_bytes(LOG, "big")
    assert unlike == 0 or bit // 8 >= 12, "the format's own fields are known"
    assert frames_whole(log.read_bytes()) == FRAMES


def test_most_flipped_bits_are_turned_back(log: Path) -> None:
    turned = 0
    for bit in range(5, len(LOG) * 8, 997):
        log.write_bytes(flipped(LOG, bit))
        mend(log)
        turned += log.read_bytes() == LOG
    assert turned > 0.7 * len(LOG) * 8 / 997


def test_a_bit_in_each_of_several_frames(log: Path) -> None:
    frame = 1048 * 8
    log.write_bytes(flipped(LOG, 40, 500 + frame, 6000 + 2 * frame, 500 + 4 * frame))
    assert mend(log) == 4
    assert frames_whole(log.read_bytes()) == FRAMES


def test_a_log_that_is_well_is_left_alone(log: Path) -> None:
    log.write_bytes(LOG)
    before = log.stat().st_mtime_ns
    assert mend(log) == 0
    assert log.stat().st_mtime_ns == before


@pytest.mark.parametrize("size", [0, 10, 32, 100, 32 + 1048 + 500])
def test_a_log_that_ends_too_early_is_left_alone(log: Path, size: int) -> None:
    log.write_bytes(LOG[:size])
    assert mend(log) == 0
    assert log.read_bytes() == LOG[:size]


@given(sector=st.integers(1, len(LOG) // SECTOR - 1), seed=st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_a_torn_write_is_the_end_and_not_a_flipped_bit(log: Path, sector: int, seed: int) -> None:
    at = sector * SECTOR
    torn = LOG[:at] + random.Random(seed).randbytes(SECTOR) + LOG[at + SECTOR :]
    log.write_bytes(torn)
    assert mend(log) == 0
    assert log.read_bytes() == torn


def test_no_log_is_no_trouble(tmp_path: Path) -> None:
    assert mend(tmp_path / "none-wal") == 0
