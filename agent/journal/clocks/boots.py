"""Where each boot lies in the journal, and between which rows a stretch of time does.

There is no index on time and none may be made: it would cost five times the wear of the card. Rows of one
boot follow each other, and so does their time since boot; a few steps of halving find any of them.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from agent.journal.clocks.times import Ends, Known, stamp
from agent.journal.file.checked import sealed, sound, unsealed
from agent.journal.file.database import schema_of
from agent.journal.file.row import COLUMNS, EVENT, JUDGEMENT, Row, checksum
from agent.model import Instant, TimeSource, Trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.journal.file.names import Dictionaries

_SCHEMA_OF_SETTLED = 2
_NS = 1_000_000_000
# Several buses wait for one commit, and a slot may be put on record late: rows lie nearly in order.
_MARGIN_NS = 3600 * _NS
# So many rows in a row that are damaged are taken for the end of the journal.
_DAMAGED_AT_MOST = 100

# A station that was restarted does not know that its clock is set until the time service has answered.
_LATELY = 100
_TOP = (1 << 63) - 1

_ENDS = "ends_of_boot_{}"  # in `meta`

# A judgement has the time of its observation, which may lie far behind those around it.
_UP = f"SELECT {COLUMNS} FROM record WHERE seq >= ? AND kind <> {JUDGEMENT} ORDER BY seq LIMIT ?"  # noqa: S608
_STEPS = (
    f"SELECT {COLUMNS} FROM record WHERE kind = {EVENT} AND seq >= ? AND seq < ?"  # noqa: S608
    """ AND body LIKE '%"clock_step"%'"""
)
_DOWN = f"SELECT {COLUMNS} FROM record WHERE seq < ? AND kind <> {JUDGEMENT} ORDER BY seq DESC LIMIT ?"  # noqa: S608


def keep_ends(connection: sqlite3.Connection, boot: int, first: Instant, last: Instant) -> None:
    """Keep the first and the last look of a boot whose rows may not come over into this file."""
    looks = json.dumps([first, last])
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_ENDS.format(boot), sealed(looks)))


def keep_settled(connection: sqlite3.Connection, boot: int, known: Known) -> None:
    """Keep what was settled of a boot. What stands there has been found damaged."""
    connection.execute(
        "INSERT OR REPLACE INTO settled VALUES (?, ?, ?, ?, row_check(?, ?, ?, ?))", (boot, *known) * 2
    )


class Settled:
    """The table `settled` through one connection. What it has said once it need not be asked again."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._is_there = schema_of(connection) >= _SCHEMA_OF_SETTLED
        self._known: dict[int, Known] = {}

    def of(self, boot: int) -> Known | None:
        """What is settled of a boot."""
        if boot not in self._known and self._is_there:
            self._known.update(self._read("WHERE boot = ?", (boot,)))
        return self._known.get(boot)

    def all(self) -> dict[int, Known]:
        """What is settled of all boots, in order."""
        return self._read("ORDER BY boot", ()) if self._is_there else {}

    def _read(self, which: str, of: tuple[int, ...]) -> dict[int, Known]:
        """What is damaged was never settled: it is settled anew."""
        query = f"SELECT boot, offset_ns, error_ns, source, crc FROM settled {which}"  # noqa: S608 - constants
        rows = sound(self._connection.execute(query, of))
        return {boot: Known(offset, error, TimeSource(source)) for boot, offset, error, source in rows}


class Boots:
    """Looks up rows by boot, each verified by its checksum."""

    def __init__(self, connection: sqlite3.Connection, names: Dictionaries) -> None:
        self._connection = connection
        self._names = names
        self.settled = Settled(connection)

    def numbers(self) -> list[int]:
        """All boots that the journal knows, in order. Rows of the oldest may be gone."""
        return [n for (n,) in self._connection.execute("SELECT n FROM boot ORDER BY n")]

    def ends(self, boot: int) -> Ends | None:
        """The first and the last look of a boot; None when it has no row, or its ends cannot be read."""
        with suppress(sqlite3.DatabaseError):
            low = self.first_seq(boot)
            found = self._ends_within(boot, low, self._behind(boot, low, self._limits()[1]))
            return found or self._kept_ends(boot)
        return None

    def history(self) -> list[Ends]:
        """The boots from which what has no time can be settled, in order, and the last one.

        They begin with the last before those whose time is known within bounds. All after it count, also
        where the time was estimated without bounds: none may be put where another has been put.
        """
        numbers = self.numbers()
        waiting = [n for n in numbers if self.settled.of(n) is None and self.ends(n) is not None]
        found: list[Ends] = []
        for n in reversed(numbers):
            ends = self.ends(n)
            if ends is not None:
                found.append(ends)
                if ends.is_bounded and n < min(waiting, default=n + 1):
                    break
        return found[::-1]

    def ids(self) -> dict[int, str]:
        """All boots that the journal knows: number and id, in order."""
        rows = self._connection.execute("SELECT n, boot_id FROM boot ORDER BY n")
        return {n: boot_id for n, boot_id in rows if isinstance(boot_id, str)}  # else damaged

    def last_look(self) -> tuple[Instant, str] | None:
        """When the newest row that is not damaged was made, and the id of its boot; None without any."""
        row = self._row(_DOWN, self._limits()[1])
        found = row and self._names.names(row.boot, None, None)
        return (_instant(row), found[0].boot) if row and found else None

    def last_told(self, boot: int) -> Instant | None:
        """When the clock of this boot, the last one, could be trusted last; None when not lately."""
        with suppress(sqlite3.DatabaseError):
            rows = [Row(*row) for row in self._connection.execute(_DOWN, (_TOP, _LATELY)).fetchall()]
            told = (row for row in rows if row.boot == boot and row.trust != Trust.NONE)
            return next((_instant(row) for row in told if self._is_sound(row)), None)
        return None

    def first_seq(self, boot: int) -> int:
        """The first seq of a boot, or of the first one after it that has rows, or the one after the last."""
        return self._search(*self._limits(), lambda row: row.boot >= boot)

    def span(self, from_ns: int, to_ns: int, *, as_read: bool = False) -> tuple[int, int] | None:
        """See `JournalView.span`. `as_read`: also what has no settled time, by what its clock said."""
        found: list[int] = []
        low, end = self._limits()
        for boot in self.numbers():
            high = self._behind(boot, low, end)
            if as_read or self._is_settled(boot, low, high):
                found += self._part(boot, (low, high), from_ns - _MARGIN_NS, to_ns + _MARGIN_NS)
            low = high
        return (min(found), max(found)) if found else None

    def _kept_ends(self, boot: int) -> Ends | None:
        """Those of a boot that has left no row here (`keep_ends`)."""
        kept = self._connection.execute("SELECT value FROM meta WHERE key = ?", (_ENDS.format(boot),))
        for (stored,) in kept.fetchall():
            if looks := unsealed(stored):
                first, last = (Instant(wall, mono, Trust(trust)) for wall, mono, trust in json.loads(looks))
                return Ends(boot, first, last, self.settled.of(boot))
        return None

    def _ends_within(self, boot: int, low: int, high: int) -> Ends | None:
        first, last = self._row(_UP, low), self._row(_DOWN, high)
        if first is None or last is None or first.boot != boot or last.boot != boot:
            return None
        return Ends(boot, _instant(first), _instant(last), self.settled.of(boot))

    def _part(self, boot: int, seqs: tuple[int, int], from_ns: int, to_ns: int) -> tuple[int, ...]:
        """The first and the last seq between two times of one boot, which has `seqs`; nothing without any."""
        low, high = seqs
        ends = self._ends_within(boot, low, high)
        if ends is None:
            return ()
        offsets_ns = [_offset_ns(look, ends.known) for look in (ends.first, *self._steps(seqs), ends.last)]
        begin = self._search(low, high, lambda row: row.mono_ns + max(offsets_ns) >= from_ns)
        end = self._search(begin, high, lambda row: row.mono_ns + min(offsets_ns) >= to_ns)
        return (begin, end - 1) if begin < end else ()

    def _is_settled(self, boot: int, low: int, high: int) -> bool:
        ends = self._ends_within(boot, low, high)
        return ends is not None and stamp(ends.last, ends.known).settled

    def _steps(self, seqs: tuple[int, int]) -> list[Instant]:
        """Looks at a clock that had just been set anew, in the rows of a boot."""
        rows = [Row(*row) for row in self._connection.execute(_STEPS, seqs).fetchall()]
        return [_instant(row) for row in rows if self._is_sound(row)]

    def _behind(self, boot: int, low: int, high: int) -> int:
        """The first seq from `low` on that belongs to a later boot, `high` when none does."""
        return self._search(low, high, lambda row: row.boot > boot)

    def _search(self, low: int, high: int, is_reached: Callable[[Row], bool]) -> int:
        """The first seq from `low` on whose row has reached something, `high` when none has."""
        while low < high:
            middle = (low + high) // 2
            row = self._row(_UP, middle)
            if row is None or row.seq >= high or is_reached(row):
                high = middle
            else:
                low = row.seq + 1
        return low

    def _limits(self) -> tuple[int, int]:
        # Asked for together, SQLite would read the whole table.
        (low,) = self._connection.execute("SELECT min(seq) FROM record").fetchone()
        (high,) = self._connection.execute("SELECT max(seq) FROM record").fetchone()
        return (0, 0) if low is None else (low, high + 1)

    def _row(self, query: str, seq: int) -> Row | None:
        """The nearest row whose checksum is right."""
        for limit in (1, _DAMAGED_AT_MOST):
            for columns in self._connection.execute(query, (seq, limit)).fetchall():
                row = Row(*columns)
                if self._is_sound(row):
                    return row
        return None

    def _is_sound(self, row: Row) -> bool:
        found = self._names.names(row.boot, row.channel, row.calibration)
        if found is None:
            self._names.reload()  # a reader may not have met it yet
            found = self._names.names(row.boot, row.channel, row.calibration)
        return found is not None and checksum(row, found[1]) == row.crc


def _instant(row: Row) -> Instant:
    return Instant(row.wall_ns, row.mono_ns, Trust(row.trust))


def _offset_ns(look: Instant, known: Known | None) -> int:
    """What its best known time is beyond the time since boot."""
    return stamp(look, known).wall_ns - look.mono_ns
