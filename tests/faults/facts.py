"""Facts from both ends: what the journal holds, and what came to a subscriber or stands in a database."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agent.journal.reader import JournalReader
from agent.model import Event, Judgement, Observation
from tests.faults.history import Fact, Identity
from tests.sinks.senml_reader import read

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from agent.model import Entry
    from tests.servers.mosquitto import Message, Subscriber
    from tests.servers.tcp import Proxy

_PAGE = 1000
_NS_PER_MS = 1_000_000

# What stays the same of a record whatever journal it is in: whose it is, and when it was made.
Key = tuple[str, str, str, int]


def journaled(path: Path, damaged: Callable[[int], None] | None = None) -> list[Fact]:
    """Every committed observation and event, as a read-only reader sees them now.

    A damaged row is an error unless `damaged` takes it.
    """
    with closing(JournalReader(path, damaged or _refuse)) as reader:
        return [fact for entry in _pages(reader) if (fact := fact_of(reader.journal_id, entry)) is not None]


def points(path: Path) -> list[Fact]:
    """The same as a time-series database names them: by series and time."""
    return [fact for entry in entries(path) if (fact := _point_of(entry)) is not None]


def entries(path: Path, damaged: Callable[[int], None] | None = None) -> list[Entry]:
    """Every committed record as it is; of damage as above."""
    with closing(JournalReader(path, damaged or _refuse)) as reader:
        return list(_pages(reader))


def key(entry: Entry) -> Key:
    """See above."""
    record = entry.record
    about = record.observation if isinstance(record, Judgement) else record
    whose = f"{record.id} {record.phase}" if isinstance(record, Event) else getattr(about, "channel", "")
    return (type(record).__name__, str(whose), entry.boot, record.at.mono_ns)


def whereabouts(path: Path) -> dict[Key, Identity]:
    """Where each record is now."""
    with closing(JournalReader(path, _ignore)) as reader:
        return {key(entry): Identity(reader.journal_id, entry.seq) for entry in _pages(reader)}


def readable(path: Path) -> set[Key]:
    """What can be read of a journal in whatever state it is: of a copy, so that it stays in it."""
    found: set[Key] = set()
    with tempfile.TemporaryDirectory() as folder:
        for part in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copy(path.with_name(path.name + part), folder)
        # What is behind the first thing that nobody gets round counts as unreadable.
        with (
            suppress(sqlite3.Error, ValueError),
            closing(JournalReader(Path(folder) / path.name, _ignore)) as reader,
        ):
            found.update(map(key, _pages(reader)))
    return found


def told_of_journals_set_aside(path: Path, before: Collection[Fact] = ()) -> list[int]:
    """How many records were damaged in each, by the alerts that were not among `before`."""
    known = {fact.content[0] for fact in before if fact.is_alert}
    events = (entry.record for entry in entries(path, _ignore) if isinstance(entry.record, Event))
    new = (event for event in events if event.kind == "journal_set_aside" and event.phase == "raised")
    return [int(event.data.get("damaged", 0)) for event in new if event.id not in known]


def reported_damaged(path: Path) -> set[Identity]:
    """What the station has put on record as damaged."""
    with closing(JournalReader(path, _ignore)) as reader:
        return {Identity(reader.journal_id, seq) for _, seq, _ in reader.parked()}


def _ignore(_seq: int) -> None:
    """Somebody else looks for damage."""


class Ingest:
    """The far side's own view of a subscriber's messages, decoded once. `wire` is its way to the broker."""

    def __init__(self, subscriber: Subscriber, wire: Proxy) -> None:
        self.subscriber = subscriber
        self.wire = wire
        self._decoded = 0
        self._arrivals: list[Fact] = []

    def arrivals(self) -> list[Fact]:
        """All that came, in order, duplicates and all."""
        for message in self.subscriber.messages[self._decoded :]:
            self._decoded += 1
            self._arrivals += _of_message(message)
        return self._arrivals


def _pages(reader: JournalReader) -> Iterator[Entry]:
    seq = 0
    while page := reader.read_after(seq, _PAGE):
        seq = page[-1].seq
        yield from page


def fact_of(journal: str, entry: Entry) -> Fact | None:
    """An observation or an event as a fact; None for what nobody is promised."""
    identity, record = Identity(journal, entry.seq), entry.record
    if isinstance(record, Observation):
        return Fact(identity, is_alert=False, content=(str(record.channel), record.value))
    if isinstance(record, Event):
        return Fact(identity, is_alert=True, content=(record.id, record.phase))
    return None


def _point_of(entry: Entry) -> Fact | None:
    record, time_ms = entry.record, entry.time.wall_ns // _NS_PER_MS
    if isinstance(record, Observation):
        series = str(record.channel)
        return Fact(Identity(series, time_ms), is_alert=False, content=(series, record.value))
    if isinstance(record, Event):
        series = f"{record.kind}/{record.subject}"
        return Fact(Identity(series, time_ms), is_alert=True, content=(series, record.phase != "cleared"))
    return None


def _of_message(message: Message) -> list[Fact]:
    kind = message.topic.rsplit("/", 1)[1]
    if kind == "readings":
        return [
            Fact(
                Identity(row.journal, row.seq), is_alert=False, content=(row.name.split("/", 2)[2], row.value)
            )
            for row in read(message.payload)
        ]
    if kind == "event":
        body = json.loads(message.payload)
        identity = Identity(body["journal"], body["seq"])
        return [Fact(identity, is_alert=True, content=(body["id"], body["phase"]))]
    return []


def _refuse(seq: int) -> None:
    raise AssertionError(f"row {seq} is damaged, and nobody damaged it")
