"""The reader of the journal that keeps the account, and writes that of each day when it is over.

    journal ─▶ account ─▶ one Completeness record per UTC day ─▶ journal ─▶ sinks, like everything else

Its bookmark stands before the oldest day without an account, so that a restart counts that day anew. It moves
only when the account has been read back from the journal; one that is not there when nothing waits to be
written any more was lost in a full memory, and is written again. So no day is without, and none has two.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from agent.ledger.account import Account
from agent.ledger.books import Books
from agent.ledger.days import DAY_NS, day_named, day_of, name_of
from agent.ledger.gaps import merged
from agent.ledger.lacking import lacking
from agent.model import Completeness, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.journal.journal import Journal
    from agent.model import Entry, Instant, Record, Tally

READER = ":ledger"  # no sink has a colon in its name
_PAGE = 500
_PAGES = 10  # in one step: the rest of a long backlog in the next
_SOON_S, _OPEN_S = 0.05, 5.0
_LOOK_S = 15.0
_REMEMBERED = 500
_DAYS = 16


class Ledger:
    """Keeps the account. `status` may be asked from any thread."""

    name = "ledger"

    def __init__(
        self, journal: Journal, periods_s: Mapping[str, float], append: Callable[[Sequence[Record]], None]
    ) -> None:
        self.wake = threading.Event()
        self._journal = journal
        self._view = journal.view()
        self._append = append
        self._lock = threading.Lock()
        self._account = Account(Books(periods_s, _REMEMBERED))
        self._yesterday: Completeness | None = None
        self._begins: dict[int, int] = {}  # from which seq on each day can be counted
        self._unread: dict[int, Completeness] = {}  # accounts handed over and not read back yet, by day
        self._looked: Instant | None = None
        self._seq = -1
        self._ahead = 0  # up to there accounts have been looked for, whether or not their time is known

    def step(self, now: Instant) -> float:
        """Count what has been committed; when a day is over, write its account."""
        self._looked = now
        if not self._journal.is_open:
            return _OPEN_S
        if self._seq < 0:
            self._begin()
        # Asked before reading: what had been handed over is then on the disk, or lost.
        nothing_waits = self._journal.waiting() == 0
        if not (self._read() and self._look_ahead()):
            return _SOON_S
        self._write(now, again=nothing_waits)
        return _LOOK_S

    def status(self) -> Mapping[str, object]:
        """Today so far and yesterday, by channel; and what went missing in the last 24 hours.

        Nothing of it, but `waits_for_clock`, while the time of the newest records is not known.
        """
        with self._lock:
            account, yesterday, looked = self._account.copy(), self._yesterday, self._looked
        waits = self._journal.settled < self._journal.head
        if waits or looked is None or not account.now_ns:
            return {"today": None, "yesterday": None, "missing": [], "waits_for_clock": waits}
        account.so_far()
        # What nobody has told the time settles with what its clock says, which need not be what it says now.
        now_ns = account.now_ns if looked.trust is Trust.NONE else looked.wall_ns
        today = day_of(now_ns)
        before = account.tallies(today - 1)
        if yesterday is not None and yesterday.day == name_of(today - 1):
            before = dict(yesterday.channels)
        missing = [gap.as_json() for gap in merged(account.stretches()) if gap.last_ns >= now_ns - DAY_NS]
        return {
            "today": _as_json(today, account.tallies(today)),
            "yesterday": _as_json(today - 1, before),
            "missing": missing,
            "waits_for_clock": False,
        }

    def close(self) -> None:
        """Let go of the journal."""
        self._view.close()

    def _begin(self) -> None:
        """Go on where the last account ended."""
        self._seq = self._ahead = self._view.bookmark(READER)

    def _read(self) -> bool:
        """Count the next pages. Returns whether everything has been counted whose time is known."""
        for _ in range(_PAGES):
            entries = self._view.read_after(self._seq, _PAGE, self._view.settled)
            if not entries:
                return True
            lacks = lacking(self._view, self._seq or entries[0].seq - 1, entries)
            with self._lock:
                for entry in entries:
                    if entry.seq in lacks:
                        self._account.lacks(entry, lacks[entry.seq])
                    self._take(entry)
        return False

    def _look_ahead(self) -> bool:
        """Find accounts whose own time is not known yet. Returns whether all have been looked through."""
        self._ahead = max(self._ahead, self._seq)
        for _ in range(_PAGES):
            entries = self._view.read_after(self._ahead, _PAGE, self._view.head)
            if not entries:
                return True
            self._ahead = entries[-1].seq
            with self._lock:
                for entry in entries:
                    if isinstance(entry.record, Completeness):
                        self._close(entry.record)
        return False

    def _take(self, entry: Entry) -> None:
        # What is missing since midnight is counted from the observations before it.
        before, first_day = self._account.oldest_seq() or entry.seq, self._account.first_day
        self._account.take(entry)
        self._seq = entry.seq
        if self._account.first_day < first_day:
            self._count_anew(day_of(entry.time.wall_ns))
        self._begins.setdefault(day_of(entry.time.wall_ns), before)
        if isinstance(entry.record, Completeness) and self._close(entry.record):
            self._is_on_disk(entry.record, entry.seq)

    def _count_anew(self, today: int) -> None:
        """The clock came back: days that were not over have an account, and get another."""
        self._begins = {day: first for day, first in self._begins.items() if day <= today}
        first_day = self._next_day() or today
        self._unread = {day: account for day, account in self._unread.items() if day < first_day}
        self._yesterday = None
        if first_day in self._begins:
            self._view.advance(READER, min(self._begins[first_day] - 1, self._view.bookmark(READER)))

    def _is_on_disk(self, account: Completeness, seq: int) -> None:
        """A day is done with: the bookmark may move to the day after it."""
        day = day_named(account.day)
        self._yesterday = account
        open_days = min((first for each, first in self._begins.items() if each > day), default=seq)
        # A channel that has not been heard of since must be found again after a restart.
        oldest = min(open_days, self._account.oldest_seq() or seq)
        reached = max(oldest, self._begins.get(day, 0)) - 1
        if reached > self._view.bookmark(READER):
            self._view.advance(READER, reached)
        # Days before it may come again, when the clock is set back.
        self._begins = dict([*self._begins.items()][-_DAYS:])

    def _close(self, account: Completeness) -> bool:
        """A day has its account in the file. False when a wrong clock wrote it, before the day was over."""
        day = day_named(account.day)
        self._unread.pop(day, None)
        if not self._account.is_over(day):
            return False
        self._account.close(day)
        return True

    def _write(self, now: Instant, *, again: bool) -> None:
        """The accounts of all days that are over and have none; `again` those that got lost on their way."""
        due = list(self._unread) if again else []
        while (day := self._next_day()) is not None and self._account.is_over(day):
            with self._lock:
                channels = self._account.finish(day)
                if channels:
                    self._yesterday = self._unread[day] = Completeness(now, name_of(day), channels)
                    due.append(day)
        if due:
            self._append([self._unread[day]._replace(at=now) for day in due])

    def _next_day(self) -> int | None:
        """The oldest day without an account."""
        days = self._account.days()
        return self._account.first_day or (days[0] if days else None)


def _as_json(day: int, tallies: Mapping[str, Tally]) -> dict[str, object]:
    return {"day": name_of(day), "channels": {name: tally._asdict() for name, tally in tallies.items()}}
