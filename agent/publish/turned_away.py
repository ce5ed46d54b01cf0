"""A far side that refuses us: credentials, certificates. Waiting is no cure, so somebody is told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from agent.publish import notices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Event, Instant
    from agent.publish.contract import UnavailableError

_TOLD_AFTER_S = 3600.0


class TurnedAway:
    """A missing network is no fault of the station and never told; a refusal is, once it has lasted."""

    def __init__(self, sink_id: str) -> None:
        self._sink_id = sink_id
        self._since_ns: int | None = None
        self._event: Event | None = None

    def adopt(self, left_open: Sequence[Event]) -> None:
        """Take over what an earlier run has told of this sink and not closed."""
        self._event = notices.left_open(left_open, notices.REFUSED, self._sink_id)

    def failed(self, error: UnavailableError, now: Instant) -> list[Event]:
        """The far side was tried in vain. Returns what is to be told."""
        if not error.needs_person:
            return []  # it may stand behind a network that is gone: what was known of it still holds
        if self._since_ns is None:
            self._since_ns = now.mono_ns
        if self._event is not None or now.mono_ns - self._since_ns < _TOLD_AFTER_S * NS:
            return []
        self._event = notices.refused(self._sink_id, error, now)
        return [self._event]

    def answered(self, now: Instant) -> list[Event]:
        """It took something. Returns what is to be told."""
        self._since_ns = None
        event, self._event = self._event, None
        return [] if event is None else [notices.cleared(event, now, "It takes what it is sent again.")]
