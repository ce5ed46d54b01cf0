"""A journal gone through: the detectors hear it as they did live; the flags are those that were given.

It is read in small pages, read-only, up to where it ended at the beginning: a station that runs goes on.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from agent.journal.reader import JournalReader
from agent.model import Judgement, Observation
from agent.publish.stamp import iso_ms
from agent.replay.columns import parts
from agent.replay.life import Life
from agent.replay.lines import field, source
from agent.replay.summary import Gone
from agent.watch.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.model import Entry
    from agent.replay.task import Out, Task

_PAGE = 500
_NS = 10**9


def replay(file: str, task: Task, out: Out) -> Gone:
    """Go through a journal and write what is asked for.

    Raises sqlite3.Error and UnusableError where it cannot be read, OSError where nothing can be written.
    """
    damaged: set[int] = set()
    reader = JournalReader(Path(file), damaged.add)
    try:
        channels = reader.channels()
        known = parts(channels, task.roles)
        listeners = [Listener(plan, known) for plan in task.plans]
        counts = _Counts()
        lives = [Life(each.vigil, task.rates_for(known)) for each in listeners]
        of = source(file)
        for entry in _entries(reader, task, with_words=out.flags is not None):
            counts.add(entry)
            if out.flags is not None and isinstance(entry.record, Observation):
                out.flags.write(_flag_line(entry, file))
            for listener, life in zip(listeners, lives, strict=True):
                told = listener.hear(entry)
                life.take(entry.time.wall_ns / _NS, told)
                if told and life is lives[0]:
                    out.tell(of, told)
    finally:
        reader.close()
    notes = [f"{len(damaged)} damaged records were left out"] if damaged else []
    return Gone(
        file,
        rows=sum(counts.flags.values()),
        channels=len(channels),
        span_s=counts.span_s,
        flags=counts.flags,
        lives=lives,
        notes=notes,
    )


class _Counts:
    def __init__(self) -> None:
        self.flags: Counter[int] = Counter()
        self.span_s: tuple[float, float] | None = None

    def add(self, entry: Entry) -> None:
        if isinstance(entry.record, Observation):
            self.flags[_last_word(entry).flag] += 1
            at_s = entry.time.wall_ns / _NS
            first_s, last_s = self.span_s or (at_s, at_s)
            self.span_s = min(first_s, at_s), max(last_s, at_s)


def _entries(reader: JournalReader, task: Task, *, with_words: bool) -> Iterator[Entry]:
    """Of the time that is asked for, whose clock is known well enough to tell."""
    first, last = 1, reader.head()
    if task.is_part:
        first, last = reader.span(task.since_ns, task.until_ns) or (1, 0)
    seq = first - 1
    while entries := reader.read_after(seq, _PAGE, last):
        seq = entries[-1].seq
        if task.is_part:
            entries = [each for each in entries if task.since_ns <= each.time.wall_ns < task.until_ns]
        yield from reader.judged(entries) if with_words else entries


def _last_word(entry: Entry) -> Observation:
    later = entry.later
    if isinstance(later, Judgement):
        return later.observation
    assert isinstance(entry.record, Observation)
    return entry.record


def _flag_line(entry: Entry, file: str) -> str:
    assert isinstance(entry.record, Observation)
    name, flag = str(entry.record.channel), int(_last_word(entry).flag)
    return f"{iso_ms(entry.time.wall_ns)},{field(name)},{flag},{field(file)}\n"
