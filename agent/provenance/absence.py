"""Why there is no observation of a channel at a moment, in the words of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.ledger.lacking import lacking
from agent.ledger.reasons import DELIVERED

if TYPE_CHECKING:
    from agent.journal.history import History
    from agent.model import Entry

_PAGE = 500
# Longer silences are looked at from their beginning.
_MOST_RECORDS = 50_000


def reasons(history: History, before: Entry, after: Entry) -> list[str]:
    """What is on record between two neighbouring observations of a channel: `no_power`, `evicted`, ...

    Empty when nothing is: it was not asked then. Raises sqlite3.Error.
    """
    found: dict[str, None] = {}
    for event in history.events_after(before.seq - 1, _PAGE):
        record = event.record
        if event.seq > after.seq:
            break
        if getattr(record, "kind", "") == "gap" and "reason" in getattr(record, "data", {}):
            found[str(record.data["reason"])] = None  # type: ignore[union-attr]
    for reason in _holes(history, before.seq, min(after.seq, before.seq + _MOST_RECORDS)):
        found[reason or "delivered, and gone to make room"] = None
    return list(found)


def _holes(history: History, seq: int, last: int) -> list[str]:
    """Why numbers are missing there."""
    found: list[str] = []
    while seq < last and (entries := history.read_after(seq, _PAGE, last)):
        for parts in lacking(history, seq, entries).values():
            found += [part.reason for part in parts]
        seq = entries[-1].seq
    return sorted(set(found), key=lambda reason: (reason == DELIVERED, reason))
