"""Turbidity from the voltage of a DFRobot SEN0189.

Coarse on purpose: in clear water 1 mV is 3.2 NTU, so it tells "very dirty" from "not", and no more.
"""

from __future__ import annotations

from agent.acquire.convert.contract import Converted
from agent.acquire.convert.polynomial import polynomial
from agent.model import Flag, Why

# DFRobot, wiki page of the SEN0189: fitted at 25 degC between 2.5 V and 4.2 V, on a supply of 5.0 V.
SEN0189_CURVE = (-4352.9, 5742.3, -1120.4)
_DIRTIEST_V = 2.5
_CLEAREST_V = 4.2
_CLASS_DECIMALS = 6  # a microvolt: 1.5 V / 0.6 must not fall below 2.5 V by a binary fraction


def sen0189_ntu(sensor_v: float) -> float:
    """The maker's parabola, NTU, wherever it leads: its top is 3004.7 NTU at 2.5626 V."""
    return polynomial(SEN0189_CURVE, sensor_v)


def sen0189(sensor_v: float) -> Converted:
    """Turbidity as far as the curve means something.

    Below 2.5 V the parabola turns back, and thick slurry would pass for less: no value. Above 4.2 V it goes
    below zero: clear water, or a probe in the air or a drifting supply, so zero and suspect.
    """
    volts = round(sensor_v, _CLASS_DECIMALS)
    if volts < _DIRTIEST_V:
        return Converted(None, Flag.FAIL, Why.OVER_RANGE)
    if volts > _CLEAREST_V:
        return Converted(0.0, Flag.SUSPECT, Why.SENSOR_RANGE)
    return Converted(sen0189_ntu(sensor_v))
