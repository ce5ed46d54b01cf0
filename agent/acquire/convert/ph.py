"""The glass electrode: from millivolts to pH, and from buffers to a calibration.

    E = E0 + S (pH - 7)      S = -k (t + 273.15), k = ln(10) R / F = 0.19842 mV/K for a perfect electrode

All lines of one electrode cross at pH 7, the isopotential point, so temperature turns the line around it.
This corrects the electrode; the pH of the water itself also moves with temperature, and stays as it is.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

from agent.acquire.convert.thermistor import ZERO_C_IN_K

_GAS_CONSTANT = 8.314462618  # J/(mol K), CODATA 2018
_FARADAY = 96485.33212  # C/mol
_MV_PER_V = 1000.0
_NERNST_MV_PER_K = _MV_PER_V * math.log(10) * _GAS_CONSTANT / _FARADAY
_NEUTRAL = 7.0
_LEAST_PERCENT, _SERVICE_PERCENT, _GOOD_PERCENT, _MOST_PERCENT = 85.0, 90.0, 95.0, 105.0
_GOOD_MV, _SPENT_MV = 15.0, 30.0


class Buffered(NamedTuple):
    """An electrode at rest in a buffer: the pH of the buffer at its temperature, and the electrode's mV."""

    ph: float
    mv: float


class Electrode(NamedTuple):
    """A calibrated electrode. Slopes are in mV per pH, below zero, and hold at `temperature_c`."""

    zero_mv: float  # E0, at pH 7
    acid_slope_mv: float
    base_slope_mv: float
    temperature_c: float


class Grade(Enum):
    """What to make of an electrode, from its slope or its offset."""

    GOOD = "good"
    SERVICE = "service"
    MAINTENANCE = "maintenance"
    REJECT = "reject"


def ideal_slope_mv(temperature_c: float) -> float:
    """Nernst's slope, mV per pH, below zero: -59.159 at 25 degC."""
    return -_NERNST_MV_PER_K * (temperature_c + ZERO_C_IN_K)


def slope_percent(slope_mv: float, temperature_c: float) -> float:
    """A slope against the ideal one at the temperature of the buffers."""
    return 100.0 * slope_mv / ideal_slope_mv(temperature_c)


def two_points(one: Buffered, other: Buffered, temperature_c: float) -> Electrode:
    """The electrode through two buffers. Raises ValueError when both have the same pH."""
    slope_mv = _slope_mv(one, other)
    return Electrode(_at_neutral(one, slope_mv), slope_mv, slope_mv, temperature_c)


def three_points(acid: Buffered, neutral: Buffered, base: Buffered, temperature_c: float) -> Electrode:
    """The electrode with one slope below pH 7 and another above. Raises ValueError on equal buffers."""
    acid_slope_mv, base_slope_mv = _slope_mv(acid, neutral), _slope_mv(neutral, base)
    # The slope on the side of pH 7 that this buffer is on: so it reads what its bottle says.
    beside_mv = base_slope_mv if neutral.ph >= _NEUTRAL else acid_slope_mv
    return Electrode(_at_neutral(neutral, beside_mv), acid_slope_mv, base_slope_mv, temperature_c)


def ph(electrode: Electrode, mv: float, temperature_c: float) -> float:
    """The pH of a sample of this temperature: 7 + (E - E0) / S(t)."""
    above_zero_mv = mv - electrode.zero_mv
    slope_mv = electrode.acid_slope_mv if above_zero_mv >= 0 else electrode.base_slope_mv
    return _NEUTRAL + above_zero_mv / slope_at(slope_mv, electrode.temperature_c, temperature_c)


def slope_at(slope_mv: float, calibrated_c: float, temperature_c: float) -> float:
    """What becomes of a slope at another temperature: it goes with the absolute temperature."""
    return slope_mv * (temperature_c + ZERO_C_IN_K) / (calibrated_c + ZERO_C_IN_K)


def slope_grade(percent: float) -> Grade:
    """After Corning, model 440 manual, p. 18."""
    if not _LEAST_PERCENT <= percent <= _MOST_PERCENT:
        return Grade.REJECT
    if percent < _SERVICE_PERCENT:
        return Grade.MAINTENANCE
    return Grade.SERVICE if percent < _GOOD_PERCENT else Grade.GOOD


def offset_grade(zero_mv: float) -> Grade:
    """After Hanna Instruments, HI 991300 manual: a reference electrode that drifted too far is spent."""
    if abs(zero_mv) > _SPENT_MV:
        return Grade.REJECT
    return Grade.SERVICE if abs(zero_mv) > _GOOD_MV else Grade.GOOD


def _slope_mv(one: Buffered, other: Buffered) -> float:
    if one.ph == other.ph:
        raise ValueError(f"both buffers have pH {one.ph:g}: a slope needs two")
    return (other.mv - one.mv) / (other.ph - one.ph)


def _at_neutral(point: Buffered, slope_mv: float) -> float:
    return point.mv + slope_mv * (_NEUTRAL - point.ph)
