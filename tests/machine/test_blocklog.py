"""The rebuilt disk is what a card leaves: judged on logs made by hand, without a machine."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import pytest

from tests.machine.blocklog import SECTOR_BYTES, TAIL_BYTES, Card, cuts, unflushed, writes
from tests.machine.errors import MachineError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.machine.blocklog import Cut

DISK_BYTES = TAIL_BYTES + 64 * SECTOR_BYTES
FLUSH = (0, b"", 1)


def sector(letter: bytes, count: int = 1) -> bytes:
    return letter * SECTOR_BYTES * count


def promise(number: int) -> tuple[int, bytes, int]:
    return (DISK_BYTES - TAIL_BYTES) // SECTOR_BYTES, (b"PROMISED %d" % number).ljust(SECTOR_BYTES), 0


def log_of(path: Path, *entries: tuple[int, bytes, int]) -> Path:
    """A log as QEMU writes it: (sector, data, flags)."""
    text = struct.pack("<QQQI", 0x6A736677736872, 1, len(entries), SECTOR_BYTES).ljust(SECTOR_BYTES, b"\0")
    for place, data, flags in entries:
        head = struct.pack("<QQQQ", place, len(data) // SECTOR_BYTES, flags, 0)
        text += head.ljust(SECTOR_BYTES, b"\0") + data
    path.write_bytes(text)
    return path


def cut_many(log: Path, moment: int, count: int = 60, *, heeds_flush: bool = True) -> list[tuple[Cut, bytes]]:
    """So many cuts at one moment, each with the first sectors of the disk."""
    with cuts(log, DISK_BYTES, [moment] * count, random.Random(3), heeds_flush=heeds_flush) as each:
        return [(cut, cut.image.read_bytes()[: 4 * SECTOR_BYTES]) for cut in each]


def test_what_was_flushed_survives_every_cut(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", (0, sector(b"a"), 0), FLUSH, (0, sector(b"b"), 0))
    found = {disk[:1] for _, disk in cut_many(log, 3)}
    assert found == {b"a", b"b"}


def test_a_cut_comes_before_the_writes_after_it(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", (0, sector(b"a"), 0), (1, sector(b"b"), 0), FLUSH)
    assert all(disk[SECTOR_BYTES] == 0 for _, disk in cut_many(log, 1))


def test_any_subset_of_what_was_not_flushed_may_survive(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", (0, sector(b"a"), 0), (1, sector(b"b"), 0))
    found = {disk[:1] + disk[SECTOR_BYTES : SECTOR_BYTES + 1] for _, disk in cut_many(log, 2)}
    assert found == {b"\0\0", b"a\0", b"\0b", b"ab"}


def test_a_write_may_be_torn_between_two_sectors_and_never_inside_one(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", (0, sector(b"a", 4), 0))
    lengths = {len(disk.rstrip(b"\0")) for _, disk in cut_many(log, 1, 100)}
    assert {0, 4 * SECTOR_BYTES} < lengths <= {count * SECTOR_BYTES for count in range(5)}


def test_a_write_past_the_cache_survives_without_a_flush(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", (0, sector(b"a"), 2))
    assert all(disk[:1] == b"a" for _, disk in cut_many(log, 1))


def test_a_card_that_lies_may_lose_what_it_was_told_to_keep(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", (0, sector(b"a"), 0), FLUSH)
    assert {disk[:1] for _, disk in cut_many(log, 2, heeds_flush=False)} == {b"a", b"\0"}


def test_a_promise_counts_from_its_own_moment_on(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", promise(7), (0, sector(b"a"), 0), promise(9), promise(8))
    with cuts(log, DISK_BYTES, [1, 2, 3, 4], random.Random(0)) as each:
        assert [cut.promised for cut in each] == [7, 7, 9, 9]


def test_the_same_seed_gives_the_same_disks(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", *((n, sector(b"a"), 0) for n in range(4)))
    assert [disk for _, disk in cut_many(log, 4)] == [disk for _, disk in cut_many(log, 4)]


def test_a_log_that_ends_inside_an_entry_is_read_up_to_there(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", (0, sector(b"a"), 0), (1, sector(b"b"), 0))
    log.write_bytes(log.read_bytes()[:-1])
    assert [entry.data for entry in writes(log)] == [sector(b"a")]


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"nothing")
    with pytest.raises(MachineError, match="not a log of writes"):
        list(writes(tmp_path / "log"))


def test_a_flush_empties_the_cache_once(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", (0, sector(b"a"), 0), FLUSH, FLUSH)
    card = Card(tmp_path / "card", DISK_BYTES)
    for entry in writes(log):
        card.write(entry)
    assert card.cut(tmp_path / "cut", random.Random(0)) == (0, 0, 0)


def test_what_is_unflushed_is_counted_after_every_entry(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", (0, sector(b"a"), 0), (1, sector(b"b"), 2), (2, sector(b"c"), 0), FLUSH)
    assert unflushed(log) == [1, 1, 2, 0]
