"""A disk at any moment of its life, as a card with a volatile cache leaves it when the power goes.

QEMU logs every write and flush of a disk (`blklogwrites`, the format of dm-log-writes). At a cut,
everything written before the last flush is there; of what was written after it any subset may be, in any
order, and some of it torn at a sector. The machine says what was promised in the same log: see
guest/promise.py.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.machine.errors import MachineError

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

_MAGIC = 0x6A736677736872
_HEAD, _ENTRY = struct.Struct("<QQQI"), struct.Struct("<QQQQ")
_FLUSH, _FUA, _DISCARD = 1, 2, 4
SECTOR_BYTES = 512
# The end of the disk lies outside its file system: promises stand there.
TAIL_BYTES = 1 << 20
# A cut keeps none of the unflushed writes, each with even chances, or all of them.
_CHANCES = (0.0, 0.5, 1.0)
_TORN_SHARE = 0.25


class Write(NamedTuple):
    """One entry of the log: `data` at `offset`, both in bytes."""

    offset: int
    data: bytes
    flush: bool
    through: bool  # past the cache, at once


class Cut(NamedTuple):
    """The disk after a power cut, in a file that lasts until the next cut is asked for.

    Attributes:
        moment: after so many entries of the log.
        promised: the highest number that had been promised by then; 0 for none.
        unflushed: writes that the card had not been told to keep.
        kept: those of them that it kept.
        torn: those of these that it kept in part.
    """

    image: Path
    moment: int
    promised: int
    unflushed: int
    kept: int
    torn: int


def writes(log: Path) -> Iterator[Write]:
    """Every entry; a log that ends in the middle of one is read as far as it goes. Raises MachineError."""
    with log.open("rb") as stream:
        magic, _, _, sector_bytes = _HEAD.unpack_from(stream.read(SECTOR_BYTES).ljust(_HEAD.size, b"\0"))
        if magic != _MAGIC:
            raise MachineError(f"{log} is not a log of writes: was the machine started with a logged disk?")
        stream.seek(sector_bytes)
        while len(head := stream.read(sector_bytes)) == sector_bytes:
            sector, sectors, flags, _ = _ENTRY.unpack_from(head)
            if not sectors and not flags:
                return
            size = 0 if flags & _DISCARD else sectors * sector_bytes
            data = stream.read(size)
            if len(data) < size:
                return
            yield Write(sector * sector_bytes, data, bool(flags & _FLUSH), bool(flags & _FUA))


class Card:
    """A disk with a volatile cache, written to entry by entry. `heeds_flush=False` is a card that lies."""

    def __init__(self, image: Path, disk_bytes: int, *, heeds_flush: bool = True) -> None:
        self.promised = 0
        self._tail = disk_bytes - TAIL_BYTES
        self._heeds_flush = heeds_flush
        self._unflushed: list[Write] = []
        self._image = image
        with image.open("wb") as disk:
            disk.truncate(disk_bytes)

    def write(self, entry: Write) -> None:
        """The machine writes, or flushes, or promises."""
        if entry.flush and self._heeds_flush:
            self.flush()
        if not entry.data:
            return
        if entry.offset >= self._tail:
            self.promised = max(self.promised, _promise(entry.data))
        elif entry.through:
            _put(self._image, [entry])
        else:
            self._unflushed.append(entry)

    def flush(self) -> None:
        """Everything in the cache reaches the medium."""
        _put(self._image, self._unflushed)
        self._unflushed = []

    def cut(self, image: Path, chance: random.Random) -> tuple[int, int, int]:
        """Write into `image` what is left without power. Returns the writes unflushed, kept, torn."""
        _copy(self._image, image)
        keep = chance.choice(_CHANCES)
        kept = [_perhaps_torn(entry, keep, chance) for entry in self._unflushed if chance.random() < keep]
        if keep not in (0.0, 1.0):
            chance.shuffle(kept)
        _put(image, [entry for entry, _ in kept])
        return len(self._unflushed), len(kept), sum(torn for _, torn in kept)


def unflushed(log: Path) -> list[int]:
    """After each entry of the log: how many writes a cut may take back."""
    counts = [0]
    for entry in writes(log):
        counts.append((0 if entry.flush else counts[-1]) + (bool(entry.data) and not entry.through))
    return counts[1:]


@contextmanager
def cuts(
    log: Path, disk_bytes: int, moments: list[int], chance: random.Random, *, heeds_flush: bool = True
) -> Iterator[Iterator[Cut]]:
    """The disk after a cut at each of the moments, which are in order and may repeat."""
    with tempfile.TemporaryDirectory(prefix="skyground-cut.", dir=_memory()) as place:
        card = Card(Path(place, "card.img"), disk_bytes, heeds_flush=heeds_flush)
        yield _each(card, log, moments, chance, Path(place, "cut.img"))


@contextmanager
def whole(log: Path, disk_bytes: int) -> Iterator[Path]:
    """The disk with every write of the log on it."""
    with tempfile.TemporaryDirectory(prefix="skyground-disk.", dir=_memory()) as place:
        card = Card(Path(place, "card.img"), disk_bytes)
        for entry in writes(log):
            card.write(entry)
        card.flush()
        yield Path(place, "card.img")


def _each(card: Card, log: Path, moments: list[int], chance: random.Random, image: Path) -> Iterator[Cut]:
    entries = enumerate(writes(log), start=1)
    written = 0
    for moment in moments:
        while written < moment:
            written, entry = next(entries)
            card.write(entry)
        yield Cut(image, moment, card.promised, *card.cut(image, chance))


def _promise(data: bytes) -> int:
    word, _, number = data[:SECTOR_BYTES].rstrip(b"\0 ").partition(b" ")
    return int(number) if word == b"PROMISED" else 0


def _perhaps_torn(entry: Write, keep: float, chance: random.Random) -> tuple[Write, bool]:
    sectors = len(entry.data) // SECTOR_BYTES
    if keep == 1.0 or sectors < 2 or chance.random() >= _TORN_SHARE:
        return entry, False
    return entry._replace(data=entry.data[: SECTOR_BYTES * chance.randrange(1, sectors)]), True


def _put(image: Path, entries: list[Write]) -> None:
    with image.open("r+b", buffering=0) as disk:
        for entry in entries:
            os.pwrite(disk.fileno(), entry.data, entry.offset)


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "--sparse=always", str(source), str(target)], check=True)


def _memory() -> str | None:
    """Where images are copied thousands of times: in memory, if there is room."""
    return "/dev/shm" if Path("/dev/shm").is_dir() and shutil.disk_usage("/dev/shm").free > 1 << 30 else None
