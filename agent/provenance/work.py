"""What people did at an instrument when an observation was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.maintenance import KIND, STATION
from agent.model import Event, Observation

if TYPE_CHECKING:
    from agent.journal.history import History
    from agent.model import Entry

_PAGE = 500
_MOST_PAGES = 20
# No maintenance lasts longer than a day (`skyground maintenance`).
_LONGEST_NS = 25 * 3600 * 10**9


class Work(NamedTuple):
    """One maintenance: when it was told, when it was over (None: not yet), and what was noted of it."""

    begin: Entry
    end: Entry | None
    noted: tuple[Entry, ...]


def work_at(history: History, entry: Entry) -> list[Work]:
    """What was under way. Raises sqlite3.Error."""
    assert isinstance(entry.record, Observation)
    at_ns = entry.time.wall_ns
    span = history.seqs(at_ns - _LONGEST_NS, at_ns + _LONGEST_NS)
    if span is None:
        return []
    subjects = {STATION, entry.record.channel.sensor}
    begins: dict[str, Entry] = {}
    ends: dict[str, Entry] = {}
    for each in _events(history, *span):
        event = each.record
        if isinstance(event, Event) and event.kind == KIND and event.subject in subjects:
            (ends if event.phase == "cleared" else begins).setdefault(event.id, each)
    found = []
    for name, begin in begins.items():
        end = ends.get(name)
        if begin.time.wall_ns <= at_ns and (end is None or at_ns < end.time.wall_ns):
            found.append(Work(begin, end, _noted(history, begin, end, span[1])))
    return found


def _events(history: History, first: int, last: int) -> list[Entry]:
    found: list[Entry] = []
    seq = first - 1
    for _ in range(_MOST_PAGES):
        page = history.events_after(seq, _PAGE)
        found += [each for each in page if each.seq <= last]
        if not page or page[-1].seq >= last:
            break
        seq = page[-1].seq
    return found


def _noted(history: History, begin: Entry, end: Entry | None, last: int) -> tuple[Entry, ...]:
    """The visit that it belongs to, if it does."""
    assert isinstance(begin.record, Event)
    visit = begin.record.data.get("visit")
    if visit is None:
        return ()
    visits = history.visits(begin.seq, last if end is None else end.seq)
    return tuple(each for each in visits if getattr(each.record, "visit", "") == visit)
