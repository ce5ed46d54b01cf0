"""Rows that somebody will not get, told as events in the commit that notes them: never one without the other.

The card has damaged them, or a far side refuses them. Whoever stores the records must know that these numbers
will not come, or would wait for them for ever.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from agent.journal.room.retention import merged
from agent.model import Event, Severity

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from agent.journal.room.retention import Range
    from agent.model import Instant

# As which reader a damaged row is parked; every other is a sink.
CARD = "journal"
_REFUSED = "parked"
# One damaged name, or one channel that a database refuses, can spoil every second row for months: the nearest
# runs are then told as one.
_MOST_RUNS = 20

_KNOWN = "SELECT 1 FROM parked WHERE reader = ? AND seq = ?"
_TELLS = (
    f"SELECT 1 FROM record WHERE seq = ? AND kind = 2 AND json_valid(body)"  # noqa: S608 - constants
    f" AND json_extract(body, '$.kind') = '{_REFUSED}'"
)


def found(
    connection: sqlite3.Connection, parked: Mapping[tuple[str, int], str | None], now: Instant
) -> list[Event]:
    """What to tell of the rows that are about to be `parked`. Raises sqlite3.Error."""
    told = []
    for reader in sorted({reader for reader, _ in parked}):
        fresh = {
            seq: reason
            for (name, seq), reason in parked.items()
            if name == reader and reason and not _is_told(connection, reader, seq)
        }
        told += [_event(reader, run, _within(run, fresh), now) for run in runs(fresh)]
    return [each for event in told for each in (event, event._replace(phase="cleared"))]


def runs(seqs: Iterable[int]) -> Sequence[Range]:
    """The ranges that they lie in: as few as may be told, split where the distance is largest."""
    exact = merged((seq, seq) for seq in seqs)
    return fewest(exact)


def fewest(exact: Sequence[Range]) -> Sequence[Range]:
    """Ranges that lie apart, in order, as few as may be told: the nearest become one."""
    widest = sorted(range(1, len(exact)), key=lambda n: exact[n - 1][1] - exact[n][0])[: _MOST_RUNS - 1]
    edges = [0, *sorted(widest), len(exact)] if exact else []
    return [(exact[begin][0], exact[end - 1][1]) for begin, end in pairwise(edges)]


def _is_told(connection: sqlite3.Connection, reader: str, seq: int) -> bool:
    """Whether there is nothing new to tell: it was parked before, or is itself such an event.

    Who refuses one of those may refuse the event about it as well, and so on without end.
    """
    if connection.execute(_KNOWN, (reader, seq)).fetchone() is not None:
        return True
    return reader != CARD and connection.execute(_TELLS, (seq,)).fetchone() is not None


def _within(run: Range, reasons: Mapping[int, str]) -> list[str]:
    return [reason for seq, reason in reasons.items() if run[0] <= seq <= run[1]]


def _event(reader: str, run: Range, reasons: Sequence[str], now: Instant) -> Event:
    return _damaged(run, len(reasons), now) if reader == CARD else _refused(reader, run, reasons, now)


def _damaged(run: Range, records: int, now: Instant) -> Event:
    first, last = run
    what = "1 record was" if records == 1 else f"{records} records were"
    return Event(
        id=f"station/damaged/{first}-{now.wall_ns}",
        kind="damaged",
        subject="station",
        phase="raised",
        severity=Severity.YELLOW,
        at=now,
        title=f"{what} damaged on the card",
        text=f"{f'Number {first}' if first == last else f'Numbers {first} to {last}'}: whoever has not got"
        " them will not. Once may be chance; if it comes again, replace the card.",
        data={"first_seq": first, "last_seq": last, "records": records},
    )


def _refused(sink: str, run: Range, reasons: Sequence[str], now: Instant) -> Event:
    """`reasons`: one for each record; the first speaks for all."""
    first, last = run
    records = "1 record" if len(reasons) == 1 else f"{len(reasons)} records"
    return Event(
        id=f"station/{_REFUSED}/{sink}/{first}-{now.wall_ns}",
        kind=_REFUSED,
        subject="station",
        phase="raised",
        severity=Severity.YELLOW,
        at=now,
        title=f"sink {sink} refuses {records} {f'from {first} to {last}' if first < last else f'({first})'}",
        text=f"{reasons[0]}. They are kept: `skyground parked` lists them, `skyground resend --parked` tries"
        " again.",
        data={
            "sink": sink,
            "first_seq": first,
            "last_seq": last,
            "records": len(reasons),
            "reason": reasons[0],
        },
    )
