"""The station's card: a directory in memory whose disk fills, errs, is cut off and rots."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from agent.journal.writer import JournalWriter
    from tests.world.truth import Book, Truth

MOODS = ("well", "full", "failing")
_FREE_BYTES, _ALL_BYTES, _BLOCK = 8_000_000_000, 16_000_000_000, 4096
_ROWS = """
    SELECT record.seq, kind, boot_id, mono_ns, wall_ns, trust,
        sensor || '/' || quantity, raw, value, flag, why, record.body
    FROM record JOIN boot ON boot.n = boot LEFT JOIN channel ON channel.n = channel
    WHERE record.seq > ? ORDER BY record.seq
"""
_COUNTED = ("journal.db", "journal.db-wal", "journal.ballast")


class Statvfs(NamedTuple):
    """What the kernel says of the card: see os.statvfs_result."""

    f_bavail: int
    f_blocks: int
    f_frsize: int
    f_bfree: int
    f_bsize: int


class Image(NamedTuple):
    """All that is on the card at one moment."""

    files: dict[str, bytes]


class Card:
    """The station's directory, and how it treats the writer."""

    def __init__(self, root: Path, random: Random, truth: Truth) -> None:
        self.path = root / "card"
        self.mood = "well"
        self.largest_bytes = 0
        self.image: Image | None = None  # taken in the middle of a commit, when the power goes there
        self.tears = False
        self._random = random
        self._truth = truth
        self._before: Image | None = None
        self._reader: sqlite3.Connection | None = None
        self._seen = ("", 0)
        self._allowed = 0  # pages, before the disk was full
        self.path.mkdir(parents=True)
        truth.is_on_card = self._holds

    def statvfs(self, _path: object) -> Statvfs:
        """In place of the kernel's word."""
        free = 0 if self.mood == "full" else _FREE_BYTES // _BLOCK
        return Statvfs(free, _ALL_BYTES // _BLOCK, _BLOCK, free, _BLOCK)

    def before_commit(self, writer: JournalWriter) -> None:
        """The writer's step begins."""
        self._fill(writer)
        if self.tears:
            self._before = self.taken()
        if self.mood == "failing":
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    def after_commit(self, writer: JournalWriter) -> None:
        """It has ended: what it has committed is promised."""
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        file = writer.file
        if self.tears and self._before is not None:
            after = self.taken()
            if after != self._before:
                self.image = self._torn(self._before, after)
                return
        if file is not None and (file.identity, file.head) != self._seen:
            self._promised(file.identity, file.head)

    def weigh(self) -> None:
        """See how much of it the station takes."""
        size = sum(path.stat().st_size for path in self._parts() if path.name in _COUNTED)
        self.largest_bytes = max(self.largest_bytes, size)

    def taken(self) -> Image:
        """Everything as it is now."""
        return Image({path.name: path.read_bytes() for path in self._parts()})

    def put(self, image: Image) -> None:
        """The card holds this and nothing else; the kernel's cache of it is gone."""
        shutil.rmtree(self.path)
        self.path.mkdir()
        for name, content in image.files.items():
            (self.path / name).write_bytes(content)

    def opened(self, writer: JournalWriter) -> None:
        """A run begins: what the file holds is promised, if it has been opened already."""
        if writer.file is not None:
            self._promised(writer.file.identity, writer.file.head)

    def lets_go(self) -> None:
        """A run is over."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._seen, self._before, self.image, self.tears = ("", 0), None, None, False
        self._allowed = 0

    def rot(self, bits: int) -> None:
        """Some bits of the file turn, rather where it was written last."""
        path = self.path / "journal.db"
        if not path.exists() or not (content := bytearray(path.read_bytes())):
            return
        for _ in range(bits):
            place = int(len(content) * self._random.random() ** 0.3)
            content[place] ^= 1 << self._random.randrange(8)
        path.write_bytes(content)

    def rot_values(self, rows: int) -> None:
        """Bits of some numbers turn, which SQLite itself does not see."""
        with (
            closing(sqlite3.connect(self.path / "journal.db")) as connection,
            suppress(sqlite3.DatabaseError),
        ):
            (head,) = connection.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
            for _ in range(rows):
                seq = round(head * self._random.random() ** 0.3)
                connection.execute("UPDATE record SET raw = raw + 1024 WHERE seq = ?", (seq,))
            connection.commit()

    def _parts(self) -> list[Path]:
        """What a power cut leaves: all but what the kernel shares in memory."""
        return sorted(path for path in self.path.glob("journal.*") if not path.name.endswith("-shm"))

    def _fill(self, writer: JournalWriter) -> None:
        """On a full disk the file cannot grow by a page."""
        if writer.file is None:
            return
        connection = writer.file.connection
        if self.mood == "full":
            (most,) = connection.execute("PRAGMA max_page_count").fetchone()
            self._allowed = max(self._allowed, most)
            # SQLite takes the present size for the least.
            connection.execute("PRAGMA max_page_count=1").fetchall()
        elif self._allowed:
            connection.execute(f"PRAGMA max_page_count={self._allowed}").fetchall()
            self._allowed = 0

    def _torn(self, before: Image, after: Image) -> Image:
        """The log grew by a part of the commit only, if nothing but the log was written."""
        old, new = before.files.get("journal.db-wal", b""), after.files.get("journal.db-wal", b"")
        first = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
        cut = self._random.randint(min(first, len(new)), len(new))
        if before.files.get("journal.db") != after.files.get("journal.db"):
            return before
        return Image({**after.files, "journal.db-wal": new[:cut] + old[cut:]})

    def _promised(self, journal: str, head: int) -> None:
        """Look at what has come, through a connection of our own."""
        if self._reader is None or journal != self._seen[0]:
            if self._reader is not None:
                self._reader.close()
            self._reader = sqlite3.connect(f"file:{self.path / 'journal.db'}?mode=ro", uri=True)
            book = self._truth.books.get(journal)
            self._seen = (journal, book.head if book else 0)
        rows = self._reader.execute(_ROWS, (self._seen[1],)).fetchall()
        self._truth.committed(journal, rows)
        self._seen = (journal, head)

    def _holds(self, _journal: str, seq: int) -> bool:
        if self._reader is None:
            return True
        found = self._reader.execute("SELECT 1 FROM record WHERE seq = ?", (seq,)).fetchone()
        return found is not None

    def note_losses(self) -> None:
        """What the file says of what will never come, asked of a copy: to look must not change it."""
        copy = self.path.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.path, copy)
        with closing(sqlite3.connect(copy / "journal.db")) as connection, suppress(sqlite3.DatabaseError):
            # A rotten one says nothing; what it said before counts.
            (journal,) = connection.execute("SELECT value FROM meta WHERE key = 'journal_id'").fetchone()
            if (book := self._truth.books.get(journal)) is not None:
                _note(connection, book)


def _note(connection: sqlite3.Connection, book: Book) -> None:
    book.evicted += connection.execute("SELECT first, last FROM evicted").fetchall()
    parked: list[tuple[str, int]] = connection.execute("SELECT reader, seq FROM parked").fetchall()
    for reader, seq in parked:
        book.parked.setdefault(reader, set()).add(seq)
    book.damaged |= book.parked.get("journal", set())


@contextmanager
def kernel_says(card: Card) -> Iterator[None]:
    """The kernel speaks of this card whatever it is asked about."""
    real: Any = os.statvfs
    os.statvfs = card.statvfs  # type: ignore[assignment]
    try:
        yield
    finally:
        os.statvfs = real
