"""Reading the journal: read-only, in small pages, each row verified before anyone sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.journal.database import open_reader, read_id
from agent.journal.names import Dictionaries
from agent.journal.row import COLUMNS, OBSERVATION, Row, checksum, record_of
from agent.model import Entry, Observation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PAGE = f"SELECT {COLUMNS} FROM record WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - constants
_NEWEST = f"SELECT {COLUMNS} FROM record WHERE kind = ? AND seq > ? ORDER BY seq DESC"  # noqa: S608 - constants


class JournalReader:
    """One thread's own view of the file. `damaged` is told the seq of every row whose checksum is wrong."""

    def __init__(self, path: Path, damaged: Callable[[int], None]) -> None:
        self._connection = open_reader(path)
        self._dictionaries = Dictionaries(self._connection)
        self._damaged = damaged
        self.journal_id = read_id(self._connection)

    def read_after(self, seq: int, limit: int) -> list[Entry]:
        """Up to `limit` entries after `seq`, in order, damaged rows left out. Empty only at the end."""
        while True:
            # fetchall: an open SELECT would keep the writer from checkpointing.
            rows = [Row(*row) for row in self._connection.execute(_PAGE, (seq, limit)).fetchall()]
            entries = [entry for row in rows if (entry := self._entry(row)) is not None]
            if entries or not rows:
                return entries
            seq = rows[-1].seq

    def head(self) -> int:
        """The last seq there is; 0 in an empty journal."""
        (seq,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
        return int(seq)

    def bookmarks(self) -> dict[str, int]:
        """How far each reader had come at the last commit."""
        return dict(self._connection.execute("SELECT reader, seq FROM bookmark"))

    def parked(self) -> list[tuple[str, int, str]]:
        """What could not be delivered and why: (reader, seq, reason)."""
        return self._connection.execute("SELECT reader, seq, reason FROM parked ORDER BY seq").fetchall()

    def newest(self, within: int = 10_000) -> list[Entry]:
        """The last observation of each channel among the last `within` records, newest first."""
        seen: dict[str, Entry] = {}
        for row in self._connection.execute(_NEWEST, (OBSERVATION, self.head() - within)).fetchall():
            entry = self._entry(Row(*row))
            if entry is not None and isinstance(entry.record, Observation):
                seen.setdefault(str(entry.record.channel), entry)
        return list(seen.values())

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _entry(self, row: Row) -> Entry | None:
        found = self._dictionaries.names(row.boot, row.channel, row.calibration)
        if found is None:
            self._dictionaries.reload()
            found = self._dictionaries.names(row.boot, row.channel, row.calibration)
        if found is None or checksum(row, found[1]) != row.crc:
            self._damaged(row.seq)
            return None
        return Entry(row.seq, found[0].boot, record_of(row, found[0]))
