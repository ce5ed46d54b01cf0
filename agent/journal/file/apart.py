"""Events that would share an instant, a millisecond apart; and so are records of visits.

A database files them under kind, subject and time: of two that share all three it keeps one. What is
found out together is told together, so this is ordinary. The order stays that of `seq`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Event, Instant, Visit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.model import Record

_APART_NS = 1_000_000


class Apart:
    """Remembers the last crowd of each kind and subject: its first and its last wall time, in ns."""

    def __init__(self) -> None:
        self._committed: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._crowds: dict[tuple[str, str, str], tuple[int, int]] = {}

    def spaced(self, records: Iterable[Record]) -> list[Record]:
        """For the next commit: the same records, those events moved that are too near to others."""
        self._crowds = dict(self._committed)
        return [self._moved(each) if isinstance(each, Event | Visit) else each for each in records]

    def committed(self) -> None:
        """The commit has succeeded."""
        self._committed = self._crowds

    def _moved(self, record: Event | Visit) -> Event | Visit:
        key, at = (type(record).__name__, record.kind, record.subject), record.at
        crowd = self._crowds.get(key)
        if crowd is None or not crowd[0] - _APART_NS < at.wall_ns < crowd[1] + _APART_NS:
            self._crowds[key] = (at.wall_ns, at.wall_ns)
            return record
        free_ns = crowd[1] + _APART_NS
        self._crowds[key] = (crowd[0], free_ns)
        return record._replace(at=Instant(free_ns, at.mono_ns + free_ns - at.wall_ns, at.trust))
