"""Which entry makes a far side hang up, told from a link that is cut by chance. Pure.

Some brokers do not refuse a message but end the connection (mosquitto's `message_size_limit`). Sent again as
it is, it would be in the way of everything behind it for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Entry

# In a row: the same entry in front, and nothing else going wrong in between, as it would on a bad link.
_SUSPECT_AFTER = 3
# For an entry that went out alone. Parking is for ever, so it takes more than a suspicion.
_SURE_AFTER = 5
_TRUST_AFTER = 32  # good sends of a reduced size before twice the size is tried


class Suspicion:
    """Counts the hang-ups and says how many entries may go out together."""

    def __init__(self) -> None:
        self._suspect: tuple[int, bool] | None = None  # seq of the entry in front, and whether it was alone
        self._count = 0
        self._rows: int | None = None  # None: no suspicion, send as much as there is
        self._whole = 0  # what was too much in the beginning
        self._good = 0

    def limit(self, rows: int) -> int:
        """How many of `rows` entries may go out together."""
        return rows if self._rows is None else min(rows, self._rows)

    def hung_up(self, rest: Sequence[Entry]) -> bool:
        """The far side went on being sent `rest`. True: take it as refused, no longer as chance.

        What is taken as refused is to be sent again in the smaller portions of `limit`, or parked when it was
        one entry.
        """
        suspect = (rest[0].seq, len(rest) == 1)
        self._count = self._count + 1 if suspect == self._suspect else 1
        self._suspect = suspect
        if len(rest) == 1:
            return self._count >= _SURE_AFTER
        if self._rows is None and self._count < _SUSPECT_AFTER:
            return False
        self._whole = self._whole or len(rest)
        self._rows, self._good = len(rest) // 2, 0
        return True

    def other_trouble(self) -> None:
        """The far side was away for a reason that has nothing to do with what was sent."""
        self._suspect = None

    def went(self) -> None:
        """A send was acknowledged. Whatever made the far side hang up must be rarer than that."""
        self._suspect = None
        if self._rows is None:
            return
        self._good += 1
        if self._good >= _TRUST_AFTER:
            self._rows, self._good = self._rows * 2, 0
            if self._rows >= self._whole:
                self.found()

    def found(self) -> None:
        """The entry at fault is out of the way."""
        self._suspect = self._rows = None
        self._whole = 0
