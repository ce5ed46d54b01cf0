"""From the table of one kind to its law: one small function a kind."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from agent.acquire.convert.compensated import (
    Amplifier,
    Gauge,
    Thermal,
    Weather,
    alone,
    conductivity_law,
    gauge_law,
    head_law,
    ph_law,
    ratiometric_law,
)
from agent.acquire.convert.contract import ConversionError, Converted
from agent.acquire.convert.laws import (
    divider_law,
    line_law,
    loop_law,
    piecewise_law,
    polynomial_law,
    soil_law,
)
from agent.acquire.convert.ph import Electrode
from agent.acquire.convert.soil import teros_permittivity
from agent.acquire.convert.thermistor import CURVES, thermistor
from agent.acquire.convert.turbidity import sen0189
from agent.acquire.convert.vibrating_wire import (
    digits,
    from_periods,
    linear,
    period_us,
    polynomial_constant,
)
from agent.acquire.convert.water import pore_pressure_ratio, rain_mm
from agent.model import Flag, Why
from agent.quantity import factor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.acquire.convert.compensated import Law

    Alone = Callable[[float], Converted]

_SIGNS = {"added": 1.0, "subtracted": -1.0}
_TENTHS_PER_US = 10.0
_NO_TONE = Converted(None, Flag.FAIL, Why.SENSOR_RANGE)


def _line(table: Any, _raw_unit: str, _law_unit: str) -> Law:
    """The line through the two configured points."""
    (raw_0, value_0), (raw_1, value_1) = table.points
    if raw_0 == raw_1:
        raise ConversionError(f"both points have raw {raw_0:g}; a line needs two different raw values")
    return _follows_rail(table, line_law((raw_0, value_0), (raw_1, value_1)))


def _piecewise(table: Any, _raw_unit: str, _law_unit: str) -> Law:
    points = [(raw, value) for raw, value in table.points]
    raws = [raw for raw, _ in points]
    if len(raws) < 2 or any(left >= right for left, right in pairwise(raws)):  # noqa: PLR2004 - a line has two points
        raise ConversionError("points must stand in the order of their raw values, each of them once")
    return _follows_rail(table, piecewise_law(points, table.over_range_raw))


def _follows_rail(table: Any, law: Alone) -> Law:
    return ratiometric_law(law, table.rail_v) if table.rail else alone(law)


def _sen0189(table: Any, _raw_unit: str, _law_unit: str) -> Law:
    return _follows_rail(table, lambda raw: sen0189(raw / table.ratio))


def _loop(table: Any, _raw_unit: str, _law_unit: str) -> Law:
    return alone(loop_law(table.shunt_ohm, table.at_4ma, table.at_20ma))


def _thermistor(table: Any, _raw_unit: str, _law_unit: str) -> Law:
    return alone(partial(thermistor, curve=CURVES[table.curve], lead_ohm=table.lead_ohm))


def _permittivity(_table: Any, _raw_unit: str, _law_unit: str) -> Law:
    return alone(lambda raw: Converted(teros_permittivity(raw)))


def _rain(table: Any, _raw_unit: str, _law_unit: str) -> Law:
    return alone(lambda tips: Converted(rain_mm(tips, table.mm_per_tip)))


def _ph(table: Any, raw_unit: str, _law_unit: str) -> Law:
    if 0 in (table.acid_slope_mv, table.base_slope_mv, table.gain):
        raise ConversionError("a slope or a gain of zero: every pH would give the same signal")
    electrode = Electrode(table.zero_mv, table.acid_slope_mv, table.base_slope_mv, table.calibrated_c)
    return ph_law(electrode, Amplifier(raw_unit, table.center_mv, table.gain), table.temperature_c)


def _wire(table: Any, raw_unit: str, law_unit: str) -> Law:
    """The linear sum of a gauge."""
    return _sealed(
        table,
        law_unit,
        lambda raw: Converted(linear(_digits(raw, raw_unit), table.zero, table.gauge_factor)),
    )


def _wire_polynomial(table: Any, raw_unit: str, law_unit: str) -> Law:
    """The polynomial of a gauge, through its zero reading in the field."""
    law = polynomial_law((polynomial_constant(table.zero, table.a, table.b), table.b, table.a))
    return _sealed(table, law_unit, lambda raw: law(_digits(raw, raw_unit)))


def _wire_period(table: Any, raw_unit: str, law_unit: str) -> Law:
    """The sum of a gauge by its period."""
    if table.zero_period * table.zero_period == 0:
        raise ConversionError(f"zero_period is {table.zero_period:g}: a wire without load rings, too")

    def load(raw: float) -> Converted:
        if raw <= 0:
            return _NO_TONE
        period = _TENTHS_PER_US * (period_us(raw) if raw_unit == "Hz" else raw)
        if period * period == 0:
            return _NO_TONE
        return Converted(from_periods(period, table.zero_period, table.gauge_factor))

    return _sealed(table, law_unit, load)


def _digits(raw: float, raw_unit: str) -> float:
    return digits(raw) if raw_unit == "Hz" else raw


def _sealed(table: Any, law_unit: str, load: Alone) -> Law:
    """With the corrections that the table has the numbers for; zero readings are taken together."""
    thermal = weather = None
    if table.thermal_per_c is not None:
        if table.zero_c is None:
            raise ConversionError("thermal_per_c needs zero_c, the temperature at the zero reading")
        per_c = _SIGNS[table.thermal_sign] * table.thermal_per_c
        thermal = Thermal(per_c, table.zero_c)
    elif table.temperature:
        raise ConversionError("temperature corrects nothing without thermal_per_c of the certificate")
    if table.barometer:
        if table.zero_baro_kpa is None:
            raise ConversionError("barometer needs zero_baro_kpa, the air pressure at the zero reading")
        weather = Weather(1.0 / _kpa_per(law_unit), table.zero_baro_kpa)
    return gauge_law(load, thermal, weather)


def _kpa_per(unit: str) -> float:
    try:
        return factor(unit, "kPa")
    except KeyError:
        raise ConversionError(f"a barometer corrects pressures, and this value is in {unit}") from None


def _head(table: Any, raw_unit: str, _law_unit: str) -> Law:
    gauge = Gauge(
        kpa_per_unit=_kpa_per(raw_unit),
        tip_elevation_m=table.tip_elevation_m,
        density_kg_m3=table.density_kg_m3,
        is_absolute=table.barometer is not None,
    )
    return head_law(gauge)


def _ratio(table: Any, raw_unit: str, _law_unit: str) -> Law:
    """r_u of a pressure."""
    per_unit = _kpa_per(raw_unit)
    return alone(
        lambda raw: Converted(pore_pressure_ratio(raw * per_unit, table.unit_weight_kn_m3, table.depth_m))
    )


# From the table of one kind, the raw unit of the channel and the unit that the law answers in.
LAWS: Mapping[str, Callable[[Any, str, str], Law]] = {
    "linear": _line,
    "polynomial": lambda table, _raw, _law: _follows_rail(table, polynomial_law(table.coefficients)),
    "piecewise": _piecewise,
    "divider": lambda table, _raw, _law: alone(divider_law(table.ratio)),
    "loop_4_20ma": _loop,
    "topp": lambda table, _raw, _law: alone(soil_law(table.kind)),
    "teros_mineral": lambda table, _raw, _law: alone(soil_law(table.kind)),
    "teros_soilless": lambda table, _raw, _law: alone(soil_law(table.kind)),
    "teros_permittivity": _permittivity,
    "sen0189": _sen0189,
    "thermistor": _thermistor,
    "tipping_bucket": _rain,
    "ph_electrode": _ph,
    "conductivity_25": lambda table, _raw, _law: conductivity_law(table.per_c, table.temperature_c),
    "vw_linear": _wire,
    "vw_polynomial": _wire_polynomial,
    "vw_period": _wire_period,
    "head": _head,
    "pore_pressure_ratio": _ratio,
}
