"""Does the ground move water that it should not? All piezometers, soil probes, barometers and gauges. Pure.

Hour by hour: probes that are sick are left out, what the others say is scored (`signs`), and the gravest is
asked for. A second witness, be it moisture or another well, makes it worse; so does time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.contract import DAY, HOUR, Assessment, Role
from agent.watch.ground.barometric import Believable
from agent.watch.ground.head import DAY_H, Head
from agent.watch.ground.movement import Movement
from agent.watch.ground.rain import Rain
from agent.watch.ground.sick import HEAD, SOIL, Gate
from agent.watch.ground.signs import Scene, Score, drawdown, loss, rise
from agent.watch.ground.soil import Soil
from agent.watch.ground.words import advice, cause
from agent.watch.measures.robust import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.watch.contract import Block

_TOLD_FROM = 0.6
_AMBER, _ORANGE = 1.0, 2.0
_RED_M, _RED_AFTER_H = 1.0, 12  # a metre that has not come back
_CONFIRMED_RED_AFTER_H = DAY_H
_AIR_LOST_AFTER_H = 5 * DAY_H
_NERVES = {Role.HEAD: HEAD, Role.SOIL: SOIL}
Key = tuple[Role, str]


class Ground:
    """All ground channels of a station. What it remembers is made of the last 31 days."""

    def __init__(self) -> None:
        self._hour: int | None = None
        self._gates: dict[Key, Gate] = {}
        self._seen: dict[Key, list[float]] = {}
        self._heads: dict[str, Head] = {}
        self._soils: dict[str, Soil] = {}
        self._air, self._air_unseen_h = Believable(), _AIR_LOST_AFTER_H
        self._rain = Rain()
        self._fallen: list[float] = []
        self._amber_h = 0
        self._movement = Movement()
        self._asked: list[Assessment] = []

    def add(self, block: Block) -> Sequence[Assessment]:
        """The next block. Returns what is asked for since the last full hour: of water, of movement."""
        hour = block.number // HOUR
        if self._hour is not None and hour != self._hour:
            self._close(self._hour)
        self._hour = hour
        self._gather(block)
        return [*self._asked, *self._movement.add(block)]

    @property
    def learning(self) -> bool:
        """Whether no piezometer has been seen for long enough to speak."""
        return not any(head.ready for head in self._heads.values())

    @property
    def sick(self) -> dict[str, str]:
        """What ails probes in the ground now, by channel."""
        return {name: gate.fault for (_, name), gate in self._gates.items() if gate.fault}

    def _gather(self, block: Block) -> None:
        for role, nerve in _NERVES.items():
            for name, cell in block.of(role).items():
                key = role, name
                gate = self._gates.get(key) or self._gates.setdefault(key, Gate(nerve))
                value = gate.add(cell.value)
                if value is not None:
                    self._seen.setdefault(key, []).append(value)
        for name, cell in block.of(Role.BARO).items():
            if cell.value is not None:
                self._seen.setdefault((Role.BARO, name), []).append(cell.value)
        fallen = self._rain.add(block)
        if fallen is not None:
            self._fallen.append(fallen)

    def _close(self, hour: int) -> None:
        seen, self._seen = self._seen, {}
        fallen, self._fallen = self._fallen, []
        airs = [value for (role, _), values in seen.items() if role is Role.BARO for value in values]
        air = self._air.add(median(airs) if airs else None)
        self._air_unseen_h = 0 if air is not None else self._air_unseen_h + 1
        rain = sum(fallen) if fallen else None
        for key in self._gates:
            role, name = key
            value = median(seen[key]) if key in seen else None
            if role is Role.HEAD:
                self._heads.setdefault(name, Head()).add(hour, value, air, rain)
            else:
                self._soils.setdefault(name, Soil()).add(hour, value)
        self._asked = self._assess()

    def _scene(self) -> Scene:
        soils = self._soils.values()
        return Scene(
            air_known=self._air_unseen_h < _AIR_LOST_AFTER_H,
            rain_known=self._rain.fitted,
            rain_5d_mm=self._rain.mm(5 * DAY),
            moisture_step=max((soil.step for soil in soils), default=0.0),
            moisture_rise=max((soil.wetter(4 * DAY_H) for soil in soils), default=0.0),
        )

    def _assess(self) -> list[Assessment]:
        scene = self._scene()
        scores = [
            (name, score)
            for name, head in self._heads.items()
            if head.ready
            for score in (loss(head, scene), rise(head, scene), drawdown(head, scene))
            if score.share >= _TOLD_FROM
        ]
        if not scores:
            self._amber_h = 0
            return []
        name, worst = max(scores, key=lambda each: each[1].share)
        witnesses = len({other for other, score in scores if score.mechanism == worst.mechanism})
        self._amber_h = self._amber_h + 1 if worst.share >= _AMBER else 0
        return [self._assessment(name, worst, witnesses)]

    def _assessment(self, name: str, score: Score, witnesses: int) -> Assessment:
        evidence = {**score.evidence, "wells": float(witnesses), "amber_h": float(self._amber_h)}
        return Assessment(
            self._level(score, confirmed=witnesses > 1 or score.mechanism == "tension_crack"),
            min(0.99, 1.0 - 0.5**score.share),
            evidence,
            cause(score.mechanism, evidence),
            advice(score.mechanism),
            name,
            score.mechanism,
        )

    def _level(self, score: Score, *, confirmed: bool) -> Severity:
        if score.share < _AMBER:
            return Severity.BLUE
        great = abs(score.evidence["change_m"]) >= _RED_M and self._amber_h >= _RED_AFTER_H
        if great or (confirmed and self._amber_h >= _CONFIRMED_RED_AFTER_H):
            return Severity.RED
        return Severity.ORANGE if confirmed or score.share >= _ORANGE else Severity.YELLOW
