"""The table `arrival`: when what reached whom. A damaged row says nothing, and is passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.journal.file.checked import sound
from agent.journal.telling.arrivals import Arrival, Look
from agent.model import Instant, Trust

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

SCHEMA_OF_ARRIVALS = 4
# Of those from before the start so many are read: each hour has six for every destination, an outage more.
_AT_START = 200
_LOOK = "boot, mono_ns, wall_ns, trust"
_COLUMNS = f"reader, first, last, after_boot, after_mono_ns, after_wall_ns, after_trust, {_LOOK}"
_MARKS = ",".join(f"?{n}" for n in range(1, 12))
_INSERT = f"INSERT INTO arrival ({_COLUMNS}, crc) VALUES ({_MARKS}, row_check({_MARKS}))"  # noqa: S608 - constants
_LAST = f"SELECT {_COLUMNS}, crc FROM arrival ORDER BY n DESC LIMIT {_AT_START}"  # noqa: S608 - constants
_OF = f"SELECT {_COLUMNS}, crc FROM arrival WHERE first <= ? AND last >= ? ORDER BY n"  # noqa: S608 - constants
# Rows lie nearly in the order of what they tell of: this looks at the first few only.
_FORGET = (
    "DELETE FROM arrival WHERE n <"
    " coalesce((SELECT n FROM arrival WHERE last > ? ORDER BY n LIMIT 1), (SELECT max(n) FROM arrival))"
)


def put(connection: sqlite3.Connection, arrivals: Iterable[Arrival]) -> None:
    """Note them, in the transaction under way."""
    connection.executemany(_INSERT, [_row(each) for each in arrivals])


def latest(connection: sqlite3.Connection) -> Sequence[Arrival]:
    """The last ones that were noted, oldest first."""
    return _read(connection.execute(_LAST))[::-1]


def arrivals_of(connection: sqlite3.Connection, seq: int) -> Sequence[Arrival]:
    """All that tell of one record, oldest first."""
    return _read(connection.execute(_OF, (seq, seq)))


def forget(connection: sqlite3.Connection, upto: int) -> None:
    """Those that tell only of records up to `upto`, which are gone."""
    connection.execute(_FORGET, (upto,))


def _row(arrival: Arrival) -> tuple[Any, ...]:
    after = (None,) * 4 if arrival.after is None else _columns(arrival.after)
    return (arrival.reader, arrival.first, arrival.last, *after, *_columns(arrival.before))


def _columns(look: Look) -> tuple[int, int, int, int]:
    return look.boot, look.at.mono_ns, look.at.wall_ns, int(look.at.trust)


def _read(rows: Iterable[tuple[Any, ...]]) -> list[Arrival]:
    return [
        Arrival(reader, first, last, None if look[0] is None else _look(*look[:4]), _look(*look[4:]))
        for reader, first, last, *look in sound(rows)
    ]


def _look(boot: int, mono_ns: int, wall_ns: int, trust: int) -> Look:
    return Look(boot, Instant(wall_ns, mono_ns, Trust(trust)))
