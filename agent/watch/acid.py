"""Acid drainage: evidence of pH, conductivity and rain, put together. Pure.

Conductivity leads and pH follows (Gray 1996): both at once, against the same hours of the days before, are the
strongest cheap sign. Rain water is soft and weakly acid: it lowers both, and explains a fall of pH only up to
a point. Metals without acid show in conductivity alone, for longer than salt off a road does. Weeks of a slow
decline show in both against the weeks before, where a drifting electrode is alone.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Severity
from agent.watch.contract import DAY, HOUR, Assessment, Role
from agent.watch.gathered import Gathered
from agent.watch.history import History
from agent.watch.record import OwnRecord
from agent.watch.water import Water

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.watch.contract import Block
    from agent.watch.slow import Departure
    from agent.watch.water import Reading

# Both at once: a block counts from here on, and more the further it is beyond.
_BOTH_PH, _BOTH_EC, _BOTH_MOST, _BOTH_ENOUGH = 0.1, 0.03, 2.5, 16.0
_BOTH_LEAST = 0.9  # a great fall of pH makes up for little conductivity, never for none
_DRIFT_PH = 0.12  # an electrode may drift by so much in a day
_BOTTLED_MOST = 0.8
# pH alone: by so much rain may lower it, and by so much more for each e-fold of dilution.
_RAIN_PH, _DILUTION_PH = 0.3, 0.5
_NOT_ACID = 6.75  # above it a fall of pH alone may be the glass
_ALONE_PH, _ALONE_MOST, _ALONE_ENOUGH, _CONTRADICTED = 0.25, 1.5, 20.0, 0.3
# Conductivity alone, as a logarithm.
_METAL_FROM, _METAL_FULL, _METAL_ENOUGH = 0.25, 0.15, 40.0
_METAL_KEPT = 0.7  # of its highest: what is washed off a road comes at once and goes, a seep stays
# Slow: both over weeks.
_SLOW_PH, _SLOW_EC, _SLOW_ENOUGH = 0.18, 0.04, 48.0
_OVER_RECORD = 1.2  # times the site's own record of calm days
_STILL_PH, _STILL_EC, _JUMP_EC = 0.02, 0.01, 0.16  # in two days
_RAIN_BLOCKS = 2 * DAY
_WET_MM = 1.0


class Limits(NamedTuple):
    """What the site must keep. The default of pH is that of 40 CFR 434 and GB 20426."""

    ph_low: float = 6.0


class _Signs(NamedTuple):
    """Of a block, positive when they speak for acid drainage; None when unknown. EC as logarithms."""

    ph: float | None
    drop: float | None  # below all days but one
    drop_spread: float
    ec: float | None
    rise: float | None  # above all days but one
    rise_level: float | None  # above the middle
    rise_spread: float
    slow_ph: Departure | None
    slow_ec: Departure | None
    bottled: bool
    at_seven: bool
    rain_mm: float


class Acid:
    """The detector, of one station.

    Args:
        limits: of the site.
    """

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008 - immutable
        self._limits = limits
        self._ph: dict[str, Water] = {}
        self._ec: dict[str, Water] = {}
        self._rain = History(_RAIN_BLOCKS)
        self._rain_mm = 0.0
        self._wet = False
        self._both = Gathered(_BOTH_ENOUGH)
        self._alone = Gathered(_ALONE_ENOUGH)
        self._metal = Gathered(_METAL_ENOUGH)
        self._creep = Gathered(_SLOW_ENOUGH)
        self._both_record = OwnRecord(held=2 * HOUR)
        self._metal_record = OwnRecord(held=4 * HOUR)
        self._creep_record = OwnRecord(held=1, lag_days=6)
        self._held = False
        self._rises: deque[float] = deque(maxlen=12 * HOUR)
        self.readings: dict[tuple[Role, str], Reading] = {}
        """Of the newest block, by role and channel."""

    def add(self, block: Block) -> Sequence[Assessment]:
        """What it thinks of the next block: nothing, or one assessment."""
        signs = self._signs(block)
        found = [
            each
            for each in (self._judge_both(block.number, signs), self._judge_alone(signs), self._judge_metal(block.number, signs), self._judge_slow(block.number, signs))
            if each is not None
        ]
        return [max(found, key=lambda each: (each.level, each.confidence))] if found else []

    def hold(self, number: int) -> None:
        """A finding stands: the baselines do not learn from it."""
        self._held = True
        for water in (*self._ph.values(), *self._ec.values()):
            water.hold(number)

    def release(self) -> None:
        """None stands."""
        self._held = False
        for water in (*self._ph.values(), *self._ec.values()):
            water.release()

    def _signs(self, block: Block) -> _Signs:
        self._add_rain(block)
        ph = self._read(block, Role.PH, self._ph)
        ec = self._read(block, Role.EC, self._ec)
        ph_value = ph.value if ph else None
        drop = rise = rise_level = None
        if ph and ph.usual and ph.usual.newest is not None and ph.value is not None:
            drift = min(_DRIFT_PH, max(0.0, ph.usual.low - ph.usual.newest))
            drop = ph.usual.low - drift - ph.value
        if ec and ec.usual and ec.usual.newest is not None and ec.value is not None:
            rise = ec.value - ec.usual.high
            rise_level = ec.value - ec.usual.level
        return _Signs(
            ph_value,
            drop,
            ph.usual.spread if ph and ph.usual else 0.0,
            ec.value if ec else None,
            rise,
            rise_level,
            ec.usual.spread if ec and ec.usual else 0.0,
            ph.slow if ph else None,
            ec.slow if ec else None,
            any(each.health.bottled for each in self.readings.values()),
            bool(ph and ph.health.at_seven),
            self._rain_mm,
        )

    def _add_rain(self, block: Block) -> None:
        gauges = [cell.value for cell in block.of(Role.RAIN).values() if cell.value is not None]
        self._rain.add(block.number, max(gauges) if gauges else None)
        self._rain_mm = sum(self._rain.known(block.number - _RAIN_BLOCKS + 1, block.number))
        self._wet = sum(self._rain.known(block.number - DAY + 1, block.number)) >= _WET_MM

    def _read(self, block: Block, role: Role, channels: dict[str, Water]) -> Reading | None:
        """Of two probes the calmer one, of three the middle one."""
        cells = block.of(role)
        for name in cells:
            if name not in channels:
                channels[name] = Water(role)
        known = []
        for name, water in channels.items():
            reading = water.add(block.number, cells.get(name), wet=self._wet)
            self.readings[role, name] = reading
            if reading.value is not None and reading.usual is not None:
                known.append(reading)
        if not known:
            return None
        towards = -1.0 if role is Role.PH else 1.0
        known.sort(key=lambda each: towards * (each.value - each.usual.level))  # type: ignore[operator, union-attr]
        return known[(len(known) - 1) // 2]

    def _judge_both(self, number: int, signs: _Signs) -> Assessment | None:
        """pH below and conductivity above all days but one."""
        score = joint = None
        if signs.drop is not None and signs.rise is not None:
            need_ph = max(_BOTH_PH, min(2.0 * signs.drop_spread, 2.0 * _BOTH_PH))
            need_ec = max(_BOTH_EC, min(signs.rise_spread, 3.0 * _BOTH_EC))
            most = _BOTTLED_MOST if signs.bottled or signs.at_seven else _BOTH_MOST
            ph, ec = signs.drop / need_ph, min(signs.rise / need_ec, most + 1.0)
            if ph > ec >= _BOTH_LEAST:
                ec = math.sqrt(ph * ec)
            joint = min(ph, ec)
            score = max(-1.0, min(joint / max(1.0, _OVER_RECORD * self._both_record.value), most + 1.0) - 1.0)
        self._both_record.add(number, None if signs.bottled or self._held else joint)
        if not self._both.add(score):
            return None
        return self._assess(signs, self._both, "acid_water", _BOTH)

    def _judge_alone(self, signs: _Signs) -> Assessment | None:
        """pH below what rain can do, whatever conductivity says."""
        score = None
        if signs.drop is not None:
            diluted = max(0.0, -(signs.rise_level or 0.0))
            beyond = signs.drop - _RAIN_PH - _DILUTION_PH * diluted
            score = max(-1.0, min(_ALONE_MOST, beyond / max(_ALONE_PH, 2.0 * signs.drop_spread) - 0.2))
            explained = signs.rise_level is None or signs.rain_mm >= _WET_MM or diluted > 0.1
            if score > 0.0 and signs.at_seven:
                score = 0.0
            elif score > 0.0 and (not explained or signs.bottled or (signs.ph or 0.0) > _NOT_ACID):
                score *= _CONTRADICTED
        if not self._alone.add(score):
            return None
        return self._assess(signs, self._alone, "acid_water_ph", _ALONE)

    def _judge_metal(self, number: int, signs: _Signs) -> Assessment | None:
        """Conductivity far above all days but one, and above most of the weeks before, for longer than salt."""
        score = metal = None
        if signs.rise is not None and signs.ec is not None:
            rise, zero = signs.rise, max(_METAL_FROM, min(2.0 * signs.rise_spread, 2.0 * _METAL_FROM))
            if signs.slow_ec is not None:
                rise = max(rise, signs.ec - signs.slow_ec.high - signs.slow_ec.usual)
            self._rises.append(rise)
            zero = max(zero, _OVER_RECORD * self._metal_record.value)
            score = max(-1.0, min(1.0, (rise - zero) / _METAL_FULL))
            metal = rise if rise >= _METAL_KEPT * max(self._rises) else 0.0
            if score > 0.0 and not metal:
                score = -1.0
        self._metal_record.add(number, None if self._held else metal)
        if not self._metal.add(score):
            return None
        return self._assess(signs, self._metal, "neutral_drainage", _METAL)

    def _judge_slow(self, number: int, signs: _Signs) -> Assessment | None:
        """Both, over weeks."""
        score = joint = None
        if signs.slow_ph is not None and signs.slow_ec is not None:
            ph, ec = signs.slow_ph, signs.slow_ec
            need_ph = _SLOW_PH + ph.usual
            need_ec = _SLOW_EC + ec.usual
            joint = min(-ph.from_level / need_ph, ec.from_level / need_ec)
            score = min(joint / max(1.0, _OVER_RECORD * self._creep_record.value), 2.0) - 1.0
            score = max(-1.0, min(1.0, 0.5 + score) if score > 0.0 else score)
            if score > 0.0 and not _creeps(ph, ec):
                score = 0.0
        self._creep_record.add(number, None if self._held else joint)
        if not self._creep.add(score):
            return None
        return self._assess(signs, self._creep, "slow_acidification", _CREEP)

    def _assess(self, signs: _Signs, gathered: Gathered, mechanism: str, words: tuple[str, str]) -> Assessment:
        evidence = {"evidence_share": round(gathered.share, 2), "for_h": gathered.since / HOUR}
        if signs.ph is not None:
            evidence["ph"] = round(signs.ph, 2)
        if signs.drop is not None:
            evidence["ph_below_lowest_days"] = round(signs.drop, 2)
        if signs.rise is not None:
            evidence["ec_above_highest_days_pct"] = round(100.0 * math.expm1(signs.rise), 1)
        evidence["rain_48h_mm"] = round(signs.rain_mm, 1)
        level = Severity.YELLOW
        if signs.ph is not None and signs.ph < self._limits.ph_low and mechanism.startswith("acid"):
            level = Severity.RED
        elif gathered.since >= DAY and gathered.share >= 1.4:
            level = Severity.ORANGE
        confidence = min(0.98, 0.6 + 0.25 * (gathered.share - 1.0) + 0.1)
        return Assessment(level, confidence, evidence, words[0], words[1], mechanism=mechanism)


def _creeps(ph: Departure, ec: Departure) -> bool:
    """Whether it still goes on, and is not what a flood or a wash of salt left behind."""
    if ph.change is None or ec.change is None:
        return False
    return ph.change <= _STILL_PH and -_STILL_EC <= ec.change <= _JUMP_EC


_BOTH = (
    "pH is below and conductivity above every hour like this of the last days: acid water, not rain and not one probe.",
    "Take a sample, look at the discharge and the treatment, stop what goes into the stream.",
)
_ALONE = (
    "pH is lower than rain and dilution can make it.",
    "Look at the treatment and take a sample; check the pH probe in a buffer while there.",
)
_METAL = (
    "Conductivity has stayed far above its last weeks for longer than salt or dust suppressant does, pH nearly unchanged.",
    "Sample for sulfate and metals; look for a new seep.",
)
_CREEP = (
    "Over weeks pH has fallen and conductivity risen together, which one ageing probe does not do.",
    "Sample upstream and downstream; check treatment dose and seeps.",
)
