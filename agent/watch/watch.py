"""All detectors of one station: ticks in, findings out. Pure.

Started anew, it is fed what the station observed in the last `WINDOW_S` seconds, and from then on says what
it would have said without the restart: whatever it remembers is made of those. What a finding that stands has
told before is the reader's to know: it compares by hazard and subject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.contract import Hazard
from agent.watch.grid import Grid
from agent.watch.ground.ground import Ground
from agent.watch.plan import Plan
from agent.watch.sick_words import advisory
from agent.watch.tarp import Tarp
from agent.watch.water.acid import Acid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent.watch.contract import Assessment, Block, Finding, Tick

WINDOW_S = 42 * 86_400.0
"""What to feed at a start: four weeks of comparison, two in which a standing hazard is kept out of it."""


class Watch:
    """One station's detectors, from a cold start.

    Args:
        plan: of the site.
    """

    def __init__(self, plan: Plan = Plan()) -> None:  # noqa: B008 - immutable
        self.grid = Grid()
        self._acid, self._ground = Acid(plan), Ground()
        self._tarps = {
            Hazard.ACID: Tarp(Hazard.ACID, hold=plan.acid_drainage),
            Hazard.GROUND: Tarp(Hazard.GROUND, hold=plan.subsidence),
        }
        self._sensor_hold = plan.sensor_fault
        self._sensors: dict[str, Tarp] = {}

    @property
    def learning(self) -> Mapping[Hazard, bool]:
        """Which hazards it cannot see yet, because it has not known the site for long enough."""
        return {Hazard.ACID: self._acid.witnesses.learning, Hazard.GROUND: self._ground.learning}

    @property
    def standing(self) -> Mapping[Hazard, Severity]:
        """The level of each hazard now."""
        return {hazard: tarp.level for hazard, tarp in self._tarps.items()}

    def add(self, tick: Tick) -> list[Finding]:
        """The next tick. Returns what there is to tell, in order."""
        return [finding for block in self.grid.add(tick) for finding in self._judge(block)]

    def acknowledge(self, hazard: Hazard) -> None:
        """A person says that a latched finding is over."""
        self._tarps[hazard].reset()

    def _judge(self, block: Block) -> Iterator[Finding]:
        asked = {Hazard.ACID: self._acid.add(block), Hazard.GROUND: self._ground.add(block)}
        for hazard, assessments in asked.items():
            finding = self._tarps[hazard].add(block, _gravest(assessments))
            if finding is not None:
                yield finding
        self._acid.hold(block.number, stands=self._tarps[Hazard.ACID].level >= Severity.YELLOW)
        yield from self._tell_sensors(block)

    def _tell_sensors(self, block: Block) -> Iterator[Finding]:
        sick = self._acid.witnesses.sick()
        sick |= {name: advisory(name, fault, {}) for name, fault in self._ground.sick.items()}
        for name in sick:
            if name not in self._sensors:
                self._sensors[name] = Tarp(Hazard.SENSOR, name, self._sensor_hold)
        for name, tarp in self._sensors.items():
            finding = tarp.add(block, sick.get(name))
            if finding is not None:
                yield finding


def _gravest(asked: Sequence[Assessment]) -> Assessment | None:
    return max(asked, key=lambda each: (each.level, each.confidence), default=None)
