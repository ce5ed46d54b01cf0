"""The journal's open file as its one writer sees it: what it holds, and commits.

A commit is one transaction: records, the places of readers, parked rows, which events are open.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from agent.journal.clocks.boots import Boots, Settled, keep_ends, keep_settled
from agent.journal.file import arrival_rows
from agent.journal.file.apart import Apart
from agent.journal.file.database import UnusableError, making_sense, open_writer, read_id
from agent.journal.file.names import Dictionaries
from agent.journal.file.row import COLUMNS, INSERT, Row, body_row, observation_row
from agent.journal.file.unwritable import UNWRITABLE, sifted
from agent.journal.journal import Held, Place, is_reader
from agent.journal.reader import entry_of, read_bookmarks, read_islands
from agent.journal.telling.arrivals import Arrivals, Look
from agent.model import Event, Instant, Judgement, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from agent.journal.clocks.timekeeping import TimeKeeper
    from agent.journal.clocks.times import Known
    from agent.journal.journal import Work
    from agent.model import Entry, Record

_BOOKMARK = "INSERT OR REPLACE INTO bookmark VALUES (?1, ?2, row_check(?1, ?2))"
_ISLAND = "INSERT OR REPLACE INTO island VALUES (?1, ?2, ?3, row_check(?1, ?2, ?3))"
_OPEN_EVENTS = f"SELECT {COLUMNS} FROM record WHERE seq IN (SELECT seq FROM open_event) ORDER BY seq"  # noqa: S608 - constants
_OPEN = "INSERT OR REPLACE INTO open_event VALUES (?, ?)"
# Places of readers are committed so long after the last record, when no record comes any more.
_PLACES_LATER_NS = 60 * 1_000_000_000


class LastRun(NamedTuple):
    """The end of the run before: when its last record was made, in which boot, and how it ended."""

    last: Instant
    boot: str
    stopped_cleanly: bool


class BootsOf(NamedTuple):
    """What a file knows of boots: their ids in order, where they began and ended, what their time is.

    `ends`: (boot id, first look, last look), of those that later times depend on; `settled`: by boot id.
    """

    ids: Sequence[str]
    ends: Sequence[tuple[str, Instant, Instant]]
    settled: Sequence[tuple[str, Known]]


class JournalFile:
    """An open journal. Raises sqlite3.Error, UnusableError from the beginning on."""

    def __init__(self, path: Path, keeper: TimeKeeper) -> None:
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self.connection = open_writer(path)
        try:
            found = path.stat()
            self._place = (found.st_dev, found.st_ino)
            self._sizes = (0, 0)
            with making_sense():
                self._names = Dictionaries(self.connection)
                self.held = self._read_held()
                self.last_run = self._read_last_run()
                self._arrivals = self._read_arrivals()
                keeper.open(self.connection, self._names)
        except BaseException:
            self.connection.close()
            raise
        self.identity, self.head = self.held.identity, self.held.head
        self.keeper = keeper
        self._apart = Apart()
        self._stored = dict(self.held.places)
        self._is_marked_stopped = True  # perhaps; the first commit takes it away

    def commit(self, work: Work, boot_id: str) -> int:
        """Make what waits durable, all of it or nothing. Returns the new head. Raises sqlite3.Error.

        Leaves out what no file can take, and tells so.
        """
        try:
            return self._commit(work, work.records, boot_id)
        except UNWRITABLE:
            records, told = sifted(work.records, self.keeper.now())
            if not told:
                raise
        return self._commit(work, [*records, *told], boot_id)

    def _commit(self, work: Work, records: Sequence[Record], boot_id: str) -> int:
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            if self._is_marked_stopped:
                # Not at open: a disk that takes nothing must not keep the station from starting.
                connection.execute("DELETE FROM meta WHERE key = 'stopped'")
            count = self._insert(records, self.head + 1, boot_id)
            self._put_places(work.places)
            self._put_parked(work)
            look = self._look(boot_id)
            arrivals = self._arrivals.due(look)
            arrival_rows.put(connection, arrivals)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has rolled back already
                connection.execute("ROLLBACK")
            self._names.reload()
            raise
        self.head += count
        if count:
            self.keeper.committed()
            self._apart.committed()
        self._stored.update(work.places)
        if look is not None and arrivals:
            self._arrivals.noted(arrivals, look)
        self._arrivals.seen(work.places, [row for row, reason in work.parked.items() if reason is None], look)
        self._is_marked_stopped = False
        return self.head

    def copy(self, entries: Sequence[Entry], still_open: Mapping[int, str]) -> None:
        """Take over what another file held, in this order, each with its own boot. Raises sqlite3.Error.

        `still_open`: by seq there, the ids of events that have not ended.
        """
        head = self.head
        with self._at_once():
            for boot_id, run in groupby(entries, key=lambda entry: entry.boot):
                boot = self._names.number("boot", (boot_id,))
                head += self._put([entry.record for entry in run], head + 1, boot)
            for seq, entry in enumerate(entries, start=self.head + 1):
                if isinstance(entry.record, Event) and still_open.get(entry.seq) == entry.record.id:
                    self.connection.execute(_OPEN, (entry.record.id, seq))
        self.head = head

    def empty_log(self) -> None:
        """Move all of it into the file. Raises sqlite3.Error, also when somebody hinders it."""
        (is_busy, _, _) = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise sqlite3.OperationalError("the log cannot be emptied, somebody reads it")

    def copy_boots(self, old: BootsOf) -> None:
        """Take over what another file knows of boots, before its records: their numbers tell their order."""
        with self._at_once():
            numbers = {boot_id: self._names.number("boot", (boot_id,)) for boot_id in old.ids}
            for boot_id, first, last in old.ends:
                keep_ends(self.connection, numbers[boot_id], first, last)
            for boot_id, known in old.settled:
                keep_settled(self.connection, numbers[boot_id], known)

    def is_gone(self) -> bool:
        """Whether somebody has removed or replaced it: nobody would find what is written. Raises OSError.

        Raises UnusableError when it has become shorter: SQLite goes on then as if nothing were missing.
        """
        try:
            found = self._path.stat()
            log = self._log.stat()
        except FileNotFoundError:
            return True
        if (found.st_dev, found.st_ino) != self._place:
            return True
        if found.st_size < self._sizes[0] or log.st_size < self._sizes[1]:
            raise UnusableError("it was cut short while it was in use", is_readable=True)
        return False

    def remember_sizes(self) -> None:
        """Between two steps nobody else makes its parts shorter. Raises OSError."""
        self._sizes = self._path.stat().st_size, self._log.stat().st_size

    def mark_stopped(self, boot_id: str) -> None:
        """On record: the station stopped because it was told to. Raises sqlite3.Error."""
        with self._at_once():
            arrival_rows.put(self.connection, self._arrivals.due(self._look(boot_id), at_once=True))
            self.connection.execute("INSERT OR REPLACE INTO meta VALUES ('stopped', 'cleanly')")

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """All of it or nothing, so that it can be tried again."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:  # a full disk has rolled back already
                self.connection.execute("ROLLBACK")
            self._names.reload()
            raise

    def _insert(self, records: Sequence[Record], first: int, boot_id: str) -> int:
        """Returns how many there are, with what follows from their times."""
        if not records:
            return 0
        boot = self._names.number("boot", (boot_id,))
        late = self.keeper.told_late
        own = first + (late is not None and late.boot_id != boot_id and records[0] is late.event)
        found = self.keeper.settle(self.connection, boot, own)
        return self._put(self._apart.spaced([*records, *found]), first, boot)

    def _put(self, records: Sequence[Record], first: int, boot: int) -> int:
        numbered = list(enumerate(records, start=first))
        self.connection.executemany(INSERT, [self._row(seq, boot, record) for seq, record in numbered])
        for seq, record in numbered:
            if isinstance(record, Event):
                self._follow(seq, record)
        return len(numbered)

    def _row(self, seq: int, boot: int, record: Record) -> Row:
        late = self.keeper.told_late
        if late is not None and record is late.event:
            boot = self._names.number("boot", (late.boot_id,))
        if not isinstance(record, Observation | Judgement):
            return body_row(seq, boot, record, self._names.seed(boot))
        about = record.observation if isinstance(record, Judgement) else record
        numbers = (
            self._names.number("channel", about.channel),
            self._names.number("calibration", about.calibration),
        )
        return observation_row(seq, boot, record, numbers, self._names.seed(boot, *numbers))

    def _follow(self, seq: int, event: Event) -> None:
        """Keep the list of events that have begun and not ended, each as it was last told."""
        if event.phase == "raised":
            self.connection.execute(_OPEN, (event.id, seq))
        elif event.phase in {"updated", "acknowledged"}:
            self.connection.execute("UPDATE open_event SET seq = ? WHERE id = ?", (seq, event.id))
        elif event.phase == "cleared":
            self.connection.execute("DELETE FROM open_event WHERE id = ?", (event.id,))

    def _look(self, boot_id: str) -> Look | None:
        """A look at the clocks; None in a boot that no record is of yet."""
        boot = self._names.known("boot", (boot_id,))
        return None if boot is None else Look(boot, self.keeper.now())

    def _put_places(self, places: dict[str, Place]) -> None:
        """Only what has changed: every page that is written wears the card."""
        for reader, place in places.items():
            stored = self._stored.get(reader)
            if stored is None or stored.seq != place.seq:
                self.connection.execute(_BOOKMARK, (reader, place.seq))
            if place.islands != (stored.islands if stored else ()):
                self.connection.execute("DELETE FROM island WHERE reader = ?", (reader,))
                ranges = [(reader, first, last) for first, last in place.islands]
                self.connection.executemany(_ISLAND, ranges)

    def _put_parked(self, work: Work) -> None:
        for (reader, seq), reason in work.parked.items():
            if reason is None:
                self.connection.execute("DELETE FROM parked WHERE reader = ? AND seq = ?", (reader, seq))
            else:
                self.connection.execute(
                    "INSERT OR REPLACE INTO parked VALUES (?, ?, ?)", (reader, seq, reason)
                )

    def _read_held(self) -> Held:
        (head,) = self.connection.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
        islands = read_islands(self.connection)
        bookmarks = read_bookmarks(self.connection)
        furthest = max((seq for reader, seq in bookmarks.items() if is_reader(reader)), default=0)
        if furthest > head:
            why = f"it ends at {head}, and {furthest} had been delivered: its last records are gone"
            raise UnusableError(why, is_readable=True)  # their numbers must not be given to others
        places = {
            name: Place(bookmarks.get(name, 0), islands.get(name, ())) for name in {*bookmarks, *islands}
        }
        return Held(read_id(self.connection), head, places, self._read_open_events())

    def _read_arrivals(self) -> Arrivals:
        """What a kill kept from being noted had arrived by the end of that run."""
        last = None
        boot = None if self.last_run is None else self._names.known("boot", (self.last_run.boot,))
        if self.last_run is not None and boot is not None:
            at, later_ns = self.last_run.last, _PLACES_LATER_NS
            last = Look(boot, at._replace(wall_ns=at.wall_ns + later_ns, mono_ns=at.mono_ns + later_ns))
        return Arrivals(self.held.places, arrival_rows.latest(self.connection), last)

    def _read_open_events(self) -> tuple[Event, ...]:
        rows = [Row(*row) for row in self.connection.execute(_OPEN_EVENTS).fetchall()]
        settled = Settled(self.connection)
        entries = [entry_of(row, self._names, settled) for row in rows]
        return tuple(entry.record for entry in entries if entry and isinstance(entry.record, Event))

    def _read_last_run(self) -> LastRun | None:
        """None in an empty journal."""
        last = Boots(self.connection, self._names).last_look()
        if last is None:
            return None
        clean = self.connection.execute("SELECT 1 FROM meta WHERE key = 'stopped'").fetchone() is not None
        return LastRun(*last, clean)
