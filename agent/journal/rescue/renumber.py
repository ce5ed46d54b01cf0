"""What numbers become in a file into which only some rows of another are copied. Pure."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from agent.journal.journal import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Renumber:
    """Knows in advance which numbers will be asked for, and counts as rows are copied, in order."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._asked = sorted(set(numbers))
        self._next = 0
        self._upto: dict[int, int] = {}
        self._copied = 0

    def copied(self, seqs: Sequence[int]) -> None:
        """These rows have been copied, behind those before them."""
        while self._next < len(self._asked) and self._asked[self._next] < seqs[-1]:
            asked = self._asked[self._next]
            self._upto[asked] = self._copied + bisect_right(seqs, asked)
            self._next += 1
        self._copied += len(seqs)

    def upto(self, seq: int) -> int:
        """How many of those up to `seq` were copied."""
        return self._upto.get(seq, self._copied)

    def has(self, seq: int) -> bool:
        """Whether `seq` itself was."""
        return self.upto(seq) > self.upto(seq - 1)


class Kept:
    """What readers have left in a file, for another one: places, and parked rows with their reasons."""

    def __init__(self, places: Mapping[str, Place], parked: Iterable[tuple[str, int, str]]) -> None:
        self._places = places
        self._parked = list(parked)
        self.numbers = Renumber(self._asked())

    def places(self) -> dict[str, Place]:
        """In the other file."""
        return {reader: self._place(place) for reader, place in self._places.items()}

    def parked(self) -> dict[tuple[str, int], str | None]:
        """In the other file, as far as the rows are there."""
        new = self.numbers
        return {(reader, new.upto(seq)): reason for reader, seq, reason in self._parked if new.has(seq)}

    def _place(self, place: Place) -> Place:
        upto = self.numbers.upto
        islands = [(upto(first - 1) + 1, upto(last)) for first, last in place.islands]
        return Place(upto(place.seq), tuple(each for each in islands if each[0] <= each[1]))

    def _asked(self) -> Iterable[int]:
        for place in self._places.values():
            yield place.seq
            for first, last in place.islands:
                yield from (first - 1, last)
        for _, seq, _ in self._parked:
            yield from (seq - 1, seq)
