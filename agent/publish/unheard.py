"""A far side that takes everything and has nobody to give it to: told by way of other destinations. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.publish import notices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Event, Instant
    from agent.publish.contract import Audible


class Unheard:
    """What was told of it. Where somebody gives receipts, these say what has arrived, and nothing is told."""

    def __init__(self, sink_id: str) -> None:
        self._sink_id = sink_id
        self._event: Event | None = None

    def adopt(self, left_open: Sequence[Event]) -> None:
        """Take over what an earlier run has told of this sink and not closed."""
        self._event = notices.left_open(left_open, notices.UNHEARD, self._sink_id)

    def hear(self, word: Audible, now: Instant, *, has_receipts: bool) -> list[Event]:
        """What is to be told."""
        is_bad = bool(word.why_not) and not has_receipts
        if is_bad == (self._event is not None):
            return []
        if is_bad:
            self._event = notices.unheard(self._sink_id, word.why_not, now)
            return [self._event]
        event, self._event = self._event, None
        return [] if event is None else [notices.cleared(event, now, "Somebody takes them again.")]
