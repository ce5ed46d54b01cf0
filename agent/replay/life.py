"""What one run of the detectors through a history comes to: what was told, what could be seen. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.replay.calm import Calm

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from agent.watch.contract import Hazard, Role
    from agent.watch.vigil import Alarm, Vigil


class Life:
    """Follows a vigil.

    Args:
        vigil: to whom each sample is given before it is told of here.
        rates_for: the roles of its channels, where how near the calm came to each threshold is to be noted.

    Attributes:
        sees_from: by hazard, since when enough of the site is known to see it.
        decline_from: since when the weeks before are known, too, and a slow decline can be seen; None: never.
        alarms: everything that was told.
        calm: how near the site came to an alarm; None where nobody asked.
    """

    def __init__(self, vigil: Vigil, rates_for: Collection[Role] | None = None) -> None:
        self.sees_from: dict[Hazard, float] = {}
        self.decline_from: float | None = None
        self.alarms: list[Alarm] = []
        self.plan = vigil.watch.plan
        self.calm = None if rates_for is None else Calm(rates_for)
        self._watch = vigil.watch
        self._closed_s = 0.0

    def take(self, utc_s: float, told: Sequence[Alarm]) -> None:
        """What the sample of this time made the vigil tell."""
        if told:
            self.alarms += told
        closed_s = self._watch.grid.closed_s
        if closed_s is not None and closed_s != self._closed_s:
            self._closed_s = closed_s
            self._block(utc_s, closed_s)

    def _block(self, utc_s: float, closed_s: float) -> None:
        learning = self._watch.learning
        for hazard, is_so in learning.items():
            if not is_so:
                self.sees_from.setdefault(hazard, utc_s)
        if self.decline_from is None and not self._watch.learning_decline:
            self.decline_from = utc_s
        if self.calm is not None:
            self.calm.add(
                closed_s, self._watch.shares, {hazard for hazard, is_so in learning.items() if not is_so}
            )
