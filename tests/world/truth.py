"""What truly happened: every measurement, every commit that returned, everything that a far side took."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.clock import NS
from agent.model import Completeness, Event, Flag, Health, Judgement, Observation, Visit
from tests.world.times import T0_NS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agent.model import Entry
    from tests.world.times import Time

OBSERVATION, EVENT, JUDGEMENT = 1, 2, 5
_HASH = (1 << 63) - 1
_MOST_TOLD = 5


class Promised(NamedTuple):
    """One record as the card holds it. `content` names all of it but its place."""

    seq: int
    kind: int
    content: int


class Book:
    """One journal: what was promised, by seq, as content and kind; 0 where nothing was."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.contents = array("q", [0])
        self.kinds = bytearray(1)
        self.evicted: list[tuple[int, int]] = []
        self.damaged: set[int] = set()
        self.parked: dict[str, set[int]] = {}
        self.told_parked: dict[str, list[tuple[int, int]]] = {}

    @property
    def head(self) -> int:
        """The last seq."""
        return len(self.contents) - 1

    def add(self, row: Promised) -> None:
        """The next one. Seqs that a damaged or replaced file lacks stay empty."""
        while self.head < row.seq - 1:
            self.contents.append(0)
            self.kinds.append(0)
        self.contents.append(row.content)
        self.kinds.append(row.kind)


class Taken:
    """What one far side took of one journal."""

    def __init__(self) -> None:
        self.seqs = bytearray()
        self.events_due: deque[int] = deque()
        self.events_dropped: set[int] = set()

    def has(self, seq: int) -> bool:
        """Whether it has it."""
        return seq < len(self.seqs) and self.seqs[seq] > 0

    def take(self, seq: int) -> bool:
        """Whether it is new."""
        if seq >= len(self.seqs):
            self.seqs.extend(bytes(seq + 1 - len(self.seqs)))
        is_new = not self.seqs[seq]
        self.seqs[seq] = 1
        return is_new


class Truth:
    """Notes everything and complains at once about what can be seen at once."""

    def __init__(self, time: Time) -> None:
        self.books: dict[str, Book] = {}
        self.counts: Counter[str] = Counter()
        self.complaints: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}
        self.clock_lies = False
        self.is_rotten = False
        self.open_events: dict[str, str] = {}
        self.is_on_card: Callable[[str, int], bool] = lambda _journal, _seq: True
        self._time = time
        self._measured = array("q")
        self._first_told = array("q")  # of each value, the content of the record that told of it
        self._taken: dict[tuple[str, str], Taken] = {}
        self._digest = hashlib.blake2b(digest_size=12)

    @property
    def digest(self) -> str:
        """Names this history: two runs with the same one went the same way."""
        return self._digest.hexdigest()

    def note(self, *what: object) -> None:
        """Let the digest see it, with the time."""
        self._digest.update(repr((self._time.true_ns, what)).encode())

    def complain(self, rule: str, what: str) -> None:
        """The station has broken a rule."""
        self.complaints[rule] += 1
        told = self.examples.setdefault(rule, [])
        if len(told) < _MOST_TOLD:
            told.append(f"{(self._time.true_ns - T0_NS) / NS / 3600:.3f} h: {what}")

    def measured(self, count: int) -> int:
        """Instruments have measured now; returns the number of the first of so many values."""
        first = len(self._measured)
        self._measured.extend([self._time.true_ns] * count)
        self._first_told.extend([0] * count)
        return first

    def committed(self, journal: str, rows: Sequence[Sequence[Any]]) -> None:
        """A commit has returned. Rows as `tests.world.card` reads them."""
        book = self.books.setdefault(journal, Book(len(self.books) + 1))
        for row in rows:
            content = _content_of_row(row)
            book.add(Promised(row[0], row[1], content))
            self.note(book.number, *row)
            self.counts["committed"] += 1
            if row[1] == OBSERVATION and row[7] is not None:
                self._is_unaltered(row[0], row[7], content)
            if row[1] == EVENT:
                self._event(json.loads(row[-1]), row[0], journal)

    def offered(self, sink: str, journal: str, batch: Sequence[Entry]) -> None:
        """A batch is on its way: nothing that goes ahead of it may be waiting."""
        last = batch[-1].seq
        if self.is_rotten or not any(isinstance(entry.record, Observation) for entry in batch):
            return  # an event on a damaged row is not waited for
        taken = self._of(sink, journal)
        due = taken.events_due
        while due and (taken.has(due[0]) or due[0] in taken.events_dropped):
            due.popleft()
        while due and due[0] < last and not self.is_on_card(journal, due[0]):
            due.popleft()
        if due and due[0] < last:
            self.complain("events first", f"{sink} is sent up to {last} while event {due[0]} waits")

    def took(self, sink: str, journal: str, entries: Iterable[Entry]) -> list[Entry]:
        """A far side has taken these. Returns those that are new to it."""
        taken, book = self._of(sink, journal), self.books.get(journal)
        new = []
        for entry in entries:
            self.counts[f"sent to {sink}"] += 1
            if book is None or entry.seq > book.head or not book.contents[entry.seq]:
                self.complain("nothing is invented", f"{sink} got {entry.seq}, which was never committed")
            elif book.contents[entry.seq] != content_of(entry):
                self.complain("nothing is altered", f"{sink} got {entry.seq} as {entry.record}")
            self._check_time(sink, entry)
            if taken.take(entry.seq):
                new.append(entry)
            else:
                self.counts[f"sent again to {sink}"] += 1
        self.note(sink, [entry.seq for entry in new])
        return new

    def dropped(self, sink: str, journal: str, entries: Iterable[Entry]) -> None:
        """A broker has acknowledged these and lost them."""
        events = (entry.seq for entry in entries if isinstance(entry.record, Event))
        self._of(sink, journal).events_dropped.update(events)

    def has(self, sink: str, journal: str, seq: int) -> bool:
        """Whether the far side took it."""
        return self._of(sink, journal).has(seq)

    def elsewhere(self, sink: str, journal: str) -> set[int]:
        """The contents of what a far side took under the names of other journals."""
        return {
            content
            for other, book in self.books.items()
            for seq, content in enumerate(book.contents)
            if other != journal and content and self._of(sink, other).has(seq)
        }

    def _of(self, sink: str, journal: str) -> Taken:
        found = self._taken.get((sink, journal))
        if found is None:
            found = self._taken[sink, journal] = Taken()
            if journal in self.books:
                kinds = self.books[journal].kinds
                found.events_due.extend(seq for seq, kind in enumerate(kinds) if kind == EVENT)
        return found

    def _is_unaltered(self, seq: int, raw: float, content: int) -> None:
        """A value occurs in one record for ever, also when another journal takes it over."""
        number = int(raw)
        if number != raw or not 0 <= number < len(self._first_told):
            self.complain("nothing is altered", f"{seq} was committed with {raw}")
        elif self._first_told[number] not in {0, content}:
            self.complain("nothing is altered", f"{seq} was committed with {raw} of another record")
        else:
            self._first_told[number] = content

    def _event(self, body: dict[str, Any], seq: int, journal: str) -> None:
        for (_, of), taken in self._taken.items():
            if of == journal:
                taken.events_due.append(seq)
        self.counts[f"event {body['kind']}"] += body["phase"] == "raised"
        if body["kind"] == "parked":
            told = body["data"]
            ranges = self.books[journal].told_parked.setdefault(told["sink"], [])
            ranges.append((told["first_seq"], told["last_seq"]))
        if body["kind"] == "damaged":
            told = body["data"]
            self.books[journal].damaged.update(range(told["first_seq"], told["last_seq"] + 1))
        if body["phase"] == "cleared":
            self.open_events.pop(body["id"], None)
        else:
            self.open_events[body["id"]] = body["kind"]

    def _check_time(self, sink: str, entry: Entry) -> None:
        """The true time of a reading lies within what is said of it."""
        record = entry.record
        if self.clock_lies or not isinstance(record, Observation) or record.raw is None:
            return
        number = int(record.raw)
        if not 0 <= number < len(self._measured):
            return  # altered, and told as such
        wrong_s = abs(entry.time.wall_ns - self._measured[number]) / NS
        if wrong_s > entry.time.error_s:
            told = f"{sink} got {entry.seq} {wrong_s:.1f} s off, told as within {entry.time.error_s:.1f} s"
            self.complain("times are as good as told", f"{told} ({entry.time.source.name})")


def content_of(entry: Entry) -> int:
    """As `_content_of_row`."""
    record = entry.record
    look = (entry.boot, record.at.mono_ns, record.at.wall_ns, int(record.at.trust))
    match record:
        case Observation():
            return hash((*look, OBSERVATION, *_said(record))) & _HASH
        case Judgement():
            return hash((*look, JUDGEMENT, *_said(record.observation))) & _HASH
        case Visit():
            return hash((*look, record.id, record.kind, record.subject, record.text)) & _HASH
        case Event():
            return hash((*look, record.id, record.kind, record.phase, record.title, record.text)) & _HASH
        case Health():
            return hash((*look, tuple(record.numbers.items()))) & _HASH
        case Completeness():
            return hash((*look, record.day, tuple(record.channels))) & _HASH


def _said(observation: Observation) -> tuple[object, ...]:
    numbers = (observation.raw, observation.value, int(observation.flag), int(observation.why))
    return (str(observation.channel), *numbers)


def _content_of_row(row: Sequence[Any]) -> int:
    """Of (seq, kind, boot, mono, wall, trust, channel, raw, value, flag, why, body); never 0 by chance."""
    _, kind, *look, channel, raw, value, flag, why, text = row
    if kind in {OBSERVATION, JUDGEMENT}:
        return hash((*look, kind, channel, raw, value, flag, why)) & _HASH
    body = json.loads(text)
    if kind == EVENT:
        words = (body[name] for name in ("id", "kind", "phase", "title", "text"))
        return hash((*look, *words)) & _HASH
    if "visit" in body:
        return hash((*look, *(body[name] for name in ("id", "kind", "subject", "text")))) & _HASH
    if "day" in body and isinstance(body.get("channels"), dict):
        return hash((*look, body["day"], tuple(body["channels"]))) & _HASH
    return hash((*look, tuple(body.items()))) & _HASH


def is_value(entry: Entry) -> bool:
    """Whether it is an observation with a value."""
    return isinstance(entry.record, Observation) and entry.record.flag is not Flag.MISSING
