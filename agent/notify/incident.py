"""One incident as one notifier sees it: what its event says by now, and what of it has been told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from agent.model import Event, Severity

if TYPE_CHECKING:
    from agent.model import Entry

CLEARED, ACKNOWLEDGED = "cleared", "acknowledged"


class Change(StrEnum):
    """What there is to tell."""

    RAISED = "raised"
    WORSE = "worse"
    CLEARED = "cleared"
    REMINDER = "reminder"
    DIGEST = "digest"


@dataclass(slots=True)
class Incident:
    """`since` and `last` are the first and the newest entry of one event that are known.

    Times are monotonic ns of the station's clock. `untold_seq` is the first entry that brought news which
    nobody has been told yet, 0 when there is none.
    """

    since: Entry
    last: Entry
    worst: Severity = Severity.INFO
    told: Severity | None = None
    told_ns: int = 0
    untold_seq: int = 0
    acknowledged: Severity | None = None
    refusals: int = 0
    rests_until_ns: int = 0

    @property
    def event(self) -> Event:
        """What was said last."""
        return cast("Event", self.last.record)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.event.phase == CLEARED

    @property
    def is_acknowledged(self) -> bool:
        """Whether somebody has it in hand. It is anew when it gets worse than what they have seen."""
        return self.acknowledged is not None and self.worst <= self.acknowledged

    @property
    def change(self) -> Change | None:
        """What is to be told of it; None when all has been."""
        if self.is_over:
            return Change.CLEARED
        if self.told is None:
            return Change.RAISED
        return Change.WORSE if self.worst > self.told else None

    def follow(self, entry: Entry) -> None:
        """The next entry of its event."""
        self.last = entry
        self.worst = max(self.worst, self.event.severity)
        if self.event.phase == ACKNOWLEDGED:
            self.acknowledged = self.worst
        if self.change is None:
            self.untold_seq = 0
        elif not self.untold_seq:
            self.untold_seq = entry.seq
            self.refusals = self.rests_until_ns = 0

    def was_told(self, now_ns: int) -> None:
        """A person has been told of it as it is now."""
        self.told, self.told_ns = self.worst, now_ns
        self.untold_seq = self.refusals = self.rests_until_ns = 0
