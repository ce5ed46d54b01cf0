"""Does the ground move water that it should not? All piezometers, soil probes, barometers and gauges. Pure.

Hour by hour: probes that are sick are left out, what the others say is scored (`signs`), and each well's
gravest is asked for. A second witness, be it moisture or another well, makes it worse; so does time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.watch.contract import DAY, HOUR, Assessment, Role
from agent.watch.ground.barometric import Believable
from agent.watch.ground.head import DAY_H, Head
from agent.watch.ground.levels import AMBER, TOLD_FROM, level_of, soil_speaks
from agent.watch.ground.movement import Movement
from agent.watch.ground.rain import Rain
from agent.watch.ground.sick import BARO, HEAD, SOIL, Gate
from agent.watch.ground.signs import MECHANISMS, STEP, WETTER, Scene, drawdown, loss, rise
from agent.watch.ground.soil import Soil
from agent.watch.ground.words import WORDS
from agent.watch.measures.robust import median

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.watch.contract import Block
    from agent.watch.ground.signs import Score

_AIR_LOST_AFTER_H = 5 * DAY_H
_ALONE_AFTER_H = 12
_NERVES = {Role.HEAD: HEAD, Role.SOIL: SOIL, Role.BARO: BARO}
Key = tuple[Role, str]


class Ground:
    """All ground channels of a station. What it remembers is made of the last 31 days.

    Args:
        evidence: times what is asked for amber by default.
    """

    def __init__(self, evidence: float = 1.0) -> None:
        self._evidence = evidence
        self._hour: int | None = None
        self._gates: dict[Key, Gate] = {}
        self._seen: dict[Key, list[float]] = {}
        self._heads: dict[str, Head] = {}
        self._soils: dict[str, Soil] = {}
        self._air, self._air_unseen_h = Believable(), _AIR_LOST_AFTER_H
        self._rain = Rain()
        self._fallen: list[float] = []
        self._amber_h: dict[str, int] = {}
        self._shares = dict.fromkeys(MECHANISMS, 0.0)
        self._heard: frozenset[str] = frozenset()
        self._no_crack_h = _ALONE_AFTER_H * DAY_H
        self._movement = Movement(evidence)
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
    def shares(self) -> Mapping[str, float]:
        """By rule: the share of the evidence that amber needs, of the well or gauge that has most of it."""
        return {**self._shares, "movement": self._movement.share}

    def hears(self, told: Assessment | None) -> bool:
        """Whether the well or gauge that was told of could be judged in the last full hour; or any."""
        heard = self._heard | self._movement.heard
        return bool(heard) if told is None or not told.subject else told.subject in heard

    @property
    def learning(self) -> bool:
        """Whether neither a piezometer nor a gauge has been seen for long enough to speak."""
        return self._movement.learning and not any(head.ready for head in self._heads.values())

    @property
    def sick(self) -> dict[str, str]:
        """What ails probes in the ground and gauges on it now, by channel."""
        sick = self._movement.sick | dict.fromkeys(self._out_of_touch(), "lost_touch")
        return sick | {name: gate.fault for (_, name), gate in self._gates.items() if gate.fault}

    def _out_of_touch(self) -> list[str]:
        """Soil probes that stepped down half a day ago and no well has lost anything since."""
        return [
            name
            for name, soil in self._soils.items()
            if soil.step >= STEP and _ALONE_AFTER_H <= soil.step_age_h < self._no_crack_h
        ]

    def _gather(self, block: Block) -> None:
        for role, nerve in _NERVES.items():
            for name, cell in block.of(role).items():
                key = role, name
                gate = self._gates.get(key) or self._gates.setdefault(key, Gate(nerve))
                value = gate.add(cell.value, held=cell.held)
                if value is not None:
                    self._seen.setdefault(key, []).append(value)
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
            elif role is Role.SOIL:
                self._soils.setdefault(name, Soil()).add(hour, value)
        self._heard = frozenset(name for name, head in self._heads.items() if head.speaks)
        self._asked = self._assess()

    def _scene(self) -> Scene:
        soils = self._soils.values()
        return Scene(
            air_known=self._air_unseen_h < _AIR_LOST_AFTER_H,
            rain_known=self._rain.fitted,
            rain_5d_mm=self._rain.mm(5 * DAY),
            moisture_step=max((soil.step for soil in soils), default=0.0),
            moisture_rise=max((soil.wetter(4 * DAY_H) for soil in soils), default=0.0),
            evidence=self._evidence,
        )

    def _assess(self) -> list[Assessment]:
        """The gravest of each well, at most one a well."""
        scene = self._scene()
        self._shares = dict.fromkeys(MECHANISMS, 0.0)
        worst: dict[str, Score] = {}
        for name, head in self._heads.items():
            if name not in self._heard:
                continue
            scores = loss(head, scene), rise(head, scene), drawdown(head, scene)
            for score in scores:
                rule = "head_loss" if score.mechanism == "recovering" else score.mechanism
                if rule:
                    self._shares[rule] = max(self._shares[rule], score.share)
            gravest = max(scores, key=lambda each: each.share)
            if gravest.share >= TOLD_FROM:
                worst[name] = gravest
        self._no_crack_h = 0 if self._shares["tension_crack"] else self._no_crack_h + 1
        # An hour in which a well said nothing neither counts nor ends what it said before.
        silent = {name: hours for name, hours in self._amber_h.items() if name not in self._heard}
        amber = [name for name, score in worst.items() if score.share >= AMBER]
        self._amber_h = silent | {name: self._amber_h.get(name, 0) + 1 for name in amber}
        return [self._assessment(name, score, worst) for name, score in worst.items()]

    def _assessment(self, name: str, score: Score, worst: Mapping[str, Score]) -> Assessment:
        wells = [
            other for other, said in worst.items() if other != name and said.mechanism == score.mechanism
        ]
        witnesses = (name, *wells, *self._movement.moving)
        level, made = level_of(score, len(witnesses), self._amber_h.get(name, 0))
        evidence = {name: round(value, 4) for name, value in {**score.evidence, **made}.items()}
        cause, advice = WORDS[score.mechanism]
        return Assessment(
            level,
            min(0.99, 1.0 - 0.5**score.share),
            evidence,
            cause,
            advice,
            name,
            score.mechanism,
            (*witnesses, *self._moist(score)),
        )

    def _moist(self, score: Score) -> list[str]:
        """The soil probes that bear witness."""
        return [
            name
            for name, soil in self._soils.items()
            if soil_speaks(score)
            and (
                soil.step >= STEP if score.mechanism == "tension_crack" else soil.wetter(4 * DAY_H) >= WETTER
            )
        ]
