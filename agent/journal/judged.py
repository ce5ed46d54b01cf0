"""What was concluded of observations later, for who files them by time: the last word replaces the first.

A judgement may be at the far side long before its observation, which then comes out of a backlog: without
this the older flag would replace the newer one.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from agent.journal.file.row import COLUMNS, JUDGEMENT, Row, checksum, record_of
from agent.model import Judgement, observed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.journal.file.names import Dictionaries
    from agent.model import Channel, Entry

    _Of = tuple[str, Channel]  # boot id and channel

_WORDS = (
    f"SELECT {COLUMNS} FROM record WHERE kind = {JUDGEMENT} AND channel = ?"  # noqa: S608 - constants
    " AND mono_ns BETWEEN ? AND ? AND boot = ? ORDER BY seq"
)


def judged(connection: sqlite3.Connection, names: Dictionaries, entries: Sequence[Entry]) -> list[Entry]:
    """The same entries; observations and judgements of which more was said later, with the last of it.

    One look per channel and boot into an index of judgements alone. Damaged ones were never said.
    """
    said: dict[tuple[_Of, int], tuple[int, Judgement]] = {}
    for of, (first_ns, last_ns) in _spans(entries).items():
        for seq, word in _words(connection, names, of, first_ns, last_ns):
            said[of, word.at.mono_ns] = seq, word
    return [_with_word(entry, said) for entry in entries] if said else list(entries)


def _spans(entries: Sequence[Entry]) -> dict[_Of, tuple[int, int]]:
    """Of each channel and boot, the first and the last time since boot."""
    found: dict[_Of, tuple[int, int]] = {}
    for entry in entries:
        of = _of(entry)
        if of is not None:
            at_ns = entry.record.at.mono_ns
            first_ns, last_ns = found.get(of, (at_ns, at_ns))
            found[of] = min(first_ns, at_ns), max(last_ns, at_ns)
    return found


def _of(entry: Entry) -> _Of | None:
    found = observed(entry.record)
    return None if found is None else (entry.boot, found.channel)


def _words(
    connection: sqlite3.Connection, names: Dictionaries, of: _Of, first_ns: int, last_ns: int
) -> Iterator[tuple[int, Judgement]]:
    """Judgements of one channel in a stretch of a boot, in the order in which they were said."""
    boot, channel = names.known("boot", of[:1]), names.known("channel", of[1])
    try:
        rows = connection.execute(_WORDS, (channel, first_ns, last_ns, boot)).fetchall()
    except sqlite3.OperationalError:
        raise  # the file is busy or gone, not damaged
    except sqlite3.DatabaseError:
        return  # each of them still goes out by itself
    for row in (Row(*columns) for columns in rows):
        found = names.names(row.boot, row.channel, row.calibration)
        if found is not None and checksum(row, found[1]) == row.crc:
            record = record_of(row, found[0])
            if isinstance(record, Judgement):
                yield row.seq, record


def _with_word(entry: Entry, said: dict[tuple[_Of, int], tuple[int, Judgement]]) -> Entry:
    of = _of(entry)
    seq, word = said.get((of, entry.record.at.mono_ns), (0, None)) if of else (0, None)
    return entry._replace(later=word) if seq > entry.seq else entry
