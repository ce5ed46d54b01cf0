"""Thermistors, as in vibrating-wire gauges, by Steinhart and Hart (Deep Sea Research 15 (1968) 497)."""

from __future__ import annotations

import math
from typing import NamedTuple

from agent.acquire.convert.contract import Converted
from agent.model import Flag, Why

ZERO_C_IN_K = 273.15
# Outside, a wire is shorted or open: 150 degC and -38 degC of the 3 kilohm type.
_SHORTED_OHM = 100.0
_OPEN_OHM = 100_000.0
_NO_VALUE = Converted(None, Flag.FAIL, Why.SENSOR_RANGE)


class SteinhartHart(NamedTuple):
    """1/T = a + b ln R + c (ln R)^3, T in kelvin, R in ohm."""

    a: float
    b: float
    c: float


CURVES = {
    # YSI 44005, Dale 1C3001-B3, Alpha 13A3001-B3; -50 to 150 degC (RST Instruments, VW2100 manual, app. A).
    "3k": SteinhartHart(1.4051e-3, 2.369e-4, 1.019e-7),
    # For gauges of high temperature (Geokon, model 4700 manual, app. C).
    "8k2": SteinhartHart(1.02569e-3, 2.478265e-4, 1.289498e-7),
}


def temperature_c(resistance_ohm: float, curve: SteinhartHart) -> float:
    """The temperature of a thermistor, degC. `resistance_ohm` is above zero."""
    log = math.log(resistance_ohm)
    return 1.0 / (curve.a + curve.b * log + curve.c * log**3) - ZERO_C_IN_K


def resistance_ohm(temperature_c: float, curve: SteinhartHart) -> float:
    """The resistance of a thermistor at a temperature, ohm: Cardano's solution of the same cubic."""
    half = (curve.a - 1.0 / (temperature_c + ZERO_C_IN_K)) / curve.c / 2.0
    root = math.sqrt((curve.b / (3.0 * curve.c)) ** 3 + half**2)
    return math.exp(math.cbrt(root - half) - math.cbrt(root + half))


def thermistor(resistance_ohm: float, curve: SteinhartHart, lead_ohm: float) -> Converted:
    """The temperature at the end of a cable of `lead_ohm` there and back; none when the wire is damaged."""
    own_ohm = resistance_ohm - lead_ohm
    if not _SHORTED_OHM <= own_ohm <= _OPEN_OHM:
        return _NO_VALUE
    return Converted(temperature_c(own_ohm, curve))
