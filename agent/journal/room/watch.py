"""What the journal watches on its card: how much of the disk is left, and how far the WAL has grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.journal.room.disk import Ballast, Free, look
from agent.journal.room.retention import MB
from agent.journal.telling import tidings
from agent.journal.telling.notice import Notice
from agent.model import Severity

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from structlog.typing import FilteringBoundLogger

    from agent.model import Event, Instant

# A WAL that is moved into the file in time stays below a quarter of its room; beyond four times its room
# somebody holds it.
_WAL_ROOMS = 4
_NOTHING_BYTES = 64 * 1024
# On a disk that is low already the ballast is made only where several would fit: it is for the worst.
_BALLASTS_FREE = 4


class DiskWatch:
    """The file system under the journal, and the ballast on it."""

    def __init__(self, path: Path, ballast_bytes: int, log: FilteringBoundLogger) -> None:
        self.free: Free | None = None
        self._directory = path.parent
        self._ballast = Ballast(path.with_suffix(".ballast"), ballast_bytes)
        self._notice = Notice("disk_low", Severity.YELLOW)
        self._log = log
        self._error = ""

    @property
    def is_low(self) -> bool:
        """Whether the disk is nearly full."""
        return self._notice.is_up

    @property
    def ballast_bytes(self) -> int:
        """What there is to throw off."""
        return self._ballast.size_bytes - self._ballast.missing_bytes()

    def has_less_than(self, room_bytes: int) -> bool:
        """Whether less than this was left at the last look."""
        return self.free is not None and self.free.free < room_bytes

    def is_full(self) -> bool:
        """Whether nothing is left: SQLite does not always say that this is the reason."""
        try:
            return look(self._directory).free < _NOTHING_BYTES
        except OSError:
            return False

    def throw_off(self) -> bool:
        """The disk is full: give some of its ballast to the journal. False when there was none."""
        if not self._ballast.throw_off():
            return False
        self._log.warning("disk full, ballast thrown off", left_mb=round(self.ballast_bytes / MB, 1))
        return True

    def look(self, at: Instant) -> list[Event]:
        """See how much is left; make the ballast when there is room."""
        wanted = self._ballast.missing_bytes()
        try:
            self.free = look(self._directory)
        except OSError:
            return []  # a card that fails: the writer tells of it
        is_low = self.free.low(wanted, was_low=self.is_low)
        if wanted and (not is_low or self.free.free >= wanted * _BALLASTS_FREE):
            self._make_ballast()
        return self._is_low_now(at, self.free) if is_low else self._is_well_now(at, self.free)

    def _is_low_now(self, at: Instant, free: Free) -> list[Event]:
        if self.is_low:
            return []
        words = tidings.disk_low(self._directory, free.free)
        self._log.warning(words.title, hint=words.text, **words.data)
        return [self._notice.raised(at, words)]

    def _is_well_now(self, at: Instant, free: Free) -> list[Event]:
        if not self.is_low:
            return []
        words = tidings.disk_well(self._directory, free.free)
        self._log.info(words.title, **words.data)
        return [self._notice.cleared(at, words)]

    def _make_ballast(self) -> None:
        error = ""
        try:
            self._ballast.make()
        except OSError as problem:
            error = str(problem)
        if error and error != self._error:
            self._log.warning("no ballast for a full disk could be made", error=error)
        self._error = error


class WalWatch:
    """The write-ahead log: a reader that never lets go keeps it from being reused."""

    def __init__(self, path: Path, room_bytes: int, log: FilteringBoundLogger) -> None:
        self.size_bytes = 0
        self._path = path
        self._wal = path.with_name(path.name + "-wal")
        self._most_bytes = room_bytes * _WAL_ROOMS
        self._notice = Notice("journal_wal", Severity.YELLOW)
        self._log = log

    def look(self, connection: sqlite3.Connection, at: Instant) -> list[Event]:
        """See how large it is; cut it back when it has grown and nobody holds it. Raises sqlite3.Error."""
        self.size_bytes = self._size()
        if self.size_bytes > self._most_bytes:
            _cut_back(connection)
            self.size_bytes = self._size()
        grown = self.size_bytes > self._most_bytes
        if grown and not self._notice.is_up:
            words = tidings.wal_grows(self._path, self.size_bytes)
            self._log.warning(words.title, hint=words.text, **words.data)
            return [self._notice.raised(at, words)]
        if self._notice.is_up and not grown:
            words = tidings.wal_well(self.size_bytes)
            self._log.info(words.title, **words.data)
            return [self._notice.cleared(at, words)]
        return []

    def _size(self) -> int:
        try:
            return self._wal.stat().st_size
        except OSError:
            return 0


def _cut_back(connection: sqlite3.Connection) -> None:
    """Move everything into the file and empty the WAL, unless a reader is in the way: never wait for one."""
    (patience_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout=0").fetchall()
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience_ms}").fetchall()
