"""The one thread that writes: it takes what waits and commits it, as one transaction with the bookmarks.

What several buses hand over while a commit is on its way shares the next one, so a slow card makes commits
larger, not later ones longer.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.journal.database import open_writer, read_id, set_aside
from agent.journal.names import Dictionaries
from agent.journal.row import INSERT, Names, Row, body_row, observation_row
from agent.model import Event, Instant, Observation, Severity, Trust

if TYPE_CHECKING:
    import threading

    import structlog

    from agent.clock import Clock
    from agent.journal.journal import Journal, Work
    from agent.model import Record

# Bookmarks ride along with records; on an idle station they get a commit of their own, this late. Losing
# the last minute of them costs duplicates, while a commit per acknowledgement would wear the card.
_BOOKMARKS_AFTER_S = 60.0
_RETRY_S = (1.0, 30.0)


class JournalWriter:
    """Owns the writing connection of a journal: `open`, then `step` by step, then `close`."""

    name = "journal"

    def __init__(self, journal: Journal, clock: Clock, log: structlog.typing.FilteringBoundLogger) -> None:
        self.journal_id = ""
        self.commits = 0
        self._journal = journal
        self._clock = clock
        self._log = log
        self._connection: sqlite3.Connection | None = None
        self._boot = 0
        self._retry_s = 0.0
        self._not_before_s = 0.0
        self._error = ""
        self._bookmarked_s = 0.0

    @property
    def wake(self) -> threading.Event:
        """Set by `Journal.append`."""
        return self._journal.work

    def open(self, now: Instant) -> None:
        """Open the file, or set a broken one aside and begin anew. Raises OSError, OperationalError."""
        self._journal.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connect()
        except sqlite3.OperationalError:
            raise  # permission, disk full, locked: the file itself may be fine
        except sqlite3.DatabaseError as error:
            self._begin_anew(str(error), now)
        else:
            if self._last is not None:
                self._journal.append(_not_running(self._last, now, clean=self._stopped_cleanly))
        self._log.info(
            "journal open", path=str(self._journal.path), journal=self.journal_id, head=self._journal.head
        )

    def step(self, now: Instant) -> float:
        """Commit what waits. Returns the seconds until it wants to be called again."""
        if (wait_s := self._not_before_s - now.mono_ns / NS) > 0:
            return wait_s
        work = self._journal.take()
        if not work.records and not work.parked and not self._bookmarks_due(work, now):
            self._journal.give_back(work)
            return _BOOKMARKS_AFTER_S
        try:
            head = self._commit(work)
        except sqlite3.Error as error:
            self._journal.give_back(work)
            return self._failed(error, now)
        self._succeeded(now)
        if work.records:
            self._journal.committed(head)
        return _BOOKMARKS_AFTER_S

    def status(self) -> dict[str, object]:
        """Path, id, head, what waits, and the last error if the disk says no."""
        return {
            "path": str(self._journal.path),
            "journal": self.journal_id,
            "head": self._journal.head,
            "commits": self.commits,
            "waiting": self._journal.waiting(),
            "error": self._error,
        }

    def close(self) -> None:
        """Commit what is left, bookmarks included, and close the file."""
        if self._connection is None:
            return
        work = self._journal.take()
        try:
            head = self._commit(work)
            self._journal.committed(head)
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('stopped', 'cleanly')")
        except sqlite3.Error as error:
            self._log.error("last commit failed", error=str(error), lost=len(work.records))
        self._connection.close()
        self._connection = None

    def _connect(self) -> None:
        self._connection = open_writer(self._journal.path)
        try:
            self.journal_id = read_id(self._connection)
            self._names = Dictionaries(self._connection)
            (head,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
            bookmarks = dict(self._connection.execute("SELECT reader, seq FROM bookmark"))
            self._last, self._stopped_cleanly = _end_of_last_run(self._connection)
        except BaseException:
            self._connection.close()
            raise
        self._journal.opened(head, bookmarks)

    def _begin_anew(self, reason: str, now: Instant) -> None:
        aside = set_aside(self._journal.path)
        self._connect()
        self._log.error("journal unusable, set aside; a new one begins", reason=reason, aside=str(aside))
        event = _set_aside_event(aside.name, reason, now)
        self._journal.append([event, event._replace(phase="cleared")])

    def _commit(self, work: Work) -> int:
        connection = self._connection
        assert connection is not None
        connection.execute("BEGIN IMMEDIATE")
        try:
            if self.commits == 0:
                # Not at open: a disk that takes nothing must not keep the station from starting.
                connection.execute("DELETE FROM meta WHERE key = 'stopped'")
            head = self._insert(connection, work.records)
            connection.executemany(
                "INSERT INTO bookmark VALUES (?, ?) ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq",
                work.bookmarks.items(),
            )
            connection.executemany("INSERT OR IGNORE INTO parked VALUES (?, ?, ?)", work.parked)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has rolled back already
                connection.execute("ROLLBACK")
            self._names.reload()
            raise
        self.commits += 1
        return head

    def _insert(self, connection: sqlite3.Connection, records: list[Record]) -> int:
        head = self._journal.head
        if records:
            boot = self._names.number("boot", (self._clock.boot_id,))
            rows = [self._row(head + n, boot, record) for n, record in enumerate(records, start=1)]
            connection.executemany(INSERT, rows)
        return head + len(records)

    def _row(self, seq: int, boot: int, record: Record) -> Row:
        if isinstance(record, Observation):
            numbers = (
                self._names.number("channel", record.channel),
                self._names.number("calibration", record.calibration),
            )
            found = self._names.names(boot, *numbers)
            assert found is not None
            return observation_row(seq, boot, record, numbers, found[1])
        return body_row(seq, boot, record, Names(self._clock.boot_id, None, None).seed())

    def _bookmarks_due(self, work: Work, now: Instant) -> bool:
        return bool(work.bookmarks) and now.mono_ns / NS - self._bookmarked_s >= _BOOKMARKS_AFTER_S

    def _succeeded(self, now: Instant) -> None:
        self._bookmarked_s = now.mono_ns / NS
        if self._error:
            self._log.info("journal writes again", after=self._error)
        self._error, self._retry_s = "", 0.0

    def _failed(self, error: sqlite3.Error, now: Instant) -> float:
        if not self._error:
            self._log.error("journal cannot be written, records wait in memory", error=str(error))
        self._error = str(error)
        low, high = _RETRY_S
        self._retry_s = min(high, max(low, self._retry_s * 2))
        self._not_before_s = now.mono_ns / NS + self._retry_s
        return self._retry_s


def _end_of_last_run(connection: sqlite3.Connection) -> tuple[Instant | None, bool]:
    """When the last record was made, None in an empty journal; and whether a clean stop followed."""
    row = connection.execute(
        "SELECT wall_ns, mono_ns, trust FROM record ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    clean = connection.execute("SELECT 1 FROM meta WHERE key = 'stopped'").fetchone() is not None
    return (None if row is None else Instant(row[0], row[1], Trust(row[2]))), clean


def _not_running(last: Instant, now: Instant, *, clean: bool) -> list[Event]:
    """The time without a station is on record: from the last record to now."""
    how = "It had been stopped." if clean else "It ended without a stop: power cut, kill or crash."
    event = Event(
        id=f"station/gap/{last.wall_ns}",
        kind="gap",
        subject="station",
        phase="raised",
        severity=Severity.INFO if clean else Severity.BLUE,
        at=last._replace(mono_ns=now.mono_ns),  # that boot's monotonic clock is gone
        title="the station did not run",
        text=f"{how} No instrument was read between these two events.",
    )
    return [event, event._replace(phase="cleared", at=now)]


def _set_aside_event(name: str, reason: str, now: Instant) -> Event:
    return Event(
        id=f"station/journal_set_aside/{now.wall_ns}",
        kind="journal_set_aside",
        subject="station",
        phase="raised",
        severity=Severity.ORANGE,
        at=now,
        title=f"the journal could not be used and was set aside as {name}",
        text=f"{reason}. Sampling goes on in a new journal; keep the old file, it may hold unsent data.",
    )
