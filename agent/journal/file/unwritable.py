"""Records that no file can take: one of them must not keep all others from being written."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from agent.journal.file.row import body_row, observation_row
from agent.model import Event, Judgement, Observation, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Instant, Record

# What Python says of a number beyond 64 bits, half a character, or a value of a strange type.
UNWRITABLE = (ValueError, TypeError, OverflowError, AttributeError, sqlite3.ProgrammingError)


def sifted(records: Sequence[Record], now: Instant) -> tuple[list[Record], list[Event]]:
    """Those that can be written, in order, and what to tell of the others."""
    connection = sqlite3.connect(":memory:")
    try:
        faults = [(record, _fault(connection, record)) for record in records]
    finally:
        connection.close()
    bad = [(record, fault) for record, fault in faults if fault]
    return [record for record, fault in faults if not fault], _told(bad, now) if bad else []


def _fault(connection: sqlite3.Connection, record: Record) -> str:
    """Why it cannot be written; empty when it can."""
    try:
        values = _values(record)
        connection.execute(f"SELECT {','.join('?' * len(values))}", values).fetchall()
    except UNWRITABLE as error:
        return repr(error)
    return ""


def _values(record: Record) -> tuple[object, ...]:
    """All that its row and the names in it consist of."""
    if isinstance(record, Observation | Judgement):
        row = observation_row(0, 0, record, (0, 0), 0)
        about = record.observation if isinstance(record, Judgement) else record
        return (*row, *about.channel, *about.calibration)
    return body_row(0, 0, record, 0) + ((record.id,) if isinstance(record, Event) else ())


def _told(bad: Sequence[tuple[Record, str]], now: Instant) -> list[Event]:
    record, fault = bad[0]
    what = "1 record" if len(bad) == 1 else f"{len(bad)} records"
    event = Event(
        id=f"station/journal_trouble/unwritable-{now.wall_ns}",
        kind="journal_trouble",
        subject="station",
        phase="raised",
        severity=Severity.YELLOW,
        at=now,
        title=f"{what} could not be written and went lost",
        text=f"No file could take this, whatever the disk: {fault}. Report it as a bug of skyground.",
        data={"records": len(bad), "reason": fault, "first": repr(record)[:300]},
    )
    return [event, event._replace(phase="cleared")]
