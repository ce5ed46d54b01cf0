"""Observations that are missing one after the other, for one reason: a stretch with beginning and end."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from agent.ledger.slots import Missed


class Stretch(NamedTuple):
    """So many observations of one channel in a row are missing, for one reason.

    `first_ns` and `last_ns` are the times of the first and the last of them; `is_open`: it goes on.
    """

    channel: str
    reason: str
    first_ns: int
    last_ns: int
    slots: int
    is_open: bool = True


class Stretches:
    """Joins what is missing in a row. Remembers the last `limit` that are over, all of them when None."""

    def __init__(self, limit: int | None) -> None:
        self._over: deque[Stretch] = deque(maxlen=limit)
        self._open: dict[str, Stretch] = {}

    def add(self, channel: str, missed: Missed) -> None:
        """The next missing ones of a channel."""
        before = self._open.get(channel)
        if before is not None and before.reason == missed.reason:
            slots = before.slots + missed.slots
            self._open[channel] = before._replace(last_ns=missed.last_ns, slots=slots)
            return
        self.end(channel)
        self._open[channel] = Stretch(channel, missed.reason, missed.first_ns, missed.last_ns, missed.slots)

    def end(self, channel: str) -> None:
        """An observation of this channel is there again."""
        stretch = self._open.pop(channel, None)
        if stretch is not None:
            self._over.append(stretch._replace(is_open=False))

    def all(self) -> list[Stretch]:
        """Those that are over, and those that go on; by their beginning."""
        return sorted([*self._over, *self._open.values()], key=lambda stretch: stretch.first_ns)
