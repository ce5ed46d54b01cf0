"""The one thread that writes: it takes what waits and commits it, as one transaction with the bookmarks.

What several buses hand over while a commit is on its way shares the next one, so a slow card makes commits
larger, not later ones longer.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.journal.aside import set_aside, set_aside_event
from agent.journal.database import UnusableError
from agent.journal.file import JournalFile
from agent.journal.runs import not_running
from agent.journal.timekeeping import TimeKeeper

if TYPE_CHECKING:
    import threading

    import structlog

    from agent.clock import Clock
    from agent.journal.journal import Journal, Work
    from agent.model import Instant

# Bookmarks ride along with records; on an idle station they get a commit of their own, this late. Losing
# the last minute of them costs duplicates, while a commit per acknowledgement would wear the card.
_BOOKMARKS_AFTER_S = 60.0
_RETRY_S = (1.0, 30.0)


class JournalWriter:
    """Owns the writing connection of a journal: `open`, then `step` by step, then `close`."""

    name = "journal"

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        log: structlog.typing.FilteringBoundLogger,
        *,
        clock_wait_h: float = 24.0,
    ) -> None:
        self.commits = 0
        self._journal = journal
        self._clock = clock
        self._log = log
        self._keeper = TimeKeeper(clock, clock_wait_h)
        self.file: JournalFile | None = None
        self._retry_s = 0.0
        self._not_before_s = 0.0
        self._error = ""
        self._bookmarked_s = 0.0

    @property
    def wake(self) -> threading.Event:
        """Set by `Journal.append`."""
        return self._journal.work

    def open(self, now: Instant) -> None:
        """Open the file, or a new one instead of a broken one. What the disk refuses, `step` tries again."""
        try:
            self._journal.path.parent.mkdir(parents=True, exist_ok=True)
            self.file = self._opened(now)
        except (OSError, sqlite3.Error) as error:
            self._failed(error, now)
            return
        self._journal.unsettled_from = self._keeper.unsettled_from
        self._journal.opened(self.file.held)
        self._log.info(
            "journal open", path=str(self._journal.path), journal=self.file.identity, head=self.file.head
        )

    def step(self, now: Instant) -> float:
        """Commit what waits. Returns the seconds until it wants to be called again."""
        if (wait_s := self._not_before_s - now.mono_ns / NS) > 0:
            return wait_s
        if self.file is None:
            self.open(now)
        if self.file is None:
            return self._retry_s
        work = self._journal.take()
        if not work.records and not work.parked and not self._bookmarks_due(work, now):
            self._journal.give_back(work)
            return _BOOKMARKS_AFTER_S
        try:
            head = self._commit(self.file, work)
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
            "journal": self._journal.identity,
            "head": self._journal.head,
            "commits": self.commits,
            "waiting": self._journal.waiting(),
            "error": self._error,
        }

    def close(self) -> None:
        """Commit what is left, bookmarks included, and close the file."""
        if self.file is None:
            return
        work = self._journal.take()
        try:
            self._journal.committed(self._commit(self.file, work))
            self.file.mark_stopped()
        except sqlite3.Error as error:
            self._log.error("last commit failed", error=str(error), lost=len(work.records))
        self.file.close()
        self.file = None

    def _opened(self, now: Instant) -> JournalFile:
        try:
            file = JournalFile(self._journal.path, self._keeper)
        except sqlite3.OperationalError:
            raise  # permission, disk full, locked: the file itself may be fine
        except (sqlite3.DatabaseError, UnusableError) as error:
            return self._begin_anew(error, now)
        if file.last_run is not None and not self._journal.is_open:
            gap = not_running(file.last_run, now, self._clock.boot_id)
            file.of_last_run = gap[0]
            self._journal.append(gap)
        return file

    def _begin_anew(self, error: Exception, now: Instant) -> JournalFile:
        aside = set_aside(self._journal.path, getattr(error, "name", "corrupt"))
        self._log.error("journal unusable, set aside; a new one begins", reason=str(error), aside=str(aside))
        event = set_aside_event(aside.name, str(error), now)
        self._journal.append([event, event._replace(phase="cleared")])
        return JournalFile(self._journal.path, self._keeper)

    def _commit(self, file: JournalFile, work: Work) -> int:
        head = file.commit(work, self._clock.boot_id)
        self.commits += 1
        self._journal.unsettled_from = self._keeper.unsettled_from
        return head

    def _bookmarks_due(self, work: Work, now: Instant) -> bool:
        return bool(work.places) and now.mono_ns / NS - self._bookmarked_s >= _BOOKMARKS_AFTER_S

    def _succeeded(self, now: Instant) -> None:
        self._bookmarked_s = now.mono_ns / NS
        if self._error:
            self._log.info("journal writes again", after=self._error)
        self._error, self._retry_s = "", 0.0

    def _failed(self, error: Exception, now: Instant) -> float:
        if not self._error:
            self._log.error("journal cannot be written, records wait in memory", error=str(error))
        self._error = str(error)
        low, high = _RETRY_S
        self._retry_s = min(high, max(low, self._retry_s * 2))
        self._not_before_s = now.mono_ns / NS + self._retry_s
        return self._retry_s
