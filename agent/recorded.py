"""A word to people only after what they said has been read back from the journal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from agent.control import Deferred, RefusedError
from agent.model import Event, Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.journal.journal import Journal
    from agent.model import Record

_LONGEST_S = 20.0
_PAGE = 500


def put_on_record(
    journal: Journal, said: Visit | Event, answer: object, append: Callable[[], None]
) -> Deferred:
    """Let `append` hand `said` to the journal; `answer`, once it is in the journal's file.

    What `append` raises is raised. Refused after 20 s: it is kept in memory then, and lost if the station
    ends before the disk is well.
    """
    # First where to look, then what to look for: the writer may commit at any moment.
    recorded = _Recorded(journal, said, answer)
    append()
    return recorded.deferred()


class _Recorded:
    def __init__(self, journal: Journal, said: Visit | Event, answer: object) -> None:
        self._journal = journal
        self._name = _named(said)
        self._answer = answer
        self._view = journal.view()
        self._seq = journal.head
        self._is_there = False
        self._give_up_s = time.monotonic() + _LONGEST_S

    def deferred(self) -> Deferred:
        return Deferred(self._is_over, self._told, self._view.close, _LONGEST_S)

    def _is_over(self) -> bool:
        while not self._is_there and (page := self._view.read_after(self._seq, _PAGE)):
            self._seq = page[-1].seq
            self._is_there = any(_named(each.record) == self._name for each in page)
        return self._is_there or time.monotonic() >= self._give_up_s

    def _told(self) -> object:
        self._view.close()
        if not self._is_there:
            raise RefusedError(
                "it is not on the disk yet; it waits in memory, and is lost if the station stops before",
                "`skyground status` says what is wrong with the journal; write it down on paper",
            )
        return self._answer


def _named(record: Record) -> tuple[object, ...]:
    """A visit has an id of its own; an event shares it with all that is told of it, before and after."""
    match record:
        case Visit():
            return (record.id,)
        case Event():
            return record.id, record.phase, record.data.get("by"), record.data.get("note")
    return ()
