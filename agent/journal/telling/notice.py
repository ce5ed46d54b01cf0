"""An event that lasts: told once when it begins, once when it is over, with one id."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.model import Event, Instant, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping


class Words(NamedTuple):
    """What a notice says: a title, what to do, and its figures for machines."""

    title: str
    text: str
    data: Mapping[str, float | str]


class Notice:
    """One kind of trouble of the station itself, at most one of a kind at a time."""

    def __init__(self, kind: str, severity: Severity) -> None:
        self.kind = kind
        self._severity = severity
        self._id = ""

    @property
    def is_up(self) -> bool:
        """Whether it was raised and not cleared."""
        return bool(self._id)

    def adopt(self, event_id: str) -> None:
        """It was up when the station stopped last."""
        self._id = event_id

    def raised(self, at: Instant, words: Words, event_id: str = "") -> Event:
        """It begins; under this id, or one of its own."""
        self._id = event_id or name(self.kind, at)
        return self._event("raised", at, words)

    def updated(self, at: Instant, words: Words) -> Event:
        """It goes on, and there is more to tell."""
        return self._event("updated", at, words)

    def cleared(self, at: Instant, words: Words) -> Event:
        """It is over."""
        event = self._event("cleared", at, words)
        self._id = ""
        return event

    def _event(self, phase: str, at: Instant, words: Words) -> Event:
        return Event(self._id, self.kind, "station", phase, self._severity, at, *words)


def name(kind: str, at: Instant) -> str:
    """The id of an event of the station that begins now: unique, also when each boot begins in 1970."""
    return f"station/{kind}/{at.wall_ns}-{at.mono_ns}"
