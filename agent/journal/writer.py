"""The one thread that writes: it takes what waits and commits it, as one transaction with the bookmarks.

    no file  --open--> file --commit--> file
       ^                 |--disk says no: what waits stays in memory, it is tried again
       |                 `--the file is damaged: opened once more, for it may have been a bad read
       `--new file <-- what can be saved of the old one <--and then: cannot be gone on with

What several buses hand over while a commit is on its way shares the next one, so a slow card makes commits
larger, not later ones longer.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.journal.clocks.runs import not_running
from agent.journal.clocks.timekeeping import TimeKeeper, ToldLate
from agent.journal.file.database import UnusableError, primary_code
from agent.journal.file.file import JournalFile
from agent.journal.rescue.aside import removed_event, set_aside_event
from agent.journal.rescue.mending import mend_log
from agent.journal.rescue.opening import opened
from agent.journal.rescue.salvage import Salvage
from agent.journal.rescue.soundness import is_damage
from agent.journal.room.retention import Has, Limits
from agent.journal.room.space import Space
from agent.journal.telling import parking
from agent.journal.telling.trouble import Trouble

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import structlog

    from agent.clock import Clock
    from agent.journal.journal import Journal, Work
    from agent.model import Event, Instant

# Bookmarks and parked rows ride along with records; on an idle station they get a commit of their own, this
# late. Losing the last minute of them costs duplicates, a commit per acknowledgement would wear the card.
_BOOKMARKS_AFTER_S = 60.0
# A file descriptor that has seen one of these may be of no use even when the disk is well again.
_OPEN_AGAIN = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


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
        space: Space | None = None,
        ends: Callable[[Sequence[Event], Instant], Sequence[Event]] = lambda _events, _now: (),
    ) -> None:
        """`ends`: of the events that the last run left open, the ends of those that nobody goes on with."""
        self.commits = 0
        self.wants_restart = False  # the file is another than the one that its readers know
        self.file: JournalFile | None = None
        self._journal = journal
        self._clock = clock
        self._log = log
        self._space = space or Space(journal, Limits(), lambda: Has((), ()), clock, log)
        self._keeper = TimeKeeper(clock, clock_wait_h)
        self._ends = ends
        self._trouble = Trouble()
        self._damage: Exception | None = None
        self._is_doubted = False
        self._salvage: Salvage | None = None
        self._saves_nothing = False
        self._bookmarked_s = 0.0
        self._began: Instant | None = None

    @property
    def wake(self) -> threading.Event:
        """Set by `Journal.append`."""
        return self._journal.work

    def open(self, now: Instant) -> None:
        """Open the file, or begin to replace a broken one. What the disk refuses, `step` tries again."""
        self._began = now
        while self.file is None and self._salvage is None and not self._trouble.error:
            try:
                self._open(now)
            except (OSError, sqlite3.Error, UnusableError) as error:
                self._failed(error, now)

    def step(self, now: Instant) -> float:
        """Commit what waits. Returns the seconds until it wants to be called again."""
        if (rest_s := self._trouble.rest_s(now)) > 0:
            return rest_s
        try:
            if self.file is None or self.file.is_gone():
                self._open(now)
            return 0.0 if self.file is None else self._write(self.file, now)
        except (OSError, sqlite3.Error, UnusableError) as error:
            return self._failed(error, now)

    def status(self) -> dict[str, object]:
        """Path, id, head, what waits, and the last error if the disk says no."""
        return {
            "path": str(self._journal.path),
            "open": self.file is not None,
            "journal": self._journal.identity,
            "head": self._journal.head,
            "commits": self.commits,
            "waiting": self._journal.waiting(),
            "error": self._trouble.error,
            "space": self._space.status(),
        }

    def numbers(self) -> dict[str, float]:
        """What the heartbeat tells: the journal's room and the wear of the card."""
        return self._space.numbers()

    def close(self) -> None:
        """Commit what is left, bookmarks included. A file that is not open is tried once more."""
        now = self._clock.now()
        try:
            if self.file is None:
                self._open(now)
            if self.file is not None:
                self._put(self.file, self._journal.take(), now)
                if self._journal.waiting():  # what was told about a disk that is well again
                    self._put(self.file, self._journal.take(), now)
                self.file.mark_stopped(self._clock.boot_id)
        except (OSError, sqlite3.Error, UnusableError) as error:
            self._log.error("the last commit failed", error=str(error), lost=self._journal.waiting())
        if self._salvage is not None:
            lost = self._journal.waiting()
            self._log.error("the station stops before a damaged journal is replaced", lost=lost)
            self._salvage.close()
        self._close_file()

    def _open(self, now: Instant) -> None:
        """Leaves `file` None while records are being saved from a damaged one."""
        path = self._journal.path
        self._close_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        if self._damage is not None:
            self._replace(self._damage, now)
            return
        if not self._journal.is_open:  # later on our own readers have the log open
            self._mend_log(path)
        file, is_whole = opened(path, self._make)
        if file.identity == self._journal.identity and file.head < self._journal.head:
            file.close()
            raise UnusableError("records that had been written are gone", is_readable=True)
        if self._journal.is_open and file.identity != self._journal.identity:
            self._journal.append(removed_event(now))
        if not is_whole:
            self._log.info("the journal is large: a part of it has not been checked")
        self._use(file, now)

    def _mend_log(self, path: Path) -> None:
        if flipped := mend_log(path):
            self._log.warning("flipped bits in the journal's log are turned back", count=flipped)

    def _replace(self, damage: Exception, now: Instant) -> None:
        """Go on saving what can be read; when all is saved the new file is the journal."""
        path = self._journal.path
        if self._salvage is None:
            self._log.error("the journal cannot be used, a new one begins", reason=str(damage))
            room = self._space.throw_off
            self._salvage = Salvage(path, self._make, damage, room, saves=not self._saves_nothing)
        if self._salvage.step():
            return
        aside = self._salvage.finish()
        event = set_aside_event(aside.name, str(damage), self._salvage, now)
        self._journal.append([event, event._replace(phase="cleared")])
        self._damage, self._salvage, self._saves_nothing = None, None, False
        self._use(self._make(path), now)

    def _make(self, path: Path) -> JournalFile:
        return JournalFile(path, self._keeper)

    def _use(self, file: JournalFile, now: Instant) -> None:
        try:
            self._space.attach(file.connection, file.held.open_events)
        except BaseException:
            file.close()
            raise
        self.file = file
        if not self._journal.is_open:
            self._take_up(file, now)
        self._journal.unsettled_from = self._keeper.unsettled_from
        self._journal.opened(file.held)
        self._log.info("journal open", path=str(self._journal.path), journal=file.identity, head=file.head)

    def _take_up(self, file: JournalFile, now: Instant) -> None:
        """The first file of this run: tell how the last one ended, and what ended with it."""
        if file.last_run is not None:
            gap = not_running(file.last_run, self._began or now, self._clock.boot_id)
            self._keeper.told_late = ToldLate(gap[0], file.last_run.boot)
            self._journal.put_first(gap)  # the rows of a boot lie together, however late the file is open
        self._journal.append(self._ends(file.held.open_events, now))

    def _close_file(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None

    def _write(self, file: JournalFile, now: Instant) -> float:
        self._commit_waiting(file, now)
        wait_s = self._space.housekeep(now)
        file.remember_sizes()
        return min(_BOOKMARKS_AFTER_S, wait_s)

    def _commit_waiting(self, file: JournalFile, now: Instant) -> None:
        work = self._journal.take()
        if not work.records and not self._bookmarks_due(work, now):
            self._journal.give_back(work)
        else:
            self._put(file, work, now)

    def _put(self, file: JournalFile, work: Work, now: Instant) -> None:
        """Make it durable, or give it back."""
        try:
            head = self._commit(file, work, now)
        except BaseException:
            self._journal.give_back(work)
            raise
        self._succeeded(now)
        if work.records or head > self._journal.head:
            self._journal.committed(head)

    def _commit(self, file: JournalFile, work: Work, now: Instant) -> int:
        """Tried again as long as room for it can be made."""
        while True:
            try:
                told = parking.found(file.connection, work.parked, now)
                head = file.commit(work._replace(told=told), self._clock.boot_id)
            except sqlite3.Error as error:
                if not self._space.make_room(error, len(work.records), now):
                    raise
            else:
                self.commits += 1
                self._journal.unsettled_from = self._keeper.unsettled_from
                return head

    def _bookmarks_due(self, work: Work, now: Instant) -> bool:
        has_any = bool(work.places or work.parked)
        is_time = work.is_urgent or now.mono_ns / NS - self._bookmarked_s >= _BOOKMARKS_AFTER_S
        return has_any and is_time

    def _succeeded(self, now: Instant) -> None:
        self._bookmarked_s = now.mono_ns / NS
        self._is_doubted = False
        if self._trouble.error:
            self._log.info("journal writes again", after=self._trouble.error)
        if events := self._trouble.over(now):
            self._journal.append(events)
        self.wants_restart = self._journal.has_changed

    def _failed(self, error: Exception, now: Instant) -> float:
        """Returns the seconds to wait: none where it is known what to do."""
        if self._salvage is not None:  # the new file cannot be written, it may be for its size
            is_full = primary_code(error) == sqlite3.SQLITE_FULL
            if (is_full and self._space.throw_off()) or self._salvage.cut_short():
                return 0.0
            self._salvage.close()
            self._salvage, self._saves_nothing = None, True
        elif is_damage(error) and self._damage is None:
            return self._doubt(error)
        if not self._trouble.error:
            self._log.error("journal cannot be written, records wait in memory", error=str(error))
        if primary_code(error) in _OPEN_AGAIN:
            self._close_file()
        if self.file is None and self._space.make_room_to_open():
            return 0.0
        return self._trouble.failed(error, now)

    def _doubt(self, error: Exception) -> float:
        """The file is damaged, or was read badly once: an open one is opened again before it is given up."""
        if self.file is None or self._is_doubted:
            self._damage = error
        else:
            self._log.error("the journal seems to be damaged, it is opened again", error=str(error))
        self._is_doubted = True
        self._close_file()
        return 0.0
