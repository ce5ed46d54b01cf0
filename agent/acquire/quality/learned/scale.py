"""The size that nearly all sizes of a channel stay below, though some of them are faults. Pure.

A high quantile, which slowly forgets, by stochastic approximation on a logarithm (Robbins and Monro 1951): a
size above the estimate lifts it by a small share, one below lowers it by a smaller one, so that both balance
where the wanted share lies below. Three things keep faults from becoming what is usual:

- it begins with the first sizes in order, of which a few giants are the last;
- a giant lifts it by a fraction of what another size above does: it is usual only when it is a habit;
- it never leaves the middle size far behind: half of all sizes must be bad to move that.
"""

from __future__ import annotations

from bisect import insort
from math import exp
from typing import TYPE_CHECKING

from agent.acquire.quality.numbers import row

if TYPE_CHECKING:
    from agent.acquire.quality.contract import State

# How many sizes it begins with: a day at 15 min.
FIRST_SIZES = 96
# One size above the 0.98 quantile lifts it by 2 %; with none, it falls to a half in 1700 sizes (18 days at
# 15 min). Half as much scores the same, twice as much finds 5 % less (benchmarks/quality/README.md).
_GAIN = 0.02
# At first each size counts for more, as in a plain mean.
_FIRST_GAIN, _SETTLED_SIZES = 12.0, 600
# A giant is so many times the estimate: what the tests hold against a value.
_GIANT = 8.0
# So much of what another size does: more than one in ten are a habit.
_HABIT = 0.2
# Of steps of rivers and soils the 0.98 quantile is 3 to 30 times the median.
_LARGEST = 30.0
_UP, _DOWN = exp(0.025), exp(-0.025)


class Scale:
    """The estimate.

    Args:
        share: of the sizes that lie below it, e.g. 0.98.
        least: neither it nor the middle falls below. In the unit of the sizes.
    """

    def __init__(self, *, share: float, least: float) -> None:
        self._share = share
        self._least = least
        self._first: list[float] = []  # in order; emptied when they are enough
        self._sizes = 0
        self._middle = least
        self.value = least

    def add(self, size: float) -> None:
        """A size that was seen, not negative."""
        if self._sizes < FIRST_SIZES:
            self._begin(size)
        else:
            self._go_on(size)
        self.value = max(self._least, min(self.value, _LARGEST * self._middle))

    def _begin(self, size: float) -> None:
        self._sizes += 1
        insort(self._first, size)
        self._middle = max(self._least, self._first[self._sizes // 2])
        self.value = self._first[int(self._share * self._sizes)]
        if self._sizes == FIRST_SIZES:
            self._first = []

    def _go_on(self, size: float) -> None:
        gain = _GAIN
        if self._sizes < _SETTLED_SIZES:
            self._sizes += 1
            gain = _FIRST_GAIN / self._sizes
        self._middle = max(self._least, self._middle * (_UP if size > self._middle else _DOWN))
        if size > self.value:
            weight = _HABIT if size > _GIANT * self.value else 1.0
            self.value *= exp(gain * self._share * weight)
        else:
            self.value *= exp(-gain * (1 - self._share))

    def state(self) -> State:
        """How many sizes it has seen, estimate and middle, and the first sizes while they are too few."""
        return [[self._sizes, self.value, self._middle], self._first[:]]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        match state:
            case [[_, _, _] as numbers, list() as first] if len(first) < FIRST_SIZES:
                sizes, value, middle = row(numbers, 3)
            case _:
                raise ValueError(f"the numbers of a scale were expected, not {state!r:.60}")
        if min(value, middle) < self._least:
            raise ValueError(f"an estimate of at least {self._least} was expected, not {value!r}")
        begun = sorted(row(first, len(first)))
        if len(begun) != (int(sizes) if sizes < FIRST_SIZES else 0):
            raise ValueError(f"the first {sizes!r} sizes were expected, not {len(begun)}")
        self._sizes, self.value, self._middle, self._first = int(sizes), value, middle, begun
