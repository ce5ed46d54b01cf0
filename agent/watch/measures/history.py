"""The last blocks of one number, by their index: a ring of fixed size. Pure."""

from __future__ import annotations

import math
from array import array


class History:
    """A ring of `size` blocks. What was never added is unknown."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.newest = -1
        """Index of the newest block; -1 before the first."""
        self._ring = array("d", [math.nan]) * size

    def add(self, index: int, value: float | None) -> None:
        """The value of a block later than all before it; those between stay unknown."""
        missed = min(index - self.newest - 1, self.size) if self.newest >= 0 else 0
        for each in range(index - missed, index):
            self._ring[each % self.size] = math.nan
        self._ring[index % self.size] = math.nan if value is None else value
        self.newest = index

    def put(self, index: int, value: float | None) -> None:
        """Another value for a block that is still held."""
        if self.newest - self.size < index <= self.newest:
            self._ring[index % self.size] = math.nan if value is None else value

    def at(self, index: int) -> float | None:
        """The value of a block; None when it is unknown or too long ago."""
        if not self.newest - self.size < index <= self.newest:
            return None
        value = self._ring[index % self.size]
        return None if math.isnan(value) else value

    def known(self, first: int, last: int) -> list[float]:
        """The known values from a block to another, both with it, in their order."""
        first, last = max(first, self.newest - self.size + 1, 0), min(last, self.newest)
        if last < first:
            return []
        size, ring = self.size, self._ring
        begin, end = first % size, last % size
        part = ring[begin : end + 1] if begin <= end else ring[begin:] + ring[: end + 1]
        return [value for value in part if value == value]  # noqa: PLR0124 - NaN
