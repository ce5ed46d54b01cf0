"""What was lost because memory was full while the disk said no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import Event, Severity

if TYPE_CHECKING:
    from agent.model import Instant


class Overflow:
    """What the ring could not hold since the last commit, for the event that tells of it."""

    def __init__(self, first: Instant) -> None:
        self.count = 0
        self.first = first
        self.last = first

    def and_then(self, later: Overflow | None) -> Overflow:
        """This loss and the one after it, as one."""
        if later is not None:
            self.count += later.count
            self.last = later.last
        return self

    def events(self) -> list[Event]:
        """A `gap` over the dropped span, over by the time that it can be told."""
        lasted_s = (self.last.mono_ns - self.first.mono_ns) / NS
        event = Event(
            id=f"station/gap/{self.first.wall_ns}",
            kind="gap",
            subject="station",
            phase="raised",
            severity=Severity.ORANGE,
            at=self.first,
            title=f"{self.count} records were lost before they reached the disk",
            text="The disk could not be written and the memory ring was full. Check the card and its space.",
            data={"reason": "memory_full", "lasted_s": lasted_s, "records": self.count},
        )
        return [event, event._replace(phase="cleared", at=self.last)]
