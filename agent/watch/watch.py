"""All detectors of one station: ticks in, findings out. Pure.

Started anew, it is fed what the station observed in the last `WINDOW_S` seconds, and from then on says what
it would have said without the restart: whatever it remembers is made of those. What a finding that stands has
told before is the reader's to know: it compares by hazard and subject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.blocks.grid import Grid
from agent.watch.contract import Assessment, Hazard
from agent.watch.ground.ground import Ground
from agent.watch.levels.count import gravest
from agent.watch.levels.tarp import Tarp
from agent.watch.plan import Plan
from agent.watch.sick_words import advisory
from agent.watch.silence import Silence
from agent.watch.water.acid import Acid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.watch.contract import Block, Finding, Tick

DECLINE_FROM_D = 12.25
"""Days of dry weather before a slow decline of the water can be seen."""
WINDOW_S = 42 * 86_400.0
"""What to feed at a start: four weeks of comparison, two in which a standing hazard is kept out of it."""


class Watch:
    """One station's detectors, from a cold start.

    Args:
        plan: of the site.
    """

    def __init__(self, plan: Plan = Plan()) -> None:  # noqa: B008 - immutable
        self.grid = Grid()
        self.plan = plan
        self._acid, self._ground = Acid(plan), Ground(plan.subsidence.evidence)
        self._tarps = {
            Hazard.ACID: Tarp(Hazard.ACID, hold=plan.acid_drainage),
            Hazard.GROUND: Tarp(Hazard.GROUND, hold=plan.subsidence),
        }
        self._silence = Silence()
        self._sensors: dict[str, Tarp] = {}
        self._channels: set[str] = set()
        self._utc_s = 0.0

    @property
    def learning(self) -> Mapping[Hazard, bool]:
        """Which hazards it cannot see yet, because it has not known the site for long enough."""
        return {Hazard.ACID: self._acid.witnesses.learning, Hazard.GROUND: self._ground.learning}

    @property
    def learning_decline(self) -> bool:
        """Whether it cannot see yet what gets worse over weeks (`slow_acidification`)."""
        return self._acid.witnesses.learning_decline

    def add(self, tick: Tick) -> list[Finding]:
        """The next tick. Returns what there is to tell, in order."""
        return [finding for block in self.grid.add(tick) for finding in self._judge(block)]

    @property
    def shares(self) -> Mapping[str, float]:
        """By rule, after the last block: the share of the evidence for amber; from 1 on it is asked for."""
        return {**self._acid.shares, **self._ground.shares}

    def close(self, hazard: Hazard, subject: str = "") -> Finding | None:
        """A person says that it is over. Returns what to tell of it, or None when it does not stand.

        The subject matters for a sick probe only: a hazard is the site's.
        """
        tarp = self._sensors.get(subject) if hazard is Hazard.SENSOR else self._tarps[hazard]
        return None if tarp is None else tarp.close(self._utc_s)

    def adopt(self, finding: Finding) -> None:
        """What was told before the window that was fed, and was never cleared, stands still."""
        told = Assessment(
            finding.level,
            finding.confidence,
            finding.evidence,
            finding.cause,
            finding.advice,
            finding.subject,
            finding.mechanism,
            finding.channels,
        )
        if finding.hazard is Hazard.SENSOR:
            self._sensor(finding.subject).adopt(finding.level, told)
        else:
            self._tarps[finding.hazard].adopt(finding.level, told)

    def _judge(self, block: Block) -> Iterator[Finding]:
        self._utc_s = block.utc_s
        acid = gravest(self._acid.add(block))
        yield from self._tell(Hazard.ACID, block, acid, self._acid)
        self._acid.hold(block.number, stands=self._tarps[Hazard.ACID].level >= Severity.YELLOW)
        ground = gravest(self._ground.add(block), self.plan.subsidence.by_count)
        yield from self._tell(Hazard.GROUND, block, ground, self._ground)
        yield from self._tell_sensors(block)

    def _tell(
        self, hazard: Hazard, block: Block, asked: Assessment | None, of: Acid | Ground
    ) -> Iterator[Finding]:
        tarp = self._tarps[hazard]
        share = max(of.shares.values(), default=0.0)
        finding = tarp.add(block, asked, share, hears=of.hears(tarp.told))
        if finding is not None:
            yield finding

    def _tell_sensors(self, block: Block) -> Iterator[Finding]:
        self._silence.add(block)
        sick = self._acid.witnesses.sick()
        sick |= {name: advisory(name, fault, {}) for name, fault in self._ground.sick.items()}
        for name, silent in self._silence.now.items():
            evidence = {"for_h": silent.for_h, "for_h_from": silent.from_h}
            sick[name] = advisory(name, "silent", evidence)
        for name in sick:
            self._sensor(name)
        cells = [named for channels in block.cells.values() for named in channels.items()]
        self._channels.update(name for name, _ in cells)
        heard = {name for name, cell in cells if cell.value is not None}
        for name, tarp in self._sensors.items():
            # Who has never been a part of the site in this life is not waited for.
            hears = name in heard or name not in self._channels
            finding = tarp.add(block, sick.get(name), hears=hears)
            if finding is not None:
                yield finding

    def _sensor(self, name: str) -> Tarp:
        if name not in self._sensors:
            self._sensors[name] = Tarp(Hazard.SENSOR, name, self.plan.sensor_fault)
        return self._sensors[name]
