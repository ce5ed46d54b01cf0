"""The sum behind a value, step by step, for each kind of conversion, for a pocket calculator. Pure.

Written from the body of the calibration that is stored with the observation, never from the configuration of
today. A step shows its result as it is gone on with.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from agent.acquire.convert.thermistor import ZERO_C_IN_K
from agent.acquire.convert.turbidity import sen0189
from agent.acquire.convert.water import DENSITY_CURVE, STANDARD_GRAVITY
from agent.model import Why
from agent.provenance.arithmetic import Step, curve, step, term, written
from agent.quantity import factor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Body = Mapping[str, Any]
    Values = Mapping[str, float]
    Sum = Callable[[Body, float, Values], list[Step]]

_WATER_C = 25.0


def steps(body: Body, raw: float, values: Values) -> list[Step]:
    """From `raw` to the value, given by role the `values` of the channels that corrected it.

    Raises LookupError, TypeError, ArithmeticError, ValueError: the body does not tell, or there is no value.
    """
    found = _KINDS[body["kind"]](body, raw, values)
    last = written(found[-1].result) if found else term(raw)
    if body["factor"] != 1.0:
        found.append(step(f"in {body['unit']}", f"{last} * {term(body['factor'])}", body["unit"]))
    return found


def _as_said(_body: Body, _raw: float, _values: Values) -> list[Step]:
    """The instrument speaks engineering units itself."""
    return []


def _line(body: Body, raw: float, values: Values) -> list[Step]:
    low, high = body["points"]
    found, x = _at_rail(body, raw, values)
    return [*found, _between(low, high, x)]


def _between(low: list[float], high: list[float], x: str) -> Step:
    (raw_0, value_0), (raw_1, value_1) = low, high
    part = f"({x} - {term(raw_0)}) / ({term(raw_1)} - {term(raw_0)})"
    return step("value", f"{term(value_0)} + {part} * ({term(value_1)} - {term(value_0)})")


def _piecewise(body: Body, raw: float, values: Values) -> list[Step]:
    points = body["points"]
    found, x = _at_rail(body, raw, values)
    at = found[-1].result if found else raw
    place = min(max(bisect_right([each[0] for each in points], at), 1), len(points) - 1)
    return [*found, _between(points[place - 1], points[place], x)]


def _curve(body: Body, raw: float, values: Values) -> list[Step]:
    found, x = _at_rail(body, raw, values)
    return [*found, step("value", curve(body["coefficients"], x))]


def _at_rail(body: Body, raw: float, values: Values) -> tuple[list[Step], str]:
    """What it would have said on the supply that its law is for."""
    if "rail" not in values:
        return [], term(raw)
    found = step("raw on its rail", f"{term(raw)} * {term(body['rail_v'])} / {term(values['rail'])}")
    return [found], _brackets(found.result)


def _divider(body: Body, raw: float, _values: Values) -> list[Step]:
    return [step("value", f"{term(raw)} / {term(body['ratio'])}")]


def _loop(body: Body, raw: float, _values: Values) -> list[Step]:
    current = step("current", f"{term(raw)} / {term(body['shunt_ohm'])} * 1000", "mA")
    low, high = term(body["at_4ma"]), term(body["at_20ma"])
    return [current, step("value", f"{low} + ({_brackets(current.result)} - 4) / 16 * ({high} - {low})")]


def _permittivity(body: Body, raw: float, _values: Values) -> list[Step]:
    root = step("root", curve(body["root_coefficients"], term(raw)))
    return [root, step("value", f"{_brackets(root.result)}^2")]


def _sen0189(body: Body, raw: float, values: Values) -> list[Step]:
    found, x = _at_rail(body, raw, values)
    volts = step("sensor", f"{x} / {term(body.get('ratio', 1.0))}", "V")
    if sen0189(volts.result).why & Why.SENSOR_RANGE:
        return [*found, volts, step("value", "0")]
    return [*found, volts, step("value", curve(body["coefficients"], _brackets(volts.result)))]


def _thermistor(body: Body, raw: float, _values: Values) -> list[Step]:
    """1/T = a + b ln R + c (ln R)^3."""
    log = step("ln R", f"ln({term(raw)} - {term(body['lead_ohm'])})")
    x = _brackets(log.result)
    a, b, c = (term(body[name]) for name in "abc")
    return [log, step("value", f"1 / ({a} + {b} * {x} + {c} * {x}^3) - {term(ZERO_C_IN_K)}", "degC")]


def _rain(body: Body, raw: float, _values: Values) -> list[Step]:
    return [step("value", f"{term(raw)} * {term(body['mm_per_tip'])}", "mm")]


def _ph(body: Body, raw: float, values: Values) -> list[Step]:
    """7 + (E - E0) / S, the slope S at the temperature of the sample."""
    raw_mv = f"{term(raw)} * 1000" if body["raw_unit"] == "V" else term(raw)
    signal = step("electrode", f"({raw_mv} - {term(body['center_mv'])}) / {term(body['gain'])}", "mV")
    is_acid = signal.result - body["zero_mv"] >= 0
    calibrated_c = body["calibrated_c"]
    sample_c = values.get("temperature", body.get("temperature_c", calibrated_c))
    slope = step(
        f"{'acid' if is_acid else 'base'} slope at {written(sample_c)} degC",
        f"{term(body['acid_slope_mv' if is_acid else 'base_slope_mv'])}"
        f" * ({term(sample_c)} + {term(ZERO_C_IN_K)}) / ({term(calibrated_c)} + {term(ZERO_C_IN_K)})",
        "mV",
    )
    above = f"({_brackets(signal.result)} - {term(body['zero_mv'])})"
    return [signal, slope, step("value", f"7 + {above} / {_brackets(slope.result)}")]


def _conductivity(body: Body, raw: float, values: Values) -> list[Step]:
    sample_c = values.get("temperature", body.get("temperature_c"))
    if sample_c is None:
        return []
    warming = f"({term(sample_c)} - {term(_WATER_C)})"
    return [step("value at 25 degC", f"{term(raw)} / (1 + {term(body['per_c'])} * {warming})")]


def _wire(body: Body, raw: float, values: Values) -> list[Step]:
    found, x = _digits(body, raw)
    value = step("load", f"{term(body['gauge_factor'])} * ({x} - {term(body['zero'])})")
    return _sealed(body, values, [*found, value])


def _wire_polynomial(body: Body, raw: float, values: Values) -> list[Step]:
    found, x = _digits(body, raw)
    a, b, zero = term(body["a"]), term(body["b"]), term(body["zero"])
    constant = step("C", f"0 - ({a} * {zero}^2 + {b} * {zero})")
    value = step("load", f"{a} * {x}^2 + {b} * {x} + {_brackets(constant.result)}")
    return _sealed(body, values, [*found, constant, value])


def _wire_period(body: Body, raw: float, values: Values) -> list[Step]:
    us = f"1000000 / {term(raw)}" if body["raw_unit"] == "Hz" else term(raw)
    period = step("period", f"10 * {us}", "x 0.1 us")
    squares = f"10000000 / {term(body['zero_period'])}^2 - 10000000 / {_brackets(period.result)}^2"
    value = step("load", f"{term(body['gauge_factor'])} * ({squares})")
    return _sealed(body, values, [period, value])


def _digits(body: Body, raw: float) -> tuple[list[Step], str]:
    if body["raw_unit"] != "Hz":
        return [], term(raw)
    found = step("digits", f"{term(raw)}^2 / 1000")
    return [found], _brackets(found.result)


def _sealed(body: Body, values: Values, found: list[Step]) -> list[Step]:
    """Freed from the warmth of the gauge and from the weather, where they were known."""
    if "temperature" in values:
        sign = "-" if body.get("thermal_sign") == "subtracted" else "+"
        warming = f"({term(values['temperature'])} - {term(body['zero_c'])})"
        at = f"{_brackets(found[-1].result)} {sign} {term(body['thermal_per_c'])} * {warming}"
        found.append(step("without its own warmth", at))
    if "barometer" in values:
        per_unit = body["factor"] * factor(body["unit"], "kPa")
        rise = f"({term(values['barometer'])} - {term(body['zero_baro_kpa'])}) / {term(per_unit)}"
        found.append(step("without the weather", f"{_brackets(found[-1].result)} - {rise}"))
    return found


def _head(body: Body, raw: float, values: Values) -> list[Step]:
    found = []
    density = body["density_kg_m3"]
    if "temperature" in values:
        found.append(step("density of the water", curve(DENSITY_CURVE, term(values["temperature"])), "kg/m3"))
        density = found[0].result
    pressure = f"{term(raw)} * {term(factor(body['raw_unit'], 'kPa'))}"
    if body.get("barometer"):
        pressure += f" - {term(values['barometer'])}"
    found.append(step("water on the gauge", pressure, "kPa"))
    weight = f"({_brackets(density)} * {term(STANDARD_GRAVITY)})"
    column = f"{_brackets(found[-1].result)} * 1000 / {weight}"
    return [*found, step("value", f"{term(body['tip_elevation_m'])} + {column}", "m")]


def _ratio(body: Body, raw: float, _values: Values) -> list[Step]:
    pressure = f"{term(raw)} * {term(factor(body['raw_unit'], 'kPa'))}"
    weight = f"({term(body['unit_weight_kn_m3'])} * {term(body['depth_m'])})"
    return [step("value", f"{pressure} / {weight}")]


def _brackets(number: float) -> str:
    """The result of a step within the next one."""
    return f"({written(number)})" if number < 0 else written(number)


_KINDS: Mapping[str, Sum] = {
    "unit": _as_said,
    "linear": _line,
    "polynomial": _curve,
    "piecewise": _piecewise,
    "divider": _divider,
    "loop_4_20ma": _loop,
    "topp": _curve,
    "teros_mineral": _curve,
    "teros_soilless": _curve,
    "teros_permittivity": _permittivity,
    "sen0189": _sen0189,
    "thermistor": _thermistor,
    "tipping_bucket": _rain,
    "ph_electrode": _ph,
    "conductivity_25": _conductivity,
    "vw_linear": _wire,
    "vw_polynomial": _wire_polynomial,
    "vw_period": _wire_period,
    "head": _head,
    "pore_pressure_ratio": _ratio,
}
KINDS = frozenset(_KINDS)
