"""One station gone through once more: the detectors that run live, with what is counted on the way. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.watch.contract import DAY
from agent.watch.vigil import Vigil

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.replay.heard import Heard
    from agent.watch.contract import Hazard
    from agent.watch.plan import Plan
    from agent.watch.vigil import Alarm, Part

_LOOK_S = DAY * 900.0 / 24


class Rerun:
    """From a cold start.

    Args:
        plan: of the site.
        parts: what each channel is to the detectors, by its name.

    Attributes:
        sees_from: by hazard, since when enough of the site is known to see it.
        alarms: everything that was told.
    """

    def __init__(self, plan: Plan, parts: Mapping[str, Part]) -> None:
        self.vigil = Vigil(plan, parts)
        self.sees_from: dict[Hazard, float] = {}
        self.alarms: list[Alarm] = []
        self._look_s = 0.0

    def add(self, heard: Heard) -> list[Alarm]:
        """The next sample. Returns what there is to tell."""
        told = self.vigil.add(*heard)
        self.alarms += told
        if heard.utc_s >= self._look_s:
            self._look_s = heard.utc_s + _LOOK_S
            for hazard, is_learning in self.vigil.watch.learning.items():
                if not is_learning:
                    self.sees_from.setdefault(hazard, heard.utc_s)
        return told
