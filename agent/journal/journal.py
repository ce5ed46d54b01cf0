"""The journal as the station's rooms see it: hand records in, read them back with a bookmark.

`append` returns at once; the writer's thread commits. What waits in between is bounded, and what does not fit
is counted and becomes an event of its own: a gap that nobody recorded would be worse than the gap.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agent.journal.file.row import whole
from agent.journal.telling.overflow import Overflow
from agent.journal.view import JournalView
from agent.model import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from agent.model import Record

RING_RECORDS = 20_000
# An alert must not be lost for the readings that came before it.
_MORE_EVENTS = 1000


class Place(NamedTuple):
    """How far a reader has come: done with everything up to `seq`, and with the `islands` above it.

    An island is a range (first, last), both included.
    """

    seq: int = 0
    islands: tuple[tuple[int, int], ...] = ()


def is_reader(name: str) -> bool:
    """Whether somebody reads under this name. With more before a colon it is a note of that reader's.

    A note means something in one file only, and needs not be a place in it.
    """
    return ":" not in name[1:]


class Work(NamedTuple):
    """What the writer has to commit.

    `waiting`: records in order; `overflow`: what was lost after them; `places` of readers that moved;
    `parked`: (reader, seq) and the reason, None to take it off the list; `told`: what to tell of that.
    `is_urgent`: places do not wait for records.
    """

    waiting: list[Record]
    overflow: Overflow | None
    places: dict[str, Place]
    parked: dict[tuple[str, int], str | None]
    told: Sequence[Event] = ()
    is_urgent: bool = False

    @property
    def records(self) -> list[Record]:
        """What to insert."""
        return [*self.waiting, *(self.overflow.events() if self.overflow else []), *self.told]


class Held(NamedTuple):
    """What a file held when it was opened."""

    identity: str
    head: int
    places: Mapping[str, Place]
    open_events: tuple[Event, ...]


class Journal:
    """The shared front of one journal file. Every method may be called from any thread.

    The file may be opened late, and a broken one is replaced by a new one: what a reader says about one file
    must not be taken for the next, so it says which (`of`).
    """

    def __init__(self, path: Path, ring_records: int = RING_RECORDS) -> None:
        self.path = path
        self.work = threading.Event()
        self.head = 0
        self.open_events: tuple[Event, ...] = ()
        # The first seq without a settled time; the writer sets it before it tells of the commit.
        self.unsettled_from: int | None = None
        self.has_changed = False  # the file is another than the one that was opened first
        self._identity = ""
        self._ring_records = ring_records
        self._lock = threading.Lock()
        self._ring: deque[Record] = deque()
        self._in_hand: Sequence[Record] = ()
        self._overflow: Overflow | None = None
        self._places: dict[str, Place] = {}
        self._moved: dict[str, Place] = {}
        self._parked: dict[tuple[str, int], str | None] = {}
        self._is_urgent = False
        self._readers: list[threading.Event] = []

    @property
    def identity(self) -> str:
        """The id of the file; empty until it is open."""
        return self._identity

    @property
    def is_open(self) -> bool:
        """Whether the file is there to be read, with everything that readers left in it."""
        return bool(self._identity)

    @property
    def settled(self) -> int:
        """The last seq such that it and all before it have a time that will not change again."""
        head = self.head  # before the other: a commit between the two looks must not show unsettled rows
        first = self.unsettled_from
        return head if first is None else min(head, first - 1)

    def append(self, records: Sequence[Record]) -> None:
        """Hand records over for the next commit, at once. Never blocks, never raises; see `Overflow`."""
        self.leave(records)
        self.work.set()

    def answer(self, event: Event, head: int) -> bool:
        """Hand `event` over if it follows what the file held up to `head`: nothing newer of it is on the way.

        Who answers for a person must not answer what has become something else in the meantime. Returns
        whether it was taken; if not, look again.
        """
        with self._lock:
            waiting = (*self._in_hand, *self._ring)
            if self.head != head or any(isinstance(each, Event) and each.id == event.id for each in waiting):
                return False
            self._put(event)
        self.work.set()
        return True

    def leave(self, records: Sequence[Record]) -> None:
        """Hand over what is in no hurry: it shares the next commit, which comes within a minute anyway.

        A commit of its own would cost the card as much as that of all instruments together.
        """
        with self._lock:
            for record in records:
                self._put(record)

    def put_first(self, records: Sequence[Record]) -> None:
        """For the writer: what happened before everything that waits. There is always room for it."""
        with self._lock:
            self._ring.extendleft(reversed(records))
        self.work.set()

    def bookmark(self, reader: str) -> int:
        """`reader` is done with everything up to this seq; 0 for a new one."""
        return self._place(reader).seq

    def islands(self, reader: str) -> tuple[tuple[int, int], ...]:
        """The ranges above its bookmark that `reader` is done with."""
        return self._place(reader).islands

    def advance(
        self, reader: str, seq: int, islands: Sequence[tuple[int, int]] = (), *, of: str | None = None
    ) -> None:
        """`reader` is done with everything up to `seq` and with `islands`, which replace those said before.

        Reaches the disk with a later commit. Ignored when it is about another file than the open one.
        """
        with self._lock:
            if of in {None, self._identity}:
                self._places[reader] = self._moved[reader] = Place(seq, tuple(islands))

    def hurry(self) -> None:
        """Have what readers said committed now, not within a minute: for what must hardly ever come twice."""
        with self._lock:
            self._is_urgent = True
        self.work.set()

    def park(self, reader: str, seq: int, reason: str, *, of: str | None = None) -> None:
        """Note that a record cannot be delivered by `reader`. It stays in the journal.

        Reaches the disk with a later commit, and with it what is told of that.
        """
        self._mark({(reader, seq): whole(reason)}, of)

    def unpark(self, reader: str, seqs: Iterable[int], *, of: str | None = None) -> None:
        """These records have been delivered after all."""
        self._mark({(reader, seq): None for seq in seqs}, of)

    def view(self) -> JournalView:
        """A reader's own view, to be used from one thread."""
        return JournalView(self)

    def notify(self, wake: threading.Event) -> None:
        """Set `wake` when the file is open, and after every commit that added records."""
        self._readers.append(wake)

    def waiting(self) -> int:
        """Records handed over and not yet committed."""
        with self._lock:  # on their way from one to the other they must be seen in one of them
            return len(self._in_hand) + len(self._ring)

    def fullness(self) -> float:
        """How much of the room in memory is taken by them, 0 to 1."""
        return min(1.0, self.waiting() / self._ring_records)

    def take(self) -> Work:
        """For the writer: everything that waits. Give it back with `give_back` if the commit fails."""
        with self._lock:
            # What is being committed still takes its room: it comes back when the commit fails.
            self._in_hand = list(self._ring)
            work = Work(self._in_hand, self._overflow, self._moved, self._parked, is_urgent=self._is_urgent)
            self._ring, self._overflow, self._moved, self._parked = deque(), None, {}, {}
            self._is_urgent = False
            return work

    def give_back(self, work: Work) -> None:
        """For the writer: the commit failed; what it took comes before what has come since."""
        with self._lock:
            self._in_hand = ()
            self._ring.extendleft(reversed(work.waiting))
            if work.overflow is not None:
                self._overflow = work.overflow.and_then(self._overflow)
            self._moved = {**work.places, **self._moved}
            self._parked = {**work.parked, **self._parked}
            self._is_urgent |= work.is_urgent

    def opened(self, held: Held) -> None:
        """For the writer: the file is open. A file that is opened again brings no news."""
        with self._lock:
            if held.identity == self._identity:
                return
            self.head, self.open_events = held.head, held.open_events
            self._places, self._moved, self._parked = dict(held.places), {}, {}
            self.has_changed = self.is_open
            self._identity = held.identity
        self._wake_readers()

    def committed(self, head: int) -> None:
        """For the writer: everything up to `head` is on the disk; wake the readers."""
        with self._lock:
            self.head, self._in_hand = head, ()
        self._wake_readers()

    def _put(self, record: Record) -> None:
        if len(self._in_hand) + len(self._ring) < self._room_for(record):
            self._ring.append(record)
        else:
            self._lose(record)

    def _room_for(self, record: Record) -> int:
        """Up to how many may wait with it."""
        return self._ring_records + (_MORE_EVENTS if isinstance(record, Event) else 0)

    def _lose(self, record: Record) -> None:
        self._overflow = self._overflow or Overflow(record.at)
        self._overflow.count += 1
        self._overflow.last = record.at

    def _place(self, reader: str) -> Place:
        with self._lock:
            return self._places.get(reader, Place())

    def _mark(self, parked: Mapping[tuple[str, int], str | None], of: str | None) -> None:
        with self._lock:
            if of in {None, self._identity}:
                self._parked.update(parked)

    def _wake_readers(self) -> None:
        for wake in self._readers:
            wake.set()
