"""Events from their first telling to their last: which are open, which are over, what was told.

What was told first may have been given up for space by now: then its life begins with what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.events.kinds import is_news
from agent.journal.file.row import COLUMNS, EVENT, Row
from agent.journal.reader import JournalReader
from agent.model import Entry, Event, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

_PAGE = 500
_RAISED, _ACKNOWLEDGED, _CLEARED = "raised", "acknowledged", "cleared"
_BEFORE = f"SELECT {COLUMNS} FROM record WHERE kind = {EVENT} AND seq < ? ORDER BY seq DESC LIMIT {_PAGE}"  # noqa: S608 - constants


class Life(NamedTuple):
    """One event. `tellings` in the order of the journal, at least one.

    What is over stays over, whatever is said of it after that: only `raised` begins it again.
    """

    tellings: tuple[Entry, ...]

    @property
    def last(self) -> Event:
        """As it was told last, or as it ended."""
        return _event(self.end or self.tellings[-1])

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.end is not None

    @property
    def found(self) -> Event:
        """What was found, as it was told last before the end."""
        return next(
            (_event(each) for each in self.tellings[::-1] if _event(each).phase != _CLEARED), self.last
        )

    @property
    def level(self) -> Severity:
        """As the station told it last: a person may have answered what was told before that."""
        said = [_event(each) for each in self.tellings if _event(each).phase != _ACKNOWLEDGED]
        return (said or [self.last])[-1].severity

    @property
    def worst(self) -> Severity:
        """The highest level that it had."""
        return max(_event(each).severity for each in self.tellings)

    @property
    def acknowledged(self) -> Event | None:
        """The word of a person that holds for what was told; None when there has been news since."""
        word, worst = None, Severity.INFO
        for event in map(_event, self.tellings):
            if event.phase == _ACKNOWLEDGED:
                word = event
            elif event.phase != _CLEARED and is_news(event, worst):
                word = None
            worst = max(worst, event.severity)
        return word

    @property
    def end(self) -> Entry | None:
        """The telling that it ended with; None while it is open."""
        end = None
        for each in self.tellings:
            if _event(each).phase == _RAISED:
                end = None
            elif _event(each).phase == _CLEARED:
                end = end or each
        return end

    @property
    def closed_by(self) -> str:
        """Who said that it is over; "" when it ended by itself."""
        said, last = self.acknowledged, self.last
        # The end of an event that was adopted from an earlier run repeats what was acknowledged.
        repeats = said is not None and all(said.data.get(key) == last.data.get(key) for key in ("by", "note"))
        return str(last.data.get("by", "")) if self.is_over and not repeats else ""


class Lives(JournalReader):
    """A reader for the events of a journal. Every method may raise sqlite3.Error."""

    def open(self) -> list[Life]:
        """All that have not ended, in the order of what was told last of them."""
        return self.of(event_id for _, event_id in self.still_open())

    def over(self, since_ns: int, most: int, lowest: Severity) -> list[Life]:
        """The `most` that ended last since then, the last one first; none below the level `lowest`."""
        ended: list[str] = []
        seq = self.head() + 1
        while len(ended) < most and (page := self._before(seq)):
            for entry in page:
                event = _event(entry)
                if entry.time.wall_ns >= since_ns and event.phase == _CLEARED and event.severity >= lowest:
                    ended.append(event.id)
            if page[-1].time.wall_ns < since_ns:
                break
            seq = page[-1].seq
        return [each for each in self.of(ended[:most]) if each.is_over]

    def named(self, part: str) -> list[str]:
        """The ids that `part` may mean: the very one, or else all that hold it, the newest first."""
        found: dict[str, None] = {}
        seq = self.head() + 1
        while page := self._before(seq):
            found |= dict.fromkeys(_event(each).id for each in page if part in _event(each).id)
            seq = page[-1].seq
        return [part] if part in found else list(found)

    def of(self, ids: Iterable[str]) -> list[Life]:
        """These events, in this order; those of which nothing is left are left out."""
        wanted: dict[str, list[Entry]] = {each: [] for each in ids}
        sought, seq = set(wanted), self.head() + 1
        while sought and (page := self._before(seq)):
            for entry in page:
                event = _event(entry)
                if event.id in wanted:
                    wanted[event.id].append(entry)
                    sought -= {event.id} if event.phase == _RAISED else set()
            seq = page[-1].seq
        return [Life(tuple(reversed(told))) for told in wanted.values() if told]

    def _before(self, seq: int) -> list[Entry]:
        """A page of events before `seq`, the newest first, damaged ones left out. Empty only at the begin."""
        while rows := [Row(*row) for row in self._connection.execute(_BEFORE, (seq,)).fetchall()]:
            if found := self._entries(rows):
                return found
            seq = rows[-1].seq
        return []


def _event(entry: Entry) -> Event:
    assert isinstance(entry.record, Event)
    return entry.record
