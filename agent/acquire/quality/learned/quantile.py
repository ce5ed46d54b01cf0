"""A quantile of sizes as they come, which slowly forgets: two numbers, whatever has been seen. Pure.

Stochastic approximation on a logarithm (Robbins and Monro 1951): a size above the estimate lifts it by a
small share, one below lowers it by a smaller one, so that both balance where the wanted share of sizes lies
below. For sizes that no fault makes larger; others are for a `Scale`.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from agent.acquire.quality.numbers import row

if TYPE_CHECKING:
    from agent.acquire.quality.contract import State

_GAIN = 0.02
# At first each size counts for more, though it begins with the first one and is in no hurry: of an instrument
# that knows one step only, that step is to stay the estimate.
_FIRST_GAIN, _FIRST_SIZES = 12.0, 5.0
_MOST_GAIN = 0.2


class Quantile:
    """The estimate.

    Args:
        share: of the sizes that lie below it, e.g. 0.05.
        least: it never falls below. In the unit of the sizes.
    """

    def __init__(self, *, share: float, least: float) -> None:
        self._share = share
        self._least = least
        self._first = _FIRST_GAIN / _GAIN
        self._sizes = 0
        self.value = least

    def add(self, size: float) -> None:
        """A size that was seen, not negative."""
        if not self._sizes:
            self.value = max(self._least, size)
        gain = _GAIN
        if self._sizes < self._first:
            self._sizes += 1
            gain = min(_MOST_GAIN, _FIRST_GAIN / (self._sizes + _FIRST_SIZES))
        factor = exp(gain * self._share if size > self.value else -gain * (1 - self._share))
        self.value = max(self._least, self.value * factor)

    def state(self) -> State:
        """How many sizes it began with, and the estimate."""
        return [self._sizes, self.value]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        sizes, value = row(state, 2)
        if value < self._least:
            raise ValueError(f"an estimate of at least {self._least} was expected, not {value!r}")
        self._sizes, self.value = int(sizes), value
