"""Leaps of time: an outage, or a clock that ran ahead and comes back. Only the second is undone. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS

if TYPE_CHECKING:
    from agent.ledger.books import Books
    from agent.ledger.place import Place

# The clock was a little wrong before, too.
_NEARLY_NS = 3600 * NS
_REMEMBERED = 4


class Leap(NamedTuple):
    """Time leapt to `to`; `books`: as they were before, `firsts`: each channel's first reading since."""

    books: Books
    to: Place
    firsts: dict[str, Place]


class Leaps:
    """The last few of them."""

    def __init__(self) -> None:
        self._leaps: deque[Leap] = deque(maxlen=_REMEMBERED)

    def forward(self, books: Books, to: Place) -> None:
        """Time has leapt forward; `books` as they were before."""
        self._leaps.append(Leap(books, to, {}))

    def saw(self, name: str, place: Place) -> None:
        """A channel has been read."""
        for leap in self._leaps:
            leap.firsts.setdefault(name, place)

    def undone_by(self, place: Place) -> Leap | None:
        """The leap that a clock which was set back to `place` has undone, with all that came after it."""
        while self._leaps and self._leaps[-1].to.wall_ns > place.wall_ns:
            leap = self._leaps.pop()
            began = leap.books.now
            if began is None or began.wall_ns <= place.wall_ns + _NEARLY_NS:
                return leap
        return None
