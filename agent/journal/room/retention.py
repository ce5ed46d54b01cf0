"""What makes room, in which order. Pure.

Everything is kept until its space is needed. Then goes, oldest first: what every destination has, and only
when nothing of that is left, what one of them has not. Each time observations and the station's numbers go
before events. The last row stays, so that no seq is used twice; names and calibrations stay for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Range = tuple[int, int]  # first and last seq, both included

MB = 1_000_000
_RESERVE_BYTES = 4 * MB
# Used pages may come this near to the end of the file: enough for the largest ordinary commit.
_MARGIN_PAGES = 4096
# Pruning frees this much at a time: few, well-filled transactions wear the card least.
_STROKE_PAGES = 1024


class Limits(NamedTuple):
    """What the journal may use of the card, and what the card may be written."""

    max_mb: float = 1000
    card_tb: float = 29

    @property
    def reserve_bytes(self) -> int:
        """The room of the WAL, and that of the ballast: each so large, and at most a quarter of all."""
        return min(_RESERVE_BYTES, int(self.max_mb * MB / 4))

    def pages(self, page_bytes: int) -> int:
        """How many pages the file itself may have."""
        return (int(self.max_mb * MB) - 2 * self.reserve_bytes) // page_bytes


class Pages(NamedTuple):
    """The file in pages: how many it has, how many of them are free, how many it may have."""

    total: int
    free: int
    limit: int

    @property
    def used(self) -> int:
        """Those that hold something."""
        return self.total - self.free

    @property
    def available(self) -> int:
        """How many pages can still be filled."""
        return self.limit - self.used

    def crowded(self, *, pruning: bool) -> bool:
        """Whether to prune: from the high mark on, and once begun until the low one."""
        high = self.limit - min(_MARGIN_PAGES, self.limit // 20)
        low = high - min(_STROKE_PAGES, self.limit // 100)
        return self.used > (low if pruning else high)


class Done(NamedTuple):
    """What one destination has: everything up to `upto`, and the ranges above it."""

    upto: int
    islands: tuple[Range, ...] = ()


class Has(NamedTuple):
    """What each destination has: of observations and numbers, and of events."""

    data: Sequence[Done]
    events: Sequence[Done]


class Floors(NamedTuple):
    """Up to which seq the records of each class are meant: observations and numbers, and events."""

    data: int
    events: int


class Cut(NamedTuple):
    """What may go next: the records of one class in (`after`, `upto`], oldest first."""

    of: Literal["data", "events"]
    after: int
    upto: int


def next_cut(gone: Floors, delivered: Floors, head: int, *, give_up: bool) -> Cut | None:
    """What goes next; None when nothing may. Undelivered records only if the caller must `give_up` some.

    `gone` says what went before, `delivered` what every destination has, `head` which record is the last.
    """
    last = head - 1
    steps = [
        Cut("data", gone.data, min(delivered.data, last)),
        Cut("events", gone.events, min(delivered.events, last)),
    ]
    if give_up:
        steps += [Cut("data", gone.data, last), Cut("events", gone.events, last)]
    return next((cut for cut in steps if cut.after < cut.upto), None)


def lowest(sinks: Sequence[Done]) -> int:
    """Up to which seq every destination has everything. Nobody has what goes to nobody."""
    return min((done.upto for done in sinks), default=0)


def missing(first: int, last: int, sinks: Sequence[Done]) -> list[Range]:
    """The parts of [`first`, `last`] that one destination at least has not, in order and apart."""
    if not sinks:
        return [(first, last)]
    return merged(part for done in sinks for part in _without(first, last, done))


def _without(first: int, last: int, done: Done) -> list[Range]:
    parts, at = [], max(first, done.upto + 1)
    for low, high in sorted(done.islands):
        if low > last:
            break
        if at < low:
            parts.append((at, low - 1))
        at = max(at, high + 1)
    return [*parts, (at, last)] if at <= last else parts


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The same seqs as ranges in order that neither overlap nor touch."""
    result: list[Range] = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return result
