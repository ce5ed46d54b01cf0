"""The reader of the journal that keeps the account, and writes that of each day when it is over.

    journal ─▶ account ─▶ one Completeness record per UTC day ─▶ journal ─▶ sinks, like everything else

Its bookmark stands before the oldest day without an account, so that a restart counts that day anew. It moves
only when the account has been read back from the journal: a crash costs no day, and writes none twice.
"""

from __future__ import annotations

import copy
import threading
from typing import TYPE_CHECKING

from agent.ledger.account import Account
from agent.ledger.days import DAY_NS, day_named, day_of, name_of
from agent.ledger.gaps import merged
from agent.ledger.lacking import reason_of
from agent.model import Completeness

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
        self._account = Account(periods_s, _REMEMBERED)
        self._yesterday: Completeness | None = None
        self._begins: dict[int, int] = {}  # from which seq on each day can be counted
        self._seq = -1
        self._head_at_start = 0
        self._has_looked_ahead = False

    def step(self, now: Instant) -> float:
        """Count what has been committed; when a day is over, write its account."""
        if not self._journal.is_open:
            return _OPEN_S
        if self._seq < 0:
            self._begin()
        if not self._read():
            return _SOON_S
        self._write(now)
        return _LOOK_S

    def status(self) -> Mapping[str, object]:
        """Today so far and yesterday, by channel; and what went missing in the last 24 hours."""
        with self._lock:
            account = copy.deepcopy(self._account)
            yesterday = self._yesterday
        if not account.now_ns:
            return {"today": None, "yesterday": None, "missing": []}
        account.so_far()
        today = day_of(account.now_ns)
        since_ns = account.now_ns - DAY_NS
        before = account.tallies(today - 1)
        if yesterday is not None and yesterday.day == name_of(today - 1):
            before = dict(yesterday.channels)
        return {
            "today": _as_json(today, account.tallies(today)),
            "yesterday": _as_json(today - 1, before),
            "missing": [gap.as_json() for gap in merged(account.stretches()) if gap.last_ns >= since_ns],
        }

    def close(self) -> None:
        """Let go of the journal."""
        self._view.close()

    def _begin(self) -> None:
        """Go on where the last account ended."""
        self._seq = self._view.bookmark(READER)
        self._head_at_start = self._view.head

    def _read(self) -> bool:
        """Count the next pages. Returns whether everything has been counted whose time is known."""
        for _ in range(_PAGES):
            entries = self._view.read_after(self._seq, _PAGE, self._view.settled)
            with self._lock:
                for entry in entries:
                    self._take(entry)
            if len(entries) < _PAGE:
                return True
        return False

    def _take(self, entry: Entry) -> None:
        if self._seq and entry.seq > self._seq + 1:
            reason = reason_of(self._view, self._seq + 1, entry.seq - 1)
            self._account.lacks(entry.seq, reason)
        # What is missing since midnight is counted from the observations before it.
        before = self._account.oldest_seq() or entry.seq
        self._account.take(entry)
        self._seq = entry.seq
        self._begins.setdefault(day_of(entry.time.wall_ns), before)
        if isinstance(entry.record, Completeness):
            self._is_on_disk(entry.record, entry.seq)

    def _is_on_disk(self, account: Completeness, seq: int) -> None:
        """A day is done with: the bookmark may move to the day after it."""
        day = day_named(account.day)
        self._account.close(day)
        self._yesterday = account
        # A channel that has not been heard of since must be found again after a restart.
        oldest = min(self._begins.get(day + 1, seq), self._account.oldest_seq() or seq)
        reached = max(oldest, self._begins.get(day, 0)) - 1
        if reached > self._view.bookmark(READER):
            self._view.advance(READER, reached)
        self._begins = {each: first for each, first in self._begins.items() if each >= day}

    def _write(self, now: Instant) -> None:
        """The accounts of all days that are over and have none."""
        self._look_ahead()
        while (day := self._next_day()) is not None and self._account.is_over(day):
            with self._lock:
                channels = self._account.finish(day)
                if channels:
                    self._yesterday = Completeness(now, name_of(day), channels)
            if channels:
                self._append([Completeness(now, name_of(day), channels)])

    def _look_ahead(self) -> None:
        """Once: accounts that the last run wrote in a boot whose clock is not known yet."""
        seq, head = self._seq, 0 if self._has_looked_ahead else self._head_at_start
        self._has_looked_ahead = True
        while seq < head and (entries := self._view.read_after(seq, _PAGE, head)):
            seq = entries[-1].seq
            with self._lock:
                for entry in entries:
                    if isinstance(entry.record, Completeness):
                        self._account.close(day_named(entry.record.day))

    def _next_day(self) -> int | None:
        """The oldest day without an account."""
        days = self._account.days()
        return self._account.first_day or (days[0] if days else None)


def _as_json(day: int, tallies: Mapping[str, Tally]) -> dict[str, object]:
    return {"day": name_of(day), "channels": {name: tally._asdict() for name, tally in tallies.items()}}
