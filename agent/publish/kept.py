"""What the configured destinations have for good, so that the journal knows what may make room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.journal.room.retention import Done, Has
from agent.publish.marks import delivered, event_mark, receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.journal.journal import Journal


def kept(journal: Journal, sinks: Sequence[str]) -> Has:
    """What each of them has now. A sink that is configured no more has no say."""
    has = [_has(journal, sink) for sink in sinks]
    return Has([data for data, _ in has], [events for _, events in has])


def _has(journal: Journal, sink: str) -> tuple[Done, Done]:
    """Of observations, and of events, which run ahead of them.

    Where an ingest side gives receipts it has the last word: a broker may lose what it acknowledged.
    """
    upto = delivered(sink, journal.bookmark)
    if receipt(sink, journal.bookmark) is not None:
        return Done(upto), Done(upto)
    islands = journal.islands(sink)
    return Done(upto, islands), Done(max(upto, journal.bookmark(event_mark(sink))), islands)
