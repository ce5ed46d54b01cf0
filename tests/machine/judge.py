"""What a station finds on a disk after a power cut, and whether that is what it had promised."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

import structlog

from agent.clock import SystemClock
from agent.journal.journal import Journal
from agent.journal.reader import JournalReader
from agent.journal.writer import JournalWriter
from agent.model import Event

if TYPE_CHECKING:
    from pathlib import Path

    from agent.model import Entry, Record

_PAGE_ENTRIES = 1000
_QUIET = structlog.wrap_logger(None, wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

# A record as it was written: its boot and itself. What is later known of its time is not part of it.
Truth = dict[int, tuple[str, "Record"]]


class Verdict(NamedTuple):
    """The last record on the disk (0: no journal yet), how many promised ones are not, and what is wrong."""

    head: int
    lost: int
    wrong: list[str]


def read_all(journal: Path, after: int = 0) -> tuple[list[Entry], list[int]]:
    """Every entry of a journal behind a seq, and the seq of every damaged one. Raises sqlite3.Error."""
    damaged: list[int] = []
    reader = JournalReader(journal, damaged.append)
    entries: list[Entry] = []
    try:
        while page := reader.read_after(entries[-1].seq if entries else after, _PAGE_ENTRIES):
            entries += page
    finally:
        reader.close()
    return entries, damaged


def truth(entries: list[Entry]) -> Truth:
    """What the station had written by the end, to hold every cut against."""
    return {entry.seq: (entry.boot, entry.record) for entry in entries}


def judge(journal: Path, promised: int, written: Truth) -> Verdict:
    """Read the journal as a sink would, then go on writing it as the next start would."""
    if not journal.exists():
        return Verdict(0, promised, [])
    try:
        head, wrong = _read(journal, written)
        wrong += _sound(journal)
        wrong += _goes_on(journal, head)
    except sqlite3.Error as error:
        return Verdict(0, promised, [f"{type(error).__name__}: {error}"])
    return Verdict(head, max(0, promised - head), wrong)


def _read(journal: Path, written: Truth) -> tuple[int, list[str]]:
    """The head, and rows that are damaged, missing in between, or not what the station had written."""
    if not _has_schema(journal):
        return 0, []  # the cut fell into the making of the file: the next start makes it again
    entries, damaged = read_all(journal)
    wrong = [f"record {seq} is damaged" for seq in damaged]
    wrong += [f"record {e.seq} has changed" for e in entries if written.get(e.seq) != (e.boot, e.record)]
    head = entries[-1].seq if entries else 0
    bookmarks = _bookmarks(journal)
    wrong += [f"bookmark {name} is ahead" for name, seq in bookmarks.items() if seq > head]
    return head, wrong + _out_of_order(entries, min(bookmarks.values(), default=0))


def _out_of_order(entries: list[Entry], delivered: int) -> list[str]:
    """Room is made from the oldest observation on, and only of what was delivered; events stay longer."""
    present = {entry.seq for entry in entries}
    gone = max(set(range(1, max(present, default=0))) - present, default=0)
    wrong = [f"record {gone} was deleted, delivered is {delivered}"] if gone > delivered else []
    if any(not isinstance(entry.record, Event) for entry in entries if entry.seq <= gone):
        wrong.append(f"record {gone} is missing, though older observations are there")
    return wrong


def _has_schema(journal: Path) -> bool:
    with sqlite3.connect(journal) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return bool(version)


def _bookmarks(journal: Path) -> dict[str, int]:
    reader = JournalReader(journal, lambda _seq: None)
    found = reader.bookmarks()
    reader.close()
    return found


def _sound(journal: Path) -> list[str]:
    """What SQLite itself says of its file."""
    connection = sqlite3.connect(journal)
    (answer,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    connection.close()
    return [] if answer == "ok" else [f"integrity_check: {answer}"]


def _goes_on(journal: Path, head: int) -> list[str]:
    """The next start: the writer opens the file, tells of the cut, and its records follow the last one."""
    front = Journal(journal)
    clock = SystemClock()
    writer = JournalWriter(front, clock, _QUIET)
    writer.open(clock.now())
    writer.step(clock.now())
    writer.close()
    entries, damaged = read_all(journal, max(0, head - 1))
    wrong = [f"after the start, record {seq} is damaged" for seq in damaged]
    first = max(1, head)
    if [entry.seq for entry in entries] != list(range(first, first + len(entries))):
        wrong.append("after the start, the order has holes")
    # Cut in the making of its very first journal, it finds an empty file, puts that aside, and that is right.
    if head and list(journal.parent.glob("*corrupt*")):
        wrong.append("the start set the journal aside")
    return wrong
