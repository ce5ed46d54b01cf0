"""One incident as one reader sees it: what its event says by now, and what of it has been told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from agent.events.kinds import is_news
from agent.model import Event, Severity

if TYPE_CHECKING:
    from agent.model import Entry

RAISED, CLEARED, ACKNOWLEDGED = "raised", "cleared", "acknowledged"


class Change(StrEnum):
    """What there is to tell."""

    RAISED = "raised"
    WORSE = "worse"
    UPDATED = "updated"
    CLEARED = "cleared"
    REMINDER = "reminder"
    DIGEST = "digest"


@dataclass(slots=True)
class Incident:
    """`since` and `last` are the first and the newest entry of one event that are known.

    Times are monotonic ns of the station's clock. `is_wanted`: it has come to a level that is told at all.
    `untold_seq` is the first entry that brought news which nobody has been told yet, 0 when there is none.
    `in_hand`: what the person said who takes care of it, until it is news again.
    """

    since: Entry
    last: Entry
    is_wanted: bool = True
    worst: Severity = Severity.INFO
    told: Severity | None = None
    told_ns: int = 0
    untold_seq: int = 0
    in_hand: Event | None = None
    refusals: int = 0
    rests_until_ns: int = 0
    is_new_in_kind: bool = False

    @property
    def event(self) -> Event:
        """What was said last."""
        return cast("Event", self.last.record)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.event.phase == CLEARED

    @property
    def change(self) -> Change | None:
        """What is to be told of it; None when all has been."""
        if not self.is_wanted:
            return None
        if self.is_over:
            return Change.CLEARED
        if self.told is None:
            return Change.RAISED
        if self.worst > self.told:
            return Change.WORSE
        return Change.UPDATED if self.is_new_in_kind else None

    def follow(self, entry: Entry) -> None:
        """The next entry of its event. What is over is not begun again by anything but `raised`."""
        said = cast("Event", entry.record)
        if self.is_over and said.phase != RAISED:
            return
        if said.phase == ACKNOWLEDGED:
            self.in_hand = said
        elif is_news(said, self.worst):
            self.in_hand = None
            self.is_new_in_kind = True
        self.last = entry
        self.worst = max(self.worst, said.severity)
        if self.change is None:
            self.untold_seq = 0
        elif not self.untold_seq:
            self.untold_seq = entry.seq
            self.refusals = self.rests_until_ns = 0

    def was_told(self, now_ns: int) -> None:
        """A person has been told of it as it is now."""
        self.told, self.told_ns = self.worst, now_ns
        self.untold_seq = self.refusals = self.rests_until_ns = 0
        self.is_new_in_kind = False
