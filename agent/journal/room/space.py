"""The journal's room on the card: pruning within its budget, and what to do when the disk is full.

It lives in the writer's thread and uses the writer's connection, between commits.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.journal.file.database import primary_code, read_id
from agent.journal.rescue.aside import remove_older
from agent.journal.room.card import Wear, written_bytes, years
from agent.journal.room.losses import Losses, loss_id
from agent.journal.room.prune import Pruner, Task, given_up_in_all
from agent.journal.room.retention import MB, Floors, Pages, lowest, next_cut
from agent.journal.room.watch import DiskWatch, WalWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import FilteringBoundLogger

    from agent.clock import Clock
    from agent.journal.journal import Journal
    from agent.journal.room.retention import Has, Limits
    from agent.model import Event, Instant

    Kept = Callable[[], Has]

_LOOK_S = 60.0
# On a disk that others have filled the file does not grow: so many of its pages are kept free for reuse.
_SPARE_PAGES = 256
# From here on undelivered records go on such a disk: else the memory would overflow, and lose newer ones.
_HALF_FULL = 0.5
# A commit takes a page for eight records, or more for events; when that was not enough, twice as much, and so
# on. On a disk that others have filled no more than this helps: something else must be in the way.
_RECORDS_A_PAGE = 8
_MOST_STRAIN = 8


class Space:
    """Keeps one journal within its limits: `attach` after opening, `housekeep` after each good commit."""

    def __init__(
        self, journal: Journal, limits: Limits, kept: Kept, clock: Clock, log: FilteringBoundLogger
    ) -> None:
        self._journal = journal
        self._limits = limits
        self._kept = kept
        self._clock = clock
        self._log = log
        self._complaint = ""
        self._identity = ""
        self._disk = DiskWatch(journal.path, limits.reserve_bytes, log)
        self._wal = WalWatch(journal.path, limits.reserve_bytes, log)
        self._wear = Wear()
        self._pages = Pages(0, 0, 0)
        self._page_bytes = 0
        self._given_up = 0
        self._pruning = False
        self._is_held = False
        self._strain = 1
        self._look_s = 0.0

    def attach(self, connection: sqlite3.Connection, open_events: tuple[Event, ...]) -> None:
        """Take a newly opened journal; nothing is written to it yet. Raises sqlite3.Error."""
        (self._page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        self._limit = self._limits.pages(self._page_bytes)
        self._connection = connection
        self._pruner = Pruner(connection)
        self._given_up = given_up_in_all(connection)
        self._pages = self._count_pages()
        self._pruning, self._look_s = False, 0.0
        self._follow_losses(read_id(connection), open_events)

    def _follow_losses(self, identity: str, open_events: tuple[Event, ...]) -> None:
        """A file that is only opened again, after an error of the disk, brings no news."""
        if identity != self._identity:
            self._identity = identity
            self._losses = Losses(self._pruner, sinks=bool(self._kept().data))
            self._journal.append(self._losses.end_of_last_run(open_events, self._clock.now()))
        else:
            self._losses.go_on(self._pruner)

    def housekeep(self, now: Instant) -> float:
        """Prune a little if need be. Returns the seconds until it is wanted again. Raises DatabaseError."""
        self._strain = 1
        try:
            return self._housekeep(now)
        except sqlite3.OperationalError as error:
            # Nothing is lost by it: pruning is tried again, and a commit that fails tells of the disk.
            self._complain(str(error))
            return _LOOK_S

    def make_room(self, error: sqlite3.Error, records: int, now: Instant) -> bool:
        """A commit of so many records failed: if the disk is full, free something. True: try once more."""
        if primary_code(error) != sqlite3.SQLITE_FULL and not self._disk.is_full():
            return False
        try:
            return self._has_room_again(now) or self._make_room(records, now.mono_ns / NS)
        except (sqlite3.Error, OSError):
            return False

    def make_room_to_open(self) -> bool:
        """The file cannot even be opened: when the disk is full, free something. True: try again at once."""
        return self._disk.is_full() and self._disk.throw_off()

    def throw_off(self) -> bool:
        """Some of the ballast, for a file that is to replace a damaged one. False when there was none."""
        return self._disk.throw_off()

    def status(self) -> dict[str, object]:
        """What a person would ask about room and wear. Called from other threads."""
        free, a_day = self._disk.free, self._wear.bytes_per_day
        life = None if a_day is None else years(a_day, self._limits.card_tb)
        return {
            "taken_mb": _mb(self._taken_bytes()),
            "used_mb": _mb(self._pages.used * self._page_bytes),
            "wal_mb": _mb(self._wal.size_bytes),
            "max_mb": self._limits.max_mb,
            "given_up": self._given_up,
            "disk_free_mb": None if free is None else _mb(free.free),
            "disk_low": self._disk.is_low,
            "ballast": self._disk.ballast_bytes > 0,
            "written_mb_per_day": None if a_day is None else _mb(a_day),
            "card_tb": self._limits.card_tb,
            "card_years": None if life is None else round(life, 1),
        }

    def numbers(self) -> dict[str, float]:
        """What the heartbeat tells of it."""
        numbers = {
            "journal_mb": self._taken_bytes() / MB,
            "given_up_n": float(self._given_up),
        }
        if self._wear.bytes_per_day is not None:
            numbers["card_mb_per_day"] = self._wear.bytes_per_day / MB
        return numbers

    def _housekeep(self, now: Instant) -> float:
        now_s = now.mono_ns / NS
        self._losses.forget_ended()
        if now_s >= self._look_s:
            self._look_s = now_s + _LOOK_S
            self._look(now)
        self._pages = self._count_pages()
        self._pruning = self._pages.crowded(pruning=self._pruning)
        spare = self._disk.is_low and self._pages.free < _SPARE_PAGES
        if (self._pruning or spare) and self._prune(now_s, give_up=self._pruning):
            return 0.0
        self._complaint = ""
        return self._look_s - now_s

    def _look(self, now: Instant) -> None:
        """Once a minute: disk, WAL, wear, and whether a loss is over."""
        at = self._clock.now()
        events = self._disk.look(at)
        if self._disk.ballast_bytes == 0 and self._disk.has_less_than(self._limits.reserve_bytes):
            self._hold_size()
        else:
            self._let_grow(to=self._limit)
        events += self._wal.look(self._connection, at)
        events += self._losses.look(now.mono_ns / NS, at, lowest(self._kept().data))
        self._wear.look(now, written_bytes())
        if events:
            self._journal.append(events)

    def _has_room_again(self, now: Instant) -> bool:
        """The file was not to grow, and whoever had filled the disk is gone.

        Nobody else would see it: housekeeping waits for a commit, and a commit for pages.
        """
        if not self._is_held:
            return False
        self._look(now)
        return not self._is_held

    def _make_room(self, records: int, now_s: float) -> bool:
        pages = self._count_pages()
        wanted = min(64 + records // _RECORDS_A_PAGE, pages.total // 4) * self._strain
        within_budget = pages.available >= wanted
        if within_budget and self._disk.throw_off():
            self._empty_wal()
            if not self._disk.ballast_bytes:
                self._hold_size()
            self._look_s = 0.0  # tell of it
            return True
        give_up = not within_budget or self._journal.fullness() > _HALF_FULL
        if give_up and within_budget and remove_older(self._journal.path):
            self._let_grow(to=self._limit)
            return True
        pruned = False
        while self._count_pages().free < wanted and self._prune(now_s, give_up=give_up):
            pruned = True
        if pruned and (not within_budget or self._strain < _MOST_STRAIN):
            self._strain *= 2
        return pruned

    def _hold_size(self) -> None:
        """Let the file grow no more: what the WAL holds and the disk has no room for could not leave it."""
        self._empty_wal()
        self._let_grow(to=self._journal.path.stat().st_size // self._page_bytes)

    def _empty_wal(self) -> None:
        with suppress(sqlite3.OperationalError):  # it may be full again by now
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _let_grow(self, to: int) -> None:
        """SQLite takes the present size for the least."""
        self._is_held = to < self._limit
        self._connection.execute(f"PRAGMA max_page_count={to}").fetchall()

    def _prune(self, now_s: float, *, give_up: bool) -> bool:
        """One stroke. False when nothing may go."""
        has = self._kept()
        delivered = Floors(lowest(has.data), lowest(has.events))
        cut = next_cut(self._pruner.gone, delivered, self._journal.head, give_up=give_up)
        if cut is None:
            return False
        at = self._clock.now()
        task = Task(cut, getattr(has, cut.of), self._journal.head, loss_id(at))
        given_up = self._pruner.prune(task)
        if given_up:
            self._given_up += given_up
            self._journal.append(self._losses.grown(now_s, at))
        return True

    def _taken_bytes(self) -> int:
        """What file, WAL and ballast take of the disk."""
        return self._pages.total * self._page_bytes + self._wal.size_bytes + self._disk.ballast_bytes

    def _complain(self, error: str) -> None:
        if error != self._complaint:
            self._log.warning("old records could not be pruned", error=error)
        self._complaint = error

    def _count_pages(self) -> Pages:
        """As of the last commit. Raises sqlite3.Error."""
        (total,) = self._connection.execute("PRAGMA page_count").fetchone()
        (free,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        return Pages(total, free, self._limit)


def _mb(size_bytes: float) -> float:
    return round(size_bytes / MB, 2)
