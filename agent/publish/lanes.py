"""What goes out next: events, then what is live, then what somebody asked for, then the backlog. Pure.

         bookmark            island          line
    done ----|....backlog....|-----|..backlog..|....live....| head

Events have a bookmark of their own and go ahead of everything; the other lanes pass over those of this run.
The backlog gets a share, so that it ends even where live data alone fill the link.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import TYPE_CHECKING

from agent.publish.ranges import Done, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable


_BACKLOG_EVERY = 8  # portions


class Lane(IntEnum):
    """In order of precedence."""

    EVENTS = 1
    LIVE = 2
    ASKED = 3
    BACKLOG = 4


class Turns:
    """In which order the lanes are asked: by precedence, but now and then the backlog right behind events."""

    def __init__(self) -> None:
        self._others = 0

    def order(self) -> list[Lane]:
        """Who is asked first for the next portion."""
        if self._others < _BACKLOG_EVERY - 1:
            return list(Lane)
        return [Lane.EVENTS, Lane.BACKLOG, Lane.LIVE, Lane.ASKED]

    def went(self, lane: Lane) -> None:
        """A portion of `lane` is on its way."""
        self._others = 0 if lane is Lane.BACKLOG else self._others + 1


class Asked:
    """Records that go out (again) because somebody wants them: of one channel, or (None) all.

    `parked` are those among them that the far side once refused.
    """

    def __init__(
        self,
        origin: str,
        stretches: Iterable[tuple[int, int]],
        channel: str | None = None,
        parked: Iterable[int] = (),
    ) -> None:
        self.origin = origin
        self.channel = channel
        self.parked = frozenset(parked)
        self._left = deque(Stretch(first, last) for first, last in stretches)

    @property
    def left(self) -> int:
        """How many sequence numbers are still to be looked at."""
        return sum(each.length for each in tuple(self._left))

    def stretch(self) -> Stretch | None:
        """What is to go next; None when all is done."""
        return self._left[0] if self._left else None

    def past(self, seq: int) -> None:
        """Everything up to `seq` has been dealt with."""
        while self._left and self._left[0].last <= seq:
            self._left.popleft()
        if self._left and self._left[0].first <= seq:
            self._left[0] = self._left[0]._replace(first=seq + 1)


class Lanes:
    """Where each lane stands. What was `asked` for goes in the order of asking."""

    def __init__(self, done: Done, event_mark: int) -> None:
        self.done = done
        self.event_mark = max(event_mark, done.bookmark)
        self.asked: deque[Asked] = deque()
        self._line = 0

    def live(self, top: int, most: int) -> Stretch | None:
        """Everything new up to `top`.

        More than `most` is no longer live: it becomes backlog, and what comes after it is live.
        """
        begin = self._live_from()
        if top - begin > most:
            self._line = top
            return None
        return Stretch(begin + 1, top) if top > begin else None

    def fresh(self, top: int) -> int:
        """How many sequence numbers up to `top` have not been looked at."""
        return max(0, top - self._live_from())

    def backlog(self) -> Stretch | None:
        """The lowest gap below what is live."""
        return self.done.first_gap(self._live_from())

    def behind(self) -> int:
        """How many sequence numbers the backlog has."""
        return self.done.missing(self._live_from())

    @property
    def asked_left(self) -> int:
        """How many sequence numbers are still to be looked at, of everything that was asked for."""
        return sum(each.left for each in tuple(self.asked))

    def next_asked(self) -> tuple[Asked, Stretch] | None:
        """Whose turn it is, and what of it; whoever has everything is forgotten."""
        while self.asked:
            stretch = self.asked[0].stretch()
            if stretch is not None:
                return self.asked[0], stretch
            self.asked.popleft()
        return None

    def _live_from(self) -> int:
        return max(self.done.end, self._line)
