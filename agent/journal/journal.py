"""The journal as the station's rooms see it: hand records in, read them back with a bookmark.

`append` returns at once; the writer's thread commits. What waits in between is bounded, and what does not fit
is counted and becomes an event of its own: a gap that nobody recorded would be worse than the gap.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agent.journal.reader import JournalReader
from agent.model import Event, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.model import Entry, Instant, Record

RING_RECORDS = 20_000


class Overflow:
    """What the ring could not hold since the last commit, for the event that tells of it."""

    def __init__(self, first: Instant) -> None:
        self.count = 0
        self.first = first
        self.last = first

    def and_then(self, later: Overflow | None) -> Overflow:
        """This loss and the one after it, as one."""
        if later is not None:
            self.count += later.count
            self.last = later.last
        return self

    def events(self) -> list[Event]:
        """A `gap` over the dropped span, over by the time that it can be told."""
        event = Event(
            id=f"station/gap/{self.first.wall_ns}",
            kind="gap",
            subject="station",
            phase="raised",
            severity=Severity.ORANGE,
            at=self.first,
            title=f"{self.count} records were lost before they reached the disk",
            text="The disk could not be written and the memory ring was full. Check the card and its space.",
        )
        return [event, event._replace(phase="cleared", at=self.last)]


class Work(NamedTuple):
    """What the writer has to commit: records in order, what was lost before them, bookmarks, parked rows."""

    waiting: list[Record]
    overflow: Overflow | None
    bookmarks: dict[str, int]
    parked: list[tuple[str, int, str]]

    @property
    def records(self) -> list[Record]:
        """What to insert."""
        return [*self.waiting, *(self.overflow.events() if self.overflow else [])]


class Journal:
    """The shared front of one journal file. Every method may be called from any thread."""

    def __init__(self, path: Path, ring_records: int = RING_RECORDS) -> None:
        self.path = path
        self.work = threading.Event()
        self.head = 0
        self._ring_records = ring_records
        self._lock = threading.Lock()
        self._ring: deque[Record] = deque()
        self._in_hand = 0
        self._overflow: Overflow | None = None
        self._bookmarks: dict[str, int] = {}
        self._moved: dict[str, int] = {}
        self._parked: list[tuple[str, int, str]] = []
        self._readers: list[threading.Event] = []

    def append(self, records: Sequence[Record]) -> None:
        """Hand records over for the next commit. Never blocks, never raises; see `Overflow`."""
        with self._lock:
            room = max(0, self._ring_records - self._in_hand - len(self._ring))
            self._ring.extend(records[:room])
            for lost in records[room:]:
                self._overflow = self._overflow or Overflow(lost.at)
                self._overflow.count += 1
                self._overflow.last = lost.at
        self.work.set()

    def bookmark(self, reader: str) -> int:
        """The last seq that `reader` is done with; 0 for a new one."""
        with self._lock:
            return self._bookmarks.get(reader, 0)

    def advance(self, reader: str, seq: int) -> None:
        """`reader` is done with everything up to `seq`. Reaches the disk with the next commit."""
        with self._lock:
            self._bookmarks[reader] = self._moved[reader] = seq

    def park(self, reader: str, seq: int, reason: str) -> None:
        """Note that a record cannot be delivered by `reader`. It stays in the journal."""
        with self._lock:
            self._parked.append((reader, seq, reason))
        self.work.set()

    def view(self) -> JournalView:
        """A reader's own view, to be used from one thread."""
        return JournalView(self)

    def notify(self, wake: threading.Event) -> None:
        """Set `wake` after every commit that added records."""
        self._readers.append(wake)

    def waiting(self) -> int:
        """Records handed over and not yet committed."""
        return self._in_hand + len(self._ring)

    def take(self) -> Work:
        """For the writer: everything that waits. Give it back with `give_back` if the commit fails."""
        with self._lock:
            work = Work(list(self._ring), self._overflow, self._moved, self._parked)
            # What is being committed still takes its room: it comes back when the commit fails.
            self._in_hand = len(self._ring)
            self._ring, self._overflow, self._moved, self._parked = deque(), None, {}, []
            return work

    def give_back(self, work: Work) -> None:
        """For the writer: the commit failed; what it took comes before what has come since."""
        with self._lock:
            self._in_hand = 0
            self._ring.extendleft(reversed(work.waiting))
            if work.overflow is not None:
                self._overflow = work.overflow.and_then(self._overflow)
            self._moved = {**work.bookmarks, **self._moved}
            self._parked = work.parked + self._parked

    def opened(self, head: int, bookmarks: dict[str, int]) -> None:
        """For the writer: what the file held when it was opened."""
        with self._lock:
            self.head = head
            self._bookmarks = dict(bookmarks)

    def committed(self, head: int) -> None:
        """For the writer: everything up to `head` is on the disk; wake the readers."""
        with self._lock:
            self.head, self._in_hand = head, 0
        for wake in self._readers:
            wake.set()


class JournalView:
    """The journal for one reader in one thread: pages of entries, its bookmark, its parked rows."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reader: JournalReader | None = None
        self._last_damaged = 0

    @property
    def head(self) -> int:
        """The last committed seq."""
        return self._journal.head

    def read_after(self, seq: int, limit: int) -> list[Entry]:
        """Up to `limit` committed entries after `seq`; a row with a wrong checksum is parked instead."""
        if self._reader is None:
            # Opened on first use, so that the connection belongs to the thread that reads.
            self._reader = JournalReader(self._journal.path, self._park_damaged, lambda: self.head)
        return self._reader.read_after(seq, limit)

    def bookmark(self, reader: str) -> int:
        """See `Journal.bookmark`."""
        return self._journal.bookmark(reader)

    def advance(self, reader: str, seq: int) -> None:
        """See `Journal.advance`."""
        self._journal.advance(reader, seq)

    def park(self, reader: str, seq: int, reason: str) -> None:
        """See `Journal.park`."""
        self._journal.park(reader, seq, reason)

    def close(self) -> None:
        """Let go of the file, in the thread that read."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _park_damaged(self, seq: int) -> None:
        if seq <= self._last_damaged:
            return  # seen before: at the end of the journal it is read again and again
        self._last_damaged = seq
        self._journal.park("journal", seq, "checksum does not match: the row was damaged on the card")
