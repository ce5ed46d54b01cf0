"""Who has one record, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.publish.marks import is_sink, receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.journal.history import Had, History

DELIVERED, PARKED, WAITING = "delivered", "parked", "waiting"


class Delivery(NamedTuple):
    """One destination and one record.

    Attributes:
        state: `delivered`, `parked` (refused) or `waiting`.
        reason: why it was refused.
        times: between which moments it was dealt with; more than one when it was refused first.
        stored: whether the far side itself says that it has stored it; None when it gives no receipts.
    """

    sink: str
    state: str
    reason: str
    times: Sequence[Had]
    stored: bool | None


def deliveries(history: History, seq: int) -> list[Delivery]:
    """Every destination that this journal knows. Raises sqlite3.Error."""
    bookmarks = history.bookmarks()
    islands = history.islands()
    parked = {sink: reason for sink, of, reason in history.parked() if of == seq}
    arrivals = history.arrivals(seq)
    found = []
    for sink in sorted(name for name in bookmarks if is_sink(name)):
        has = seq <= bookmarks[sink] or any(first <= seq <= last for first, last in islands.get(sink, ()))
        stored = receipt(sink, lambda mark: bookmarks.get(mark, 0))
        state = PARKED if sink in parked else DELIVERED if has else WAITING
        times = [each for each in arrivals if each.reader == sink] if state != WAITING else []
        is_stored = None if stored is None else stored >= seq
        found.append(Delivery(sink, state, parked.get(sink, ""), times, is_stored))
    return found
