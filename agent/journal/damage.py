"""Rows that the card has changed, told as events in the commit that notes them: neither is without the other.

Whoever stores the records must know that these numbers will never come, or would wait for them for ever.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from agent.journal.retention import merged
from agent.model import Event, Severity

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from agent.journal.retention import Range
    from agent.model import Instant

# As which reader a damaged row is parked.
READER = "journal"
# One damaged name can spoil every second row for months: the nearest runs are then told as one.
_MOST_RUNS = 20


def found(
    connection: sqlite3.Connection, parked: Mapping[tuple[str, int], str | None], now: Instant
) -> list[Event]:
    """What to tell of the damaged rows that are about to be `parked`. Raises sqlite3.Error."""
    seqs = [seq for (reader, seq), reason in parked.items() if reader == READER and reason]
    fresh = [seq for seq in seqs if not _is_known(connection, seq)]
    told = [_event(run, sum(run[0] <= seq <= run[1] for seq in fresh), now) for run in _runs(fresh)]
    return [each for event in told for each in (event, event._replace(phase="cleared"))]


def _is_known(connection: sqlite3.Connection, seq: int) -> bool:
    query = "SELECT 1 FROM parked WHERE reader = ? AND seq = ?"
    return connection.execute(query, (READER, seq)).fetchone() is not None


def _runs(seqs: Iterable[int]) -> Sequence[Range]:
    """The ranges that they lie in: as few as may be told, split where the distance is largest."""
    runs = merged((seq, seq) for seq in seqs)
    widest = sorted(range(1, len(runs)), key=lambda n: runs[n - 1][1] - runs[n][0])[: _MOST_RUNS - 1]
    edges = [0, *sorted(widest), len(runs)] if runs else []
    return [(runs[begin][0], runs[end - 1][1]) for begin, end in pairwise(edges)]


def _event(run: Range, records: int, now: Instant) -> Event:
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
