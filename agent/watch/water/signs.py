"""What pH, conductivity and rain say of a block, for the rules of acid drainage. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import DAY, Role
from agent.watch.measures.history import History
from agent.watch.measures.robust import median, percent
from agent.watch.sick_words import advisory
from agent.watch.water.channel import Water
from agent.watch.water.cloud import Cloud
from agent.watch.water.lone_step import FALL_PH, LoneStep
from agent.watch.water.sick import Ill

if TYPE_CHECKING:
    from agent.watch.contract import Assessment, Block
    from agent.watch.measures.slow import Departure
    from agent.watch.measures.trend import Trend
    from agent.watch.water.channel import Reading

_DRIFT_PH_A_DAY = 0.12
_DRIFTED_PH, _DRIFTED_EC = 0.3, 0.04
_DRY_BEFORE, _FOULS_D = 4 * DAY, 5
_EC_FOULS_A_DAY, _EC_FOULED, _OWN, _STILL_PH = -0.006, 0.08, 1.5, 0.15
_WELL: tuple[str, dict[str, float]] = "", {}
_RAIN_BLOCKS = 2 * DAY
WET_MM = 1.0
FERRIC_MV, _FERRIC_PH = 450.0, 5.0


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
        trend_ph: over days and weeks, with its pace.
        trend_ec: over days and weeks, with its pace.
        bottled: a probe may be in a bottle.
        at_seven: pH rests where cracked glass does.
        rain_mm: of two days.
        orp_mv: as it is.
        ferric: redox and pH are those of water that is rich in ferric iron.
        cloudy_ntu: turbidity of the newest dry day above most of its weeks.
        ph_channel: whose pH it is; "" when unknown.
        ec_channel: whose conductivity it is.
        ph_held: the pH is that of a block before: no new witness.
        ec_held: so is the conductivity.
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
    trend_ph: Trend | None
    trend_ec: Trend | None
    bottled: bool
    at_seven: bool
    rain_mm: float
    orp_mv: float | None = None
    ferric: bool = False
    cloudy_ntu: float | None = None
    ph_channel: str = ""
    ec_channel: str = ""
    ph_held: bool = False
    ec_held: bool = False


class Witnesses:
    """All channels of pH, conductivity and rain."""

    def __init__(self) -> None:
        self._waters: dict[tuple[Role, str], Water] = {}
        self._readings: dict[tuple[Role, str], Reading] = {}
        self._rain = History(_RAIN_BLOCKS)
        self._clouds: dict[str, Cloud] = {}
        self._dry_for = 0
        self._stands = False
        self._lone = LoneStep()

    def add(self, block: Block) -> Signs:
        """What they say of the next block."""
        rain_mm, wet = self._add_rain(block)
        ph, ec = self._read(block, Role.PH, wet=wet), self._read(block, Role.EC, wet=wet)
        cloudy = self._add_clouds(block, wet=wet)
        drop = ph_level = rise = rise_level = None
        if ph and ph.value is not None and ph.usual and ph.usual.newest is not None:
            drift = min(_DRIFT_PH_A_DAY, max(0.0, ph.usual.low - ph.usual.newest))
            drop, ph_level = ph.usual.low - drift - ph.value, ph.value - ph.usual.level
        if ec and ec.value is not None and ec.usual and ec.usual.newest is not None:
            rise, rise_level = ec.value - ec.usual.high, ec.value - ec.usual.level
        orp_mv = _middle(block, Role.ORP)
        acid = ph is not None and ph.value is not None and ph.value <= _FERRIC_PH
        ferric = acid and orp_mv is not None and orp_mv >= FERRIC_MV
        ph_held, ec_held = bool(ph and ph.held), bool(ec and ec.held)
        unclear = wet or ferric or self._stands or ph_held
        self._lone.add(block.number, ph_level, rise_level, unclear=unclear)
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
            trend_ph=ph.trend if ph else None,
            trend_ec=ec.trend if ec else None,
            bottled=any(each.health.bottled for each in self._readings.values()),
            at_seven=bool(ph and ph.health.at_seven),
            rain_mm=rain_mm,
            orp_mv=orp_mv,
            ferric=ferric,
            cloudy_ntu=max(cloudy) if cloudy else None,
            ph_channel=ph.channel if ph else "",
            ec_channel=ec.channel if ec else "",
            ph_held=ph_held,
            ec_held=ec_held,
        )

    @property
    def learning(self) -> bool:
        """Whether no channel has been known for long enough to speak."""
        return not any(each.usual for each in self._readings.values())

    @property
    def learning_decline(self) -> bool:
        """Whether the weeks before are not known yet of both pH and conductivity."""
        known = {role for (role, _), water in self._waters.items() if water.knows_weeks}
        return not known >= {Role.PH, Role.EC}

    def hold(self, number: int, *, stands: bool) -> None:
        """While a finding stands the baselines do not learn from it."""
        self._stands = stands
        for water in self._waters.values():
            if stands:
                water.hold(number)
            else:
                water.release()

    def sick(self) -> dict[str, Assessment]:
        """What ails the probes now, by channel."""
        told = {}
        for (role, name), reading in self._readings.items():
            what, evidence = self._ails(role, reading)
            if what:
                told[name] = advisory(name, what, evidence)
        return told | self._slimy()

    def _slimy(self) -> dict[str, Assessment]:
        """The channels of turbidity that slime grows on."""
        if self._dry_for < _DRY_BEFORE or self._stands or self._is_clouded():
            return {}
        fouling = {name: cloud.fouling for name, cloud in self._clouds.items()}
        return {name: advisory(name, "fouling", each) for name, each in fouling.items() if each}

    def _ails(self, role: Role, reading: Reading) -> tuple[str, dict[str, float]]:
        health = reading.health
        if health.ill is Ill.SETTLING:
            return _WELL
        if health.ill:
            return str(health.ill), {"for_h": health.for_h}
        if health.bottled:
            return "bottle", {}
        if role is Role.PH and self._stands:
            return _WELL  # the water is acid: what pH does is not laid on the probe
        if role is Role.PH and self._lone.size:
            return "lone_step", {"ph_step": self._lone.size, "ph_step_from": FALL_PH}
        return self._drifting(reading) if role is Role.PH else self._fouling(reading)

    def _drifting(self, reading: Reading) -> tuple[str, dict[str, float]]:
        """Whether pH creeps alone."""
        ph, ec = reading.slow, next((each.slow for each in self._of(Role.EC) if each.slow), None)
        if ph is None or ec is None:
            return _WELL
        far, far_from = abs(ph.from_level), _DRIFTED_PH + ph.usual
        if far <= far_from or abs(ec.from_level) >= _DRIFTED_EC + ec.usual:
            return _WELL
        return "drift", {"ph_drift": far, "ph_drift_from": far_from, "ec_drift_pct": percent(ec.from_level)}

    def _fouling(self, reading: Reading) -> tuple[str, dict[str, float]]:
        """Whether conductivity creeps down alone, with no rain that would dilute it."""
        if self._dry_for < _DRY_BEFORE or reading.trend.pace > _EC_FOULS_A_DAY:
            return _WELL
        still = [each.trend.moves for each in self._of(Role.PH)]
        for days, move in reading.trend.moves.items():
            least = _EC_FOULED + _OWN * move.usual
            alone = all(days in of and abs(of[days].by) < _STILL_PH for of in still)
            if -move.by >= least and alone and days >= _FOULS_D:
                fall, fall_from = -percent(move.by), -percent(-least)
                return "fouling", {"ec_fall_pct": fall, "ec_fall_pct_from": fall_from, "over_d": float(days)}
        return _WELL

    def _is_clouded(self) -> bool:
        """Whether pH or conductivity go the way of acid water, which brings ochre: then it is no slime."""
        fell = (each.trend.moves[_FOULS_D].by for each in self._of(Role.PH) if _FOULS_D in each.trend.moves)
        rose = (each.trend.moves[_FOULS_D].by for each in self._of(Role.EC) if _FOULS_D in each.trend.moves)
        return min(fell, default=0.0) <= -_STILL_PH or max(rose, default=0.0) >= _EC_FOULED

    def _of(self, role: Role) -> list[Reading]:
        return [reading for (its_role, _), reading in self._readings.items() if its_role is role]

    def _add_rain(self, block: Block) -> tuple[float, bool]:
        """Rain of two days, and whether the last one was wet. Of several gauges the one that caught most."""
        gauges = [cell.value for cell in block.of(Role.RAIN).values() if cell.value is not None]
        number, known = block.number, self._rain.known
        self._rain.add(number, max(gauges) if gauges else None)
        lately = known(number - DAY + 1, number)
        wet = sum(lately) >= WET_MM
        self._dry_for = 0 if wet or not lately else self._dry_for + 1
        return sum(known(number - _RAIN_BLOCKS + 1, number)), wet

    def _add_clouds(self, block: Block, *, wet: bool) -> list[float]:
        """By how much each channel of turbidity is cloudier than its weeks."""
        cells = block.of(Role.TURBIDITY)
        for name in cells:
            if name not in self._clouds:
                self._clouds[name] = Cloud()
        for name, cloud in self._clouds.items():
            cloud.add(block.number, cells.get(name), wet=wet)
        above = (cloud.above_weeks_ntu for cloud in self._clouds.values())
        return [ntu for ntu in above if ntu is not None]

    def _read(self, block: Block, role: Role, *, wet: bool) -> Reading | None:
        """Of two probes the calmer one, of three the middle one."""
        cells = block.of(role)
        for name in cells:
            if (role, name) not in self._waters:
                self._waters[role, name] = Water(role, name)
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


def _middle(block: Block, role: Role) -> float | None:
    known = [cell.value for cell in block.of(role).values() if cell.value is not None]
    return median(known) if known else None
