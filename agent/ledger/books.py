"""What has been counted so far. Pure."""

from __future__ import annotations

from collections import deque
from copy import copy, deepcopy
from typing import TYPE_CHECKING

from agent.ledger.paces import Paces
from agent.ledger.stretches import Stretches
from agent.model import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.ledger.place import Place
    from agent.ledger.slots import Hole

_HOLES = 64


class Count:
    """One channel's day."""

    def __init__(self) -> None:
        self.present = 0
        self.good = 0
        self.delivered = 0  # present too, but gone from the journal before anybody looked at their flag
        self.missing: dict[str, int] = {}

    def miss(self, reason: str, count: int = 1) -> None:
        """So many more slots without an observation."""
        self.missing[reason] = self.missing.get(reason, 0) + count

    def tally(self) -> Tally:
        """As it is published. Of what nobody looked at as many are taken for good as of the others."""
        present = self.present + self.delivered
        unseen = self.delivered * self.good // self.present if self.present else self.delivered
        expected = present + sum(self.missing.values())
        return Tally(expected, present, self.good + unseen, dict(sorted(self.missing.items())))


class Books:
    """All that an account knows, so that it can be put back.

    Args:
        periods_s: of each sensor by its id; of others holes are not counted, only what is on record.
        remember: so many stretches of missing observations; None for all.

    Attributes:
        first_day: nothing is counted for days before it.
        days: by day and channel.
        last: where each channel was last read, or last missed.
        holes: what may have swallowed observations, the newest of them.
        stretches: what is missing in a row.
        paces: how far apart the slots of each channel lie.
        now: the newest entry.
    """

    def __init__(self, periods_s: Mapping[str, float], remember: int | None) -> None:
        self.first_day = 0
        self.days: dict[int, dict[str, Count]] = {}
        self.last: dict[str, Place] = {}
        self.holes: deque[Hole] = deque(maxlen=_HOLES)
        self.stretches = Stretches(remember)
        self.paces = Paces(periods_s)
        self.now: Place | None = None

    def copy(self) -> Books:
        """As they are, to be changed on their own."""
        other = copy(self)
        other.last, other.holes = self.last.copy(), self.holes.copy()
        other.days, other.paces, other.stretches = deepcopy((self.days, self.paces, self.stretches))
        return other
