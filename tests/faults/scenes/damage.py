"""F14: one flipped bit anywhere in the journal's files, of a station that was stopped or that crashed."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, NamedTuple

import structlog

from agent.journal.journal import Journal
from agent.journal.reader import JournalReader
from agent.journal.writer import JournalWriter
from tests.faults.facts import (
    fact_of,
    journaled,
    readable,
    reported_damaged,
    told_of_journals_set_aside,
    whereabouts,
)
from tests.faults.history import NOTHING, History, Identity
from tests.faults.sabotage.no_checksum import trusting_readers
from tests.faults.scene import Scene
from tests.sinks.world import LEVEL, HandClock, event, observation

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

    from agent.journal.view import JournalView
    from agent.model import Record
    from tests.faults.facts import Key
    from tests.faults.history import Fact, Verdict
    from tests.faults.stage import Stage

_BATCHES, _BATCH, _PAGE = 60, 12, 100
_FRAME_BYTES = 24 + 1024
_SILENT = structlog.wrap_logger(
    structlog.ReturnLogger(), wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
)
_PARTS = ("", "-wal")


class Found(NamedTuple):
    """What came out of a damaged journal, and which of its records the station says are damaged."""

    arrived: list[Fact]
    reported: set[Identity]
    set_aside: bool


def _flips_when_stopped(stage: Stage) -> Verdict:
    return _flips(stage, is_closed=True)


def _flips_when_crashed(stage: Stage) -> Verdict:
    return _flips(stage, is_closed=False)


def _flips_without_checksums(stage: Stage) -> Verdict:
    with trusting_readers():
        return _flips(stage, is_closed=True)


def _flips(stage: Stage, *, is_closed: bool) -> Verdict:
    original, spared = _journal(stage.folder / "original", is_closed=is_closed)
    promised, places = journaled(original), whereabouts(original)
    verdict, aside, parked = NOTHING, 0, 0
    for _ in range(stage.rounds):
        home = _copied(original, stage.folder / "case")
        _flip([home / "journal.db", home / "journal.db-wal"], (0, spared), stage.dice)
        history = History()
        history.promise(promised)
        found = _deliver(home / "journal.db", history, places)
        shutil.rmtree(home)
        one = history.judge(found.arrived, found.reported)
        verdict += one
        aside += found.set_aside
        parked += bool(found.reported) and not found.set_aside
    stage.note = f"{parked} parked rows, {aside} set the file aside, {stage.rounds - aside - parked} neither"
    return verdict


def _journal(folder: Path, *, is_closed: bool) -> tuple[Path, int]:
    """A journal file as a station leaves it: in order, or as it was when the power went.

    And the bytes of its log from the end of the last commit but one: a bit there is a write that was cut off.
    """
    folder.mkdir()
    journal, writer, clock = _opened(folder / "live.db")
    log, size = folder / "live.db-wal", 0
    for n in range(_BATCHES):
        size = log.stat().st_size
        journal.append(_batch(n))
        writer.step(clock.now())
    last = log.stat().st_size - size + _FRAME_BYTES
    if is_closed:
        writer.close()
    for part in _PARTS:
        live = folder / f"live.db{part}"
        if live.exists():
            shutil.copy(live, folder / f"journal.db{part}")
    writer.close()
    return folder / "journal.db", last


def _copied(original: Path, home: Path) -> Path:
    home.mkdir()
    for part in _PARTS:
        if (source := original.with_name(original.name + part)).exists():
            shutil.copy(source, home / f"journal.db{part}")
    return home


def _flip(files: list[Path], spared: tuple[int, ...], dice: random.Random) -> None:
    """One bit, every bit of all files as likely as any other; none of those spared at their ends."""
    found = [file.stat().st_size if file.exists() else 0 for file in files]
    sizes = [max(0, size - end) for size, end in zip(found, spared, strict=True)]
    (file,) = dice.choices(files, sizes)
    data = bytearray(file.read_bytes())
    data[dice.randrange(sizes[files.index(file)])] ^= 1 << dice.randrange(8)
    file.write_bytes(data)


def _deliver(path: Path, history: History, places: dict[Key, Identity]) -> Found:
    """A station starts on it, goes on sampling, and reads everything for a sink."""
    before = _copied(path, path.parent / "before") / path.name
    journal, writer, clock = _opened(path)
    journal.append(_batch(_BATCHES))
    clock.mono_s += writer.step(clock.now())
    with closing(JournalReader(path, lambda _seq: None)) as reader:
        identity = reader.journal_id
    with closing(journal.view()) as view:
        arrived = list(_read(view, identity))
    writer.step(clock.now())
    writer.close()
    reported, is_aside = reported_damaged(path), bool(list(path.parent.glob("*.corrupt-*")))
    if is_aside:
        reported |= _lost_with_the_file(places, readable(before), path)
        _follow(history, places, whereabouts(path))
    history.know(_new(arrived, history))
    return Found(arrived, reported, is_aside)


def _lost_with_the_file(places: dict[Key, Identity], legible: set[Key], path: Path) -> set[Identity]:
    """What the station need not deliver of a journal that it says it has set aside.

    That is what nobody can read, and, before the last that it took over, as many as it calls damaged: it may
    know a state of the file that holds more than another reader sees, but for those.
    """
    told = told_of_journals_set_aside(path)
    if not told:
        return set()
    now = whereabouts(path)
    last = max((places[key].seq for key in places.keys() & now.keys()), default=0)
    gone = {places[key] for key in places.keys() - now.keys()}
    inside = {identity for identity in gone if identity.seq < last}
    unreadable = {places[key] for key in places.keys() - legible}
    return unreadable | (inside if len(inside) <= sum(told) else set())


def _follow(history: History, places: dict[Key, Identity], now: dict[Key, Identity]) -> None:
    for key in places.keys() & now.keys():
        history.moved(places[key], now[key])


def _read(view: JournalView, identity: str) -> Iterator[Fact]:
    """As a sink would get them."""
    seq = 0
    # A shipper whose journal raises tries again for ever: what is behind that is not delivered.
    with suppress(sqlite3.Error, ValueError):
        while page := view.read_after(seq, _PAGE):
            seq = page[-1].seq
            yield from (fact for entry in page if (fact := fact_of(identity, entry)) is not None)


def _new(arrived: list[Fact], history: History) -> list[Fact]:
    """What this start has added, told by its content: a seq that is used again is a fault to be found."""
    old = {fact.content for fact in history.promised.values()}
    return [fact for fact in arrived if fact.content not in old and _is_of_batch(fact)]


def _is_of_batch(fact: Fact) -> bool:
    return fact.is_alert or fact.content[1] in {float(_BATCHES * _BATCH + i) for i in range(_BATCH)}


def _batch(n: int) -> list[Record]:
    """Every value tells itself apart; every tenth batch carries an alert."""
    numbers = range(n * _BATCH, (n + 1) * _BATCH)
    batch: list[Record] = [observation(i, float(i), channel=LEVEL) for i in numbers]
    return [*batch, event(n)._replace(id=f"alert/{n}")] if n % 10 == 0 else batch


def _opened(path: Path) -> tuple[Journal, JournalWriter, HandClock]:
    journal, clock = Journal(path), HandClock()
    writer = JournalWriter(journal, clock, _SILENT)
    writer.open(clock.now())
    return journal, writer, clock


STOPPED = Scene("F14", "one flipped bit in the database", _flips_when_stopped, short=30, long=600)
CRASHED = Scene("F14", "one flipped bit in database or WAL", _flips_when_crashed, short=30, long=600)
NO_CHECKSUMS = Scene(
    "F14", "checksums not looked at", _flips_without_checksums, short=40, long=100, control=True
)
SCENES = [STOPPED, CRASHED, NO_CHECKSUMS]
