"""The laws from raw signal to value, as plain functions of numbers. Each `*_law` returns one ready to use."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from agent.acquire.convert.contract import Converted
from agent.acquire.convert.polynomial import polynomial
from agent.acquire.convert.soil import water_content
from agent.model import Flag, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# NAMUR NE 43 (2003), in mA. The gaps between the bands belong to nobody: such a current is no value, and not
# yet the transmitter's own cry for help.
_FAULT_LOW = 3.6
_MEASURING = (3.8, 20.5)
_SPAN = (4.0, 20.0)
_FAULT_HIGH = 21.0

# A nanoampere is far below any converter's step; classes are cut on this grid, so that a sum in binary
# fractions cannot push a current across an edge that it lies on (3.15 V / 150 ohm is 20.999999999999996 mA).
_CLASS_DECIMALS = 6


def same(raw: float) -> Converted:
    """The instrument speaks engineering units itself."""
    return Converted(raw)


def line_law(low: tuple[float, float], high: tuple[float, float]) -> Callable[[float], Converted]:
    """The straight line through two (raw, value) points, beyond them too: clamping would hide a drift.

    This form rises or falls without a step back between neighbouring raw numbers.
    """
    (raw_0, value_0), (raw_1, value_1) = low, high
    raw_span = raw_1 - raw_0
    value_span = value_1 - value_0

    def line(raw: float) -> Converted:
        return Converted(value_0 + (raw - raw_0) / raw_span * value_span)

    return line


def polynomial_law(coefficients: Sequence[float]) -> Callable[[float], Converted]:
    """c0 + c1 raw + c2 raw^2 + ..., beyond the range that it was fitted in, too."""

    def curve(raw: float) -> Converted:
        return Converted(polynomial(coefficients, raw))

    return curve


def soil_law(equation: str) -> Callable[[float], Converted]:
    """One of the published soil equations."""

    def soil(raw: float) -> Converted:
        return Converted(water_content(equation, raw))

    return soil


def piecewise_law(
    points: Sequence[tuple[float, float]], over_range_raw: float | None
) -> Callable[[float], Converted]:
    """Straight lines from one (raw, value) point to the next, raw rising.

    Beyond the ends nobody has calibrated: the line goes on, and says so. From `over_range_raw` on, on the
    side of the higher end, the signal folds back: there is no value.
    """
    raws = [raw for raw, _ in points]
    rises = points[-1][1] >= points[0][1]

    def folds_back(raw: float) -> bool:
        if over_range_raw is None:
            return False
        return raw >= over_range_raw if rises else raw <= over_range_raw

    def curve(raw: float) -> Converted:
        if folds_back(raw):
            return Converted(None, Flag.FAIL, Why.OVER_RANGE)
        place = min(max(bisect_right(raws, raw), 1), len(points) - 1)
        value = line_law(points[place - 1], points[place])(raw).value
        if raws[0] <= raw <= raws[-1]:
            return Converted(value)
        return Converted(value, Flag.SUSPECT, Why.SENSOR_RANGE)

    return curve


def divider_law(ratio: float) -> Callable[[float], Converted]:
    """What stands at the top of a divider whose lower part shows `raw`: raw / ratio."""

    def divider(raw: float) -> Converted:
        return Converted(raw / ratio)

    return divider


def loop_law(shunt_ohm: float, at_4ma: float, at_20ma: float) -> Callable[[float], Converted]:
    """A 4-20 mA loop read as volts across a shunt, with the flag of its NE 43 band."""
    span = at_20ma - at_4ma

    def loop(volts: float) -> Converted:
        current_ma = volts / shunt_ohm * 1000.0
        flag, why = loop_class(current_ma)
        if why & Why.LOOP_FAULT:
            return Converted(None, flag, why)
        return Converted(at_4ma + (current_ma - 4.0) / 16.0 * span, flag, why)

    return loop


def loop_class(current_ma: float) -> tuple[Flag, Why]:
    """What NE 43 makes of a loop current in mA. LOOP_FAULT means that it stands for no value.

    A current outside 4-20 mA that still measures is beyond the instrument's span: suspect, with its value.
    """
    current = round(current_ma, _CLASS_DECIMALS)
    if current <= _FAULT_LOW or current >= _FAULT_HIGH:
        return Flag.FAIL, Why.LOOP_FAULT
    if not _MEASURING[0] <= current <= _MEASURING[1]:
        return Flag.SUSPECT, Why.LOOP_FAULT
    if not _SPAN[0] <= current <= _SPAN[1]:
        return Flag.SUSPECT, Why.SENSOR_RANGE
    return Flag.GOOD, Why.NONE
