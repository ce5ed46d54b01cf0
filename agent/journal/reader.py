"""Reading the journal: read-only, in small pages, each row verified before anyone sees it."""

from __future__ import annotations

import sqlite3
from functools import cached_property
from typing import TYPE_CHECKING

from agent.journal.clocks.boots import Boots
from agent.journal.clocks.times import stamp
from agent.journal.file.checked import sound
from agent.journal.file.database import open_reader, read_id, schema_of
from agent.journal.file.names import Dictionaries
from agent.journal.file.row import COLUMNS, Row, checksum, record_of
from agent.journal.judged import judged
from agent.model import Entry, Event, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agent.journal.clocks.boots import Settled
    from agent.journal.clocks.times import Known
    from agent.model import Instant

_PAGE = f"SELECT {COLUMNS} FROM record WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"  # noqa: S608 - constants
_EVENTS = f"SELECT {COLUMNS} FROM record WHERE kind = 2 AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - as above
_ONE = f"SELECT {COLUMNS} FROM record WHERE seq = ?"  # noqa: S608 - constants
_TOP = (1 << 63) - 1
_SCHEMA_OF_PLACES = 2


def read_bookmarks(connection: sqlite3.Connection) -> dict[str, int]:
    """By reader: it is done with everything up to this seq. A damaged one is none: that costs duplicates."""
    if schema_of(connection) < _SCHEMA_OF_PLACES:
        return dict(connection.execute("SELECT reader, seq FROM bookmark"))
    return dict(sound(connection.execute("SELECT reader, seq, crc FROM bookmark")))


def read_islands(connection: sqlite3.Connection) -> dict[str, tuple[tuple[int, int], ...]]:
    """By reader: the ranges above its bookmark that it is done with, in order."""
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    rows = connection.execute("SELECT reader, first, last, crc FROM island ORDER BY reader, first")
    for reader, first, last in sound(rows):
        found[reader] = (*found.get(reader, ()), (first, last))
    return found


def entry_of(row: Row, dictionaries: Dictionaries, settled: Settled) -> Entry | None:
    """A row as the record that was stored; None when its checksum says that it is another by now."""
    found = dictionaries.names(row.boot, row.channel, row.calibration)
    if found is None:
        dictionaries.reload()
        found = dictionaries.names(row.boot, row.channel, row.calibration)
    if found is None or checksum(row, found[1]) != row.crc:
        return None
    record = record_of(row, found[0])
    known = None if row.trust == Trust.NTP else settled.of(row.boot)
    return Entry(row.seq, found[0].boot, record, stamp(record.at, known))


class JournalReader:
    """One thread's own view of the file. `damaged` is told the seq of every row whose checksum is wrong."""

    def __init__(
        self, path: Path, damaged: Callable[[int], None], end: Callable[[], int] | None = None
    ) -> None:
        self._connection = open_reader(path)
        self._end = end or self.head  # the last seq; who knows it better than a damaged file says so
        self._dictionaries = Dictionaries(self._connection)
        self._boots = Boots(self._connection, self._dictionaries)
        self._damaged = damaged

    @cached_property
    def journal_id(self) -> str:
        """The id of this journal. Raises sqlite3.Error."""
        return read_id(self._connection)

    def read_after(self, seq: int, limit: int, upto: int | None = None) -> list[Entry]:
        """Up to `limit` entries after `seq`, in order, none above `upto`, damaged rows left out.

        Empty only at the end.
        """
        top = _TOP if upto is None else upto
        while True:
            rows, last = self._page(seq, limit, top)
            entries = self._entries(rows)
            if entries or last == seq:
                return entries
            seq = last

    def events_after(self, seq: int, limit: int) -> list[Entry]:
        """Up to `limit` events after `seq`, in order, damaged ones left out. Empty only at the end."""
        while True:
            try:
                rows = [Row(*row) for row in self._connection.execute(_EVENTS, (seq, limit)).fetchall()]
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                return self._events_among_all(seq, limit)
            entries = self._entries(rows)
            if entries or not rows:
                return entries
            seq = rows[-1].seq

    def judged(self, entries: Sequence[Entry]) -> list[Entry]:
        """The same entries, each with the last of what was said of it later (`Entry.later`)."""
        return judged(self._connection, self._dictionaries, entries)

    def channels(self) -> list[str]:
        """Every channel that any record was ever of: SENSOR/QUANTITY."""
        rows = self._connection.execute("SELECT DISTINCT sensor, quantity FROM channel ORDER BY 1, 2")
        return [f"{sensor}/{quantity}" for sensor, quantity in rows]

    def span(self, from_ns: int, to_ns: int) -> tuple[int, int] | None:
        """The first and the last seq of what may have happened in `from_ns` <= time < `to_ns`, ns since 1970.

        None when nothing did. With room at both ends, and without what has no settled time.
        """
        return self._boots.span(from_ns, to_ns)

    def head(self) -> int:
        """The last seq there is; 0 in an empty journal."""
        (seq,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
        return int(seq)

    def bookmarks(self) -> dict[str, int]:
        """How far each reader had come at the last commit."""
        return read_bookmarks(self._connection)

    def islands(self) -> dict[str, tuple[tuple[int, int], ...]]:
        """What each reader was done with above its bookmark: ranges, both ends included."""
        if schema_of(self._connection) < _SCHEMA_OF_PLACES:
            return {}  # the station has not run since it was brought up to date
        return read_islands(self._connection)

    def boots(self) -> list[str]:
        """The ids of all boots, in their order."""
        return list(self._boots.ids().values())

    def ends_of_boots(self) -> list[tuple[str, Instant, Instant]]:
        """The first and the last look of each boot that later times depend on: (boot id, first, last)."""
        ids = self._boots.ids()
        return [(ids[ends.boot], ends.first, ends.last) for ends in self._boots.history() if ends.boot in ids]

    def settled(self) -> list[tuple[str, Known]]:
        """What is settled of the time of boots, by their ids."""
        ids = self._boots.ids()
        return [(ids[boot], known) for boot, known in self._boots.settled.all().items() if boot in ids]

    def still_open(self) -> list[tuple[int, str]]:
        """Of each event that has not ended: the seq of what was said last of it, and its id."""
        if schema_of(self._connection) < _SCHEMA_OF_PLACES:
            return []
        rows = self._connection.execute("SELECT seq, id FROM open_event ORDER BY seq").fetchall()
        return [row for row in rows if isinstance(row[0], int)]  # else it is damaged

    def parked(self) -> list[tuple[str, int, str]]:
        """What could not be delivered and why: (reader, seq, reason)."""
        return self._connection.execute("SELECT reader, seq, reason FROM parked ORDER BY seq").fetchall()

    def evicted(self) -> list[tuple[int, int]]:
        """Between which seqs records were given up before every destination had them."""
        if schema_of(self._connection) < _SCHEMA_OF_PLACES:
            return []
        return self._connection.execute("SELECT first, last FROM evicted ORDER BY first").fetchall()

    def damaged(self) -> list[int]:
        """The seqs of rows that were found damaged."""
        return [seq for reader, seq, _ in self.parked() if reader == "journal"]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _page(self, seq: int, limit: int, top: int) -> tuple[list[Row], int]:
        """Rows after `seq`, and the last seq that was looked at: the same `seq` at the end."""
        try:
            # fetchall: an open SELECT would keep the writer from checkpointing.
            rows = [Row(*row) for row in self._connection.execute(_PAGE, (seq, top, limit)).fetchall()]
        except sqlite3.OperationalError:
            raise  # the file is busy or gone, not damaged
        except sqlite3.DatabaseError:
            return self._around_damage(seq, limit, top)
        return rows, rows[-1].seq if rows else seq

    def _around_damage(self, seq: int, limit: int, top: int) -> tuple[list[Row], int]:
        """Row by row past a page that cannot be read: its rows are reported, those behind it are not lost."""
        rows = []
        last = min(seq + limit, top, max(self._end(), seq))
        for one in range(seq + 1, last + 1):
            try:
                found = self._connection.execute(_ONE, (one,)).fetchone()
            except sqlite3.DatabaseError:
                self._damaged(one)
                continue
            if found is not None:
                rows.append(Row(*found))
        return rows, last

    def _events_among_all(self, seq: int, limit: int) -> list[Entry]:
        """Where the index of events cannot be read: the slow way, past everything else."""
        found: list[Entry] = []
        while len(found) < limit and (entries := self.read_after(seq, limit)):
            found += [entry for entry in entries if isinstance(entry.record, Event)]
            seq = entries[-1].seq
        return found[:limit]

    def _entries(self, rows: list[Row]) -> list[Entry]:
        return [entry for row in rows if (entry := self._entry(row)) is not None]

    def _entry(self, row: Row) -> Entry | None:
        entry = entry_of(row, self._dictionaries, self._boots.settled)
        if entry is None:
            self._damaged(row.seq)
        return entry
