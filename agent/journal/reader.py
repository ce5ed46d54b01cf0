"""Reading the journal: read-only, in small pages, each row verified before anyone sees it."""

from __future__ import annotations

import sqlite3
from math import inf
from typing import TYPE_CHECKING

from agent.journal.database import open_reader, read_id
from agent.journal.names import Dictionaries
from agent.journal.row import COLUMNS, Row, checksum, record_of
from agent.model import Entry, Stamp, TimeSource, Trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PAGE = f"SELECT {COLUMNS} FROM record WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - constants
_ONE = f"SELECT {COLUMNS} FROM record WHERE seq = ?"  # noqa: S608 - constants


class JournalReader:
    """One thread's own view of the file. `damaged` is told the seq of every row whose checksum is wrong."""

    def __init__(
        self, path: Path, damaged: Callable[[int], None], end: Callable[[], int] | None = None
    ) -> None:
        self._connection = open_reader(path)
        self._end = end or self.head  # the last seq; who knows it better than a damaged file says so
        self._dictionaries = Dictionaries(self._connection)
        self._damaged = damaged
        self.journal_id = read_id(self._connection)

    def read_after(self, seq: int, limit: int) -> list[Entry]:
        """Up to `limit` entries after `seq`, in order, damaged rows left out. Empty only at the end."""
        while True:
            rows, last = self._page(seq, limit)
            entries = [entry for row in rows if (entry := self._entry(row)) is not None]
            if entries or last == seq:
                return entries
            seq = last

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

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _page(self, seq: int, limit: int) -> tuple[list[Row], int]:
        """Rows after `seq`, and the last seq that was looked at: the same `seq` at the end."""
        try:
            # fetchall: an open SELECT would keep the writer from checkpointing.
            rows = [Row(*row) for row in self._connection.execute(_PAGE, (seq, limit)).fetchall()]
        except sqlite3.OperationalError:
            raise  # the file is busy or gone, not damaged
        except sqlite3.DatabaseError:
            return self._around_damage(seq, limit)
        return rows, rows[-1].seq if rows else seq

    def _around_damage(self, seq: int, limit: int) -> tuple[list[Row], int]:
        """Row by row past a page that cannot be read: its rows are reported, those behind it are not lost."""
        rows = []
        for one in range(seq + 1, seq + 1 + limit):
            try:
                found = self._connection.execute(_ONE, (one,)).fetchone()
            except sqlite3.DatabaseError:
                self._damaged(one)
                continue
            if found is not None:
                rows.append(Row(*found))
        return rows, min(seq + limit, max(self._end(), seq))

    def _entry(self, row: Row) -> Entry | None:
        found = self._dictionaries.names(row.boot, row.channel, row.calibration)
        if found is None:
            self._dictionaries.reload()
            found = self._dictionaries.names(row.boot, row.channel, row.calibration)
        if found is None or checksum(row, found[1]) != row.crc:
            self._damaged(row.seq)
            return None
        trusted = row.trust != Trust.NONE
        time = Stamp(row.wall_ns, TimeSource(row.trust), 0.0 if trusted else inf, trusted)
        return Entry(row.seq, found[0].boot, record_of(row, found[0]), time)
