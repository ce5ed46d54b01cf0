"""All detectors of one station: ticks in, findings out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.acid import Acid, Limits
from agent.watch.contract import DAY, Hazard
from agent.watch.grid import Grid
from agent.watch.tarp import Hold, Tarp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.watch.contract import Block, Detector, Finding, Tick

_ACID_HOLD = Hold(off=DAY)
_GROUND_HOLD = Hold(off=DAY)


class Watch:
    """One station's detectors, from a cold start."""

    def __init__(self, limits: Limits = Limits(), ground: Detector | None = None) -> None:  # noqa: B008 - immutable
        self.grid = Grid()
        self._acid, self._acid_tarp = Acid(limits), Tarp(Hazard.ACID, hold=_ACID_HOLD)
        self._ground, self._ground_tarp = ground, Tarp(Hazard.GROUND, hold=_GROUND_HOLD)

    def add(self, tick: Tick) -> list[Finding]:
        """The next tick. Returns what there is to tell, in order."""
        return [finding for block in self.grid.add(tick) for finding in self._judge(block)]

    def _judge(self, block: Block) -> Iterator[Finding]:
        asked = self._acid.add(block)
        finding = self._acid_tarp.add(block, asked[0] if asked else None)
        if self._acid_tarp.level >= Severity.YELLOW:
            self._acid.hold(block.number)
        else:
            self._acid.release()
        if finding:
            yield finding
        if self._ground is not None:
            asked = self._ground.add(block)
            worst = max(asked, key=lambda each: (each.level, each.confidence), default=None)
            finding = self._ground_tarp.add(block, worst)
            if finding:
                yield finding
