"""A journal gone through: the detectors hear it as they did live; the flags are those that were given.

It is read in small pages, read-only, up to where it ended at the beginning: a station that runs goes on. What
had come late is heard in a second pass, at its time, and told of where nobody could see it without.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from agent.journal.reader import JournalReader
from agent.model import Judgement, Observation
from agent.publish.stamp import iso_ms
from agent.replay.arrivals import Arrivals
from agent.replay.columns import parts
from agent.replay.life import Life
from agent.replay.lines import field, source
from agent.replay.summary import Gone
from agent.watch.live.incidents import Incidents
from agent.watch.live.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

    from agent.model import Entry
    from agent.replay.task import Out, Task
    from agent.watch.plan import Plan
    from agent.watch.vigil import Alarm, Part

_PAGE = 500
_NS = 10**9


def replay(file: str, task: Task, out: Out) -> Gone:
    """Go through a journal and write what is asked for.

    Raises sqlite3.Error and UnusableError where it cannot be read, OSError where nothing can be written.
    """
    damaged: set[int] = set()
    reader = JournalReader(Path(file), damaged.add)
    try:
        return _gone_through(reader, damaged, file, task, out)
    finally:
        reader.close()


def _gone_through(reader: JournalReader, damaged: set[int], file: str, task: Task, out: Out) -> Gone:
    channels, of = reader.channels(), source(file)
    known = parts(channels, task.roles)
    listeners = [Listener(plan, known) for plan in task.plans]
    lives = [Life(each.vigil, task.rates_for(known)) for each in listeners]
    counts, arrivals = _Counts(file, out.flags), Arrivals()
    span = _span(reader, task)  # once: a station that runs goes on meanwhile
    late = 0
    for entry in _entries(reader, task, span, with_words=out.flags is not None):
        counts.take(entry)
        at_s = entry.time.wall_ns / _NS
        for listener, life in zip(listeners, lives, strict=True):
            told = listener.hear(entry)
            life.take(at_s, told)
            if told and life is lives[0]:
                out.tell(of, told)
        if listeners[0].late.count > late:
            late = listeners[0].late.count
            arrivals.take(at_s, listeners[0].vigil.watch.grid.closed_s or at_s)
    notes = [f"{len(damaged)} damaged records were left out"] if damaged else []
    if late:
        notes.append(
            f"{late} values had come late: heard again at their time, and what they show is told late"
        )
        for plan, listener, life in zip(task.plans, listeners, lives, strict=True):
            found = _second_look(_entries(reader, task, span), plan, known, listener, life)
            life.alarms += found
            if life is lives[0]:
                out.tell(of, found, arrivals)
    return Gone(file, sum(counts.flags.values()), len(channels), counts.span_s, counts.flags, lives, notes)


def _second_look(
    entries: Iterator[Entry], plan: Plan, known: Mapping[str, Part], first: Listener, life: Life
) -> list[Alarm]:
    """Alarms that only who hears the late values in time can see: of incidents, or that one was worse."""
    told, found = Incidents(), Incidents()
    for alarm in life.alarms:
        told.take(alarm)
    second = Listener(plan, known, first.late)
    for entry in entries:
        for alarm in second.hear(entry):
            found.take(alarm)
    return [*found.beyond(told, float("-inf"), float("inf")), *found.worse(told)]


class _Counts:
    """The flags of a journal: written as they come, and counted."""

    def __init__(self, file: str, out: TextIO | None) -> None:
        self.flags: Counter[int] = Counter()
        self.span_s: tuple[float, float] | None = None
        self._file = field(file)
        self._out = out

    def take(self, entry: Entry) -> None:
        """The next record."""
        record = entry.record
        if not isinstance(record, Observation):
            return
        flag = int(entry.later.observation.flag if isinstance(entry.later, Judgement) else record.flag)
        self.flags[flag] += 1
        at_s = entry.time.wall_ns / _NS
        first_s, last_s = self.span_s or (at_s, at_s)
        self.span_s = min(first_s, at_s), max(last_s, at_s)
        if self._out is not None:
            name = field(str(record.channel))
            self._out.write(f"{iso_ms(entry.time.wall_ns)},{name},{flag},{self._file}\n")


def _span(reader: JournalReader, task: Task) -> tuple[int, int]:
    """The first and the last seq that may be of the time that is asked for."""
    if task.is_part:
        return reader.span(task.since_ns, task.until_ns) or (1, 0)
    return 1, reader.head()


def _entries(
    reader: JournalReader, task: Task, span: tuple[int, int], *, with_words: bool = False
) -> Iterator[Entry]:
    """Of the time that is asked for, where the clock is known well enough to tell."""
    first, last = span
    seq = first - 1
    while entries := reader.read_after(seq, _PAGE, last):
        seq = entries[-1].seq
        if task.is_part:
            entries = [each for each in entries if task.since_ns <= each.time.wall_ns < task.until_ns]
        yield from reader.judged(entries) if with_words else entries
