"""What pH, conductivity and rain say of a block, for the rules of acid drainage. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import DAY, Role
from agent.watch.measures.history import History
from agent.watch.sick_words import advisory
from agent.watch.water.channel import Water
from agent.watch.water.lone_step import LoneStep

if TYPE_CHECKING:
    from agent.watch.contract import Assessment, Block
    from agent.watch.measures.slow import Departure
    from agent.watch.water.channel import Reading

_DRIFT_PH_A_DAY = 0.12
_DRIFTED_PH, _DRIFTED_EC = 0.3, 0.04
_RAIN_BLOCKS = 2 * DAY
WET_MM = 1.0


class Signs(NamedTuple):
    """Of a block; None when unknown. Conductivity as logarithms.

    Attributes:
        ph: as it is.
        drop: below all days but one at this hour, a day's drift and a step of the probe alone taken off.
        drop_spread: the standard deviation that is usual.
        ec: as it is.
        rise: above all days but one at this hour.
        rise_level: above the middle of the days.
        rise_spread: the standard deviation that is usual.
        slow_ph: over weeks.
        slow_ec: over weeks.
        bottled: a probe may be in a bottle.
        at_seven: pH rests where cracked glass does.
        rain_mm: of two days.
    """

    ph: float | None
    drop: float | None
    drop_spread: float
    ec: float | None
    rise: float | None
    rise_level: float | None
    rise_spread: float
    slow_ph: Departure | None
    slow_ec: Departure | None
    bottled: bool
    at_seven: bool
    rain_mm: float


class Witnesses:
    """All channels of pH, conductivity and rain."""

    def __init__(self) -> None:
        self._waters: dict[tuple[Role, str], Water] = {}
        self._readings: dict[tuple[Role, str], Reading] = {}
        self._rain = History(_RAIN_BLOCKS)
        self._lone = LoneStep()

    def add(self, block: Block) -> Signs:
        """What they say of the next block."""
        rain_mm, wet = self._add_rain(block)
        ph, ec = self._read(block, Role.PH, wet=wet), self._read(block, Role.EC, wet=wet)
        drop = ph_level = rise = rise_level = None
        if ph and ph.value is not None and ph.usual and ph.usual.newest is not None:
            drift = min(_DRIFT_PH_A_DAY, max(0.0, ph.usual.low - ph.usual.newest))
            drop, ph_level = ph.usual.low - drift - ph.value, ph.value - ph.usual.level
        if ec and ec.value is not None and ec.usual and ec.usual.newest is not None:
            rise, rise_level = ec.value - ec.usual.high, ec.value - ec.usual.level
        self._lone.add(block.number, ph_level, rise_level, wet=wet)
        return Signs(
            ph=ph.value if ph else None,
            drop=None if drop is None else drop - self._lone.size,
            drop_spread=ph.usual.spread if ph and ph.usual else 0.0,
            ec=ec.value if ec else None,
            rise=rise,
            rise_level=rise_level,
            rise_spread=ec.usual.spread if ec and ec.usual else 0.0,
            slow_ph=ph.slow if ph else None,
            slow_ec=ec.slow if ec else None,
            bottled=any(each.health.bottled for each in self._readings.values()),
            at_seven=bool(ph and ph.health.at_seven),
            rain_mm=rain_mm,
        )

    @property
    def learning(self) -> bool:
        """Whether no channel has been known for long enough to speak."""
        return not any(each.usual for each in self._readings.values())

    def hold(self, number: int, *, stands: bool) -> None:
        """While a finding stands the baselines do not learn from it."""
        for water in self._waters.values():
            if stands:
                water.hold(number)
            else:
                water.release()

    def sick(self) -> dict[str, Assessment]:
        """What ails the probes now, by channel."""
        ails = {key: self._ails(key[0], reading) for key, reading in self._readings.items()}
        return {
            name: advisory(name, what, {"for_h": self._readings[role, name].health.for_h})
            for (role, name), what in ails.items()
            if what
        }

    def _ails(self, role: Role, reading: Reading) -> str:
        if reading.health.ill:
            return str(reading.health.ill)
        if reading.health.bottled:
            return "bottle"
        if role is Role.PH and self._lone.size:
            return "lone_step"
        return "drift" if role is Role.PH and self._drifts(reading.slow) else ""

    def _drifts(self, ph: Departure | None) -> bool:
        """Whether pH creeps alone."""
        beside = (reading.slow for (role, _), reading in self._readings.items() if role is Role.EC)
        ec = next((each for each in beside if each), None)
        if ph is None or ec is None:
            return False
        return abs(ph.from_level) > _DRIFTED_PH + ph.usual and abs(ec.from_level) < _DRIFTED_EC + ec.usual

    def _add_rain(self, block: Block) -> tuple[float, bool]:
        """Rain of two days, and whether the last one was wet. Of several gauges the one that caught most."""
        gauges = [cell.value for cell in block.of(Role.RAIN).values() if cell.value is not None]
        number, known = block.number, self._rain.known
        self._rain.add(number, max(gauges) if gauges else None)
        return sum(known(number - _RAIN_BLOCKS + 1, number)), sum(known(number - DAY + 1, number)) >= WET_MM

    def _read(self, block: Block, role: Role, *, wet: bool) -> Reading | None:
        """Of two probes the calmer one, of three the middle one."""
        cells = block.of(role)
        for name in cells:
            if (role, name) not in self._waters:
                self._waters[role, name] = Water(role)
        towards = -1.0 if role is Role.PH else 1.0
        known: list[tuple[float, str]] = []
        for (its_role, name), water in self._waters.items():
            if its_role is not role:
                continue
            reading = water.add(block.number, cells.get(name), wet=wet)
            self._readings[role, name] = reading
            if reading.value is not None and reading.usual is not None:
                known.append((towards * (reading.value - reading.usual.level), name))
        if not known:
            return None
        return self._readings[role, sorted(known)[(len(known) - 1) // 2][1]]
