"""What a reader is done with: everything up to its bookmark, and islands above it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

# Every outage that ends before the one before it was made good leaves one.
MOST_ISLANDS = 32


class Stretch(NamedTuple):
    """The records from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many sequence numbers lie in it."""
        return self.last - self.first + 1


class Done:
    """Grows by `add`. With too many islands a small one is forgotten: a duplicate later, never a loss.

    Never the last: what is live begins behind it, and would go out again and again.
    """

    def __init__(self, bookmark: int, islands: Iterable[tuple[int, int]] = ()) -> None:
        self.bookmark = bookmark
        self.islands: tuple[Stretch, ...] = ()
        for first, last in islands:
            self.add(first, last)

    @property
    def end(self) -> int:
        """The last seq that is done, with or without gaps below it."""
        return self.islands[-1].last if self.islands else self.bookmark

    def add(self, first: int, last: int) -> None:
        """Also everything from `first` to `last`."""
        if last < first:
            return
        apart = []
        for island in self.islands:
            if island.last < first - 1 or island.first > last + 1:
                apart.append(island)
            else:
                first, last = min(first, island.first), max(last, island.last)
        if first <= self.bookmark + 1:
            self.bookmark = max(self.bookmark, last)
            self.islands = tuple(each for each in apart if each.last > self.bookmark)
        else:
            self.islands = _largest(sorted([*apart, Stretch(first, last)]))

    def first_gap(self, upto: int) -> Stretch | None:
        """The lowest stretch that is not done and ends at `upto` or before; None when there is none."""
        last = min(upto, self.islands[0].first - 1) if self.islands else upto
        return Stretch(self.bookmark + 1, last) if last > self.bookmark else None

    def missing(self, upto: int) -> int:
        """How many sequence numbers up to `upto` are not done."""
        above = sum(max(0, min(upto, each.last) - each.first + 1) for each in self.islands)
        return max(0, upto - self.bookmark - above)


def _largest(islands: list[Stretch]) -> tuple[Stretch, ...]:
    if len(islands) > MOST_ISLANDS:
        islands.remove(min(islands[:-1], key=lambda each: each.length))
    return tuple(islands)
