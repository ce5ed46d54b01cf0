"""Looking up one observation years later: by channel and time, what was said of it, who has it since when.

There is no index on time and none is made for this: boots are halved to find the hour, and that hour is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.journal.clocks.times import stamp
from agent.journal.file.arrival_rows import SCHEMA_OF_ARRIVALS, arrivals_of
from agent.journal.file.database import schema_of
from agent.journal.file.row import COLUMNS, JUDGEMENT, OBSERVATION, VISIT, Row
from agent.journal.reader import JournalReader
from agent.model import Judgement, Observation, Trust, Visit

if TYPE_CHECKING:
    from agent.journal.telling.arrivals import Look
    from agent.model import Entry, Stamp

_PAGE = 500
# Where a channel was silent, so many records are looked through on either side.
_LOOK_FAR = 500_000
_ALWAYS_NS = (1 << 62) - 1

_OF_CHANNEL = (
    f"SELECT {COLUMNS} FROM record WHERE seq BETWEEN ? AND ? AND kind = {OBSERVATION}"  # noqa: S608 - constants
    " AND channel IN (SELECT n FROM channel WHERE sensor = ? AND quantity = ?) ORDER BY seq"
)
_WORDS = (
    f"SELECT {COLUMNS} FROM record WHERE kind = {JUDGEMENT} AND mono_ns = ?"  # noqa: S608 - constants
    " AND channel IN (SELECT n FROM channel WHERE sensor = ? AND quantity = ?) AND seq > ? ORDER BY seq"
)
_VISITS = f"SELECT {COLUMNS} FROM record WHERE seq BETWEEN ? AND ? AND kind = {VISIT} ORDER BY seq LIMIT ?"  # noqa: S608


class Nearest(NamedTuple):
    """The observations of a channel around a moment: the last not after it, and the first after it."""

    before: Entry | None
    after: Entry | None

    def to(self, at_ns: int) -> Entry | None:
        """The nearer one; of two equally near ones the earlier."""
        both = [each for each in self if each is not None]
        return min(both, key=lambda each: abs(each.time.wall_ns - at_ns), default=None)


class Had(NamedTuple):
    """A destination got a record after one moment (None: nobody knows) and before another."""

    reader: str
    after: Stamp | None
    before: Stamp


class History(JournalReader):
    """A reader for questions about single observations. Every method may raise sqlite3.Error."""

    def nearest(self, channel: str, at_ns: int) -> Nearest:
        """Around a moment, ns since 1970; times as far as they are known by now."""
        until = self._boots.span(0, at_ns + 1, as_read=True)
        since = self._boots.span(at_ns, _ALWAYS_NS, as_read=True)
        edges = [*(until[1:] if until else ()), *(since[:1] if since else ())]
        if not edges:
            return Nearest(None, None)
        low, high = min(edges), max(edges)
        found = self._among(channel, low, high, at_ns)
        before = found.before or self._among(channel, low - _LOOK_FAR, low - 1, at_ns).before
        return Nearest(before, found.after or self._first(channel, high + 1, at_ns))

    def ends(self) -> tuple[Entry, Entry] | None:
        """The first and the last record there is; None in an empty journal."""
        first, last = self.read_after(0, 1), self.read_after(self.head() - 1, 1)
        return (first[0], last[0]) if first and last else None

    def seqs(self, from_ns: int, to_ns: int) -> tuple[int, int] | None:
        """As `span`, but also of what has no settled time."""
        return self._boots.span(from_ns, to_ns, as_read=True)

    def words_on(self, entry: Entry) -> list[Entry]:
        """Every judgement of an observation, in the order in which they were made."""
        assert isinstance(entry.record, Observation)
        about = entry.record.channel
        values = (entry.record.at.mono_ns, about.sensor, about.quantity, entry.seq)
        rows = [Row(*row) for row in self._connection.execute(_WORDS, values).fetchall()]
        return [each for each in self._entries(rows) if each.boot == entry.boot]

    def said_at(self, seq: int) -> Stamp | None:
        """When a judgement was made: as old as the record before it."""
        around = self.read_after(max(0, seq - _PAGE), _PAGE, seq)
        return next((each.time for each in around[::-1] if not isinstance(each.record, Judgement)), None)

    def visits(self, first: int, last: int) -> list[Entry]:
        """What people did and saw, between two seqs; no more of it than a page."""
        rows = self._connection.execute(_VISITS, (first, last, _PAGE)).fetchall()
        found = self._entries([Row(*row) for row in rows])
        return [entry for entry in found if isinstance(entry.record, Visit)]

    def arrivals(self, seq: int) -> list[Had]:
        """Who got a record when, as far as it is on record."""
        if schema_of(self._connection) < SCHEMA_OF_ARRIVALS:
            return []
        found = arrivals_of(self._connection, seq)
        return [
            Had(each.reader, each.after and self._time(each.after), self._time(each.before)) for each in found
        ]

    def _time(self, look: Look) -> Stamp:
        known = None if look.at.trust == Trust.NTP else self._boots.settled.of(look.boot)
        return stamp(look.at, known)

    def _first(self, channel: str, low: int, at_ns: int) -> Entry | None:
        """The first after a moment, from `low` on."""
        return self._among(channel, low, low + _LOOK_FAR, at_ns, is_first=True).after

    def _among(self, channel: str, low: int, high: int, at_ns: int, *, is_first: bool = False) -> Nearest:
        """`is_first`: the first one that comes after it will do."""
        before: Entry | None = None
        after: Entry | None = None
        values = (low, high, *channel.split("/", 1))
        cursor = self._connection.execute(_OF_CHANNEL, values)
        try:
            while rows := cursor.fetchmany(_PAGE):
                for entry in self._entries([Row(*row) for row in rows]):
                    ns = entry.time.wall_ns
                    if ns <= at_ns and (before is None or ns >= before.time.wall_ns):
                        before = entry
                    elif ns > at_ns and (after is None or ns < after.time.wall_ns):
                        after = entry
                if is_first and after is not None:
                    break
        finally:
            cursor.close()  # an open SELECT would keep the writer from checkpointing
        return Nearest(before, after)
