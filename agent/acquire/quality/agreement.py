"""Agreement: two or more probes of one quantity that say different things for too long. Pure.

Each of three or more is compared with the median of all, so that the odd one out stands alone. Of two nobody
can tell which is wrong: each that is told of the other is suspect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire.quality.numbers import row
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.model import Flag, Why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.acquire.quality.contract import State

DISAGREES = Verdict(Flag.SUSPECT, Why.DISAGREES)


class Agreement:
    """The test.

    Args:
        within: so far apart they still agree; in the quantity's unit.
        for_s: a disagreement that lasts no longer is a difference in time, or a wave that passes.
    """

    def __init__(self, *, within: float, for_s: float) -> None:
        self._within = within
        self._for_s = for_s
        self._since_s: float | None = None

    def judge(self, t_s: float, value: float, others: Sequence[float]) -> Verdict:
        """Whether this value goes with what the others say now; not evaluated while none says anything."""
        if not others:
            return NOT_EVALUATED
        if self.agrees(value, others):
            self._since_s = None
            return GOOD
        if self._since_s is None:
            self._since_s = t_s
        return DISAGREES if t_s - self._since_s >= self._for_s else GOOD

    def agrees(self, value: float, others: Sequence[float]) -> bool:
        """Whether it goes with what the others say now, of whom there must be one at least."""
        reference = others[0] if len(others) == 1 else _median([value, *others])
        return abs(value - reference) <= self._within

    def clear(self) -> None:
        """Forget since when."""
        self._since_s = None

    def state(self) -> State:
        """Since when they disagree: a list of one number, or None."""
        return None if self._since_s is None else [self._since_s]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        self._since_s = None if state is None else row(state, 1)[0]


def _median(values: Sequence[float]) -> float:
    # Here and not above: with its fractions and decimals it takes half a MiB, and few sites compare probes.
    from statistics import median  # noqa: PLC0415

    return median(values)
