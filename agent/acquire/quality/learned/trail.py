"""The last few values of a channel, and their median: what the next one is compared with. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from agent.acquire.quality.numbers import rows

if TYPE_CHECKING:
    from agent.acquire.quality.contract import State

# Three hours at 15 min: longer than a fault of a few values, shorter than the rise of a day. The best length
# for a trailing Hampel filter on rivers, too.
LENGTH = 12
# How far back "lately" is when a change over a few values is wanted.
LATELY = 4


class Trail:
    """Up to `LENGTH` values, in order of time and in order of size."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._sorted: list[float] = []

    @property
    def is_full(self) -> bool:
        """Whether it holds as many as it can."""
        return len(self._values) == LENGTH

    @property
    def median(self) -> float:
        """Of what it holds; it must hold something."""
        ordered = self._sorted
        middle = len(ordered) // 2
        return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2

    def change(self, value: float) -> float | None:
        """How far `value` is from the one that came `LATELY` values before it; None while there is none."""
        return abs(value - self._values[-LATELY]) if len(self._values) >= LATELY else None

    def add(self, value: float) -> None:
        """The newest one; the oldest goes."""
        self._values.append(value)
        insort(self._sorted, value)
        if len(self._values) > LENGTH:
            del self._sorted[bisect_left(self._sorted, self._values.pop(0))]

    def clear(self) -> None:
        """Forget all of them."""
        self._values.clear()
        self._sorted.clear()

    def state(self) -> State:
        """The values, oldest first."""
        return [[value] for value in self._values]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        self._values = [value for (value,) in rows(state, 1, LENGTH)]
        self._sorted = sorted(self._values)
