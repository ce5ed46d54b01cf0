"""Our flags beside those of ioos_qc, sample by sample, with every deliberate difference as a rule.

A rule says where it holds and which flag ours must be there. Outside of all rules both must be equal. So
nothing is let off: a sample is equal, or different by a rule and as the rule says, or *unexplained*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.model import Flag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.quality.series import Flags, Floats, Mask


class Agreement:
    """Both sides of one test on one series.

    Args:
        ours: our flags.
        theirs: those of ioos_qc, same thresholds.
    """

    def __init__(self, ours: Flags, theirs: Sequence[int] | Flags) -> None:
        self.ours = ours
        self.theirs = np.asarray(theirs, dtype=np.int64)
        self._expected = [self.theirs.copy()]
        self._rule = np.full(len(ours), "", dtype=object)

    def rule(self, name: str, where: Mask, *expected: Flags | int) -> None:
        """From here on ours must be `expected` (one of them) where the mask is set. The last rule counts."""
        while len(self._expected) < len(expected):
            self._expected.append(self._expected[0].copy())
        for index, flags in enumerate(self._expected):
            given = expected[min(index, len(expected) - 1)]
            flags[where] = given if isinstance(given, int) else given[where]
        self._rule[where] = name

    @property
    def differs(self) -> Mask:
        """Where both are not the same."""
        mask: Mask = self.ours != self.theirs
        return mask

    @property
    def unexplained(self) -> Mask:
        """Where ours is not what the rules, or else ioos_qc, say."""
        mask: Mask = ~np.any([self.ours == flags for flags in self._expected], axis=0)
        return mask

    def by_rule(self) -> dict[str, int]:
        """How many samples differ, by the rule that says so."""
        names, counts = np.unique(
            self._rule[self.differs & ~self.unexplained].astype(str), return_counts=True
        )
        return dict(zip(names.tolist(), counts.tolist(), strict=True))


def above(size: Floats, suspect: float, fail: float) -> Flags:
    """Good up to and including a threshold."""
    return np.where(size > fail, Flag.FAIL, np.where(size > suspect, Flag.SUSPECT, Flag.GOOD)).astype(
        np.int64
    )
