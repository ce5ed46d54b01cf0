"""Vibrating-wire gauges: the zero reading in the field, and the numbers of the certificate."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.limits import raw_limits, value_limits
from agent.acquire.calibration.procedures.dialogue import Draft, Talk, at_rest, concluded, near, rest_of
from agent.acquire.calibration.record import Found, Point
from agent.acquire.calibration.rescale import law_unit, own_numbers
from agent.acquire.calibration.session import Facts, Refusal, Script, Sum
from agent.acquire.calibration.step import Want, choose, confirm, measure, number
from agent.acquire.convert.polynomial import polynomial
from agent.acquire.convert.vibrating_wire import digits, linear, period_us
from agent.quantity import factor

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPERATURE, _BAROMETER = "temperature", "barometric_pressure"
_ZERO_S = 1200.0
# A zero that moved further than this belongs to another gauge, or it hangs in water; a tenth of that is to
# be looked at. Geokon's own zeros move by some digits of thousands; the bounds are engineering judgement.
_FAR, _NOTABLE = 0.1, 0.01
_COLDEST_C, _WARMEST_C = -20.0, 60.0
_LOWEST_KPA, _HIGHEST_KPA = 45.0, 115.0
_TENTHS_PER_US = 10.0
_HZ2_PER_DIGIT = 1000.0
# A certificate prints four figures of its factor: the sum agrees with what it prints to 0.3 % at the worst.
_CHECK_SHARE, _CHECK_LEAST = 0.003, 0.1
# Nearer to zero, in terms of the least, any factor gives what is printed. Two of its figures changed places
# make 2 %, and are found.
_FAR_OFF = 50.0


def zero(facts: Facts, worked_out: Sum) -> Script:
    """R0, T0 and S0 together: in air, without load, at one temperature."""
    yield confirm(
        "hung",
        "Zero reading",
        "Hang the gauge in air, in the shade, its filter wet and without load, for a quarter of an hour."
        " Enter when it has hung so long.",
    )
    heard = yield from at_rest(
        measure("zero_rest", "Zero reading", "Leave it alone.", _wants(facts), _ZERO_S)
    )
    raw = rest_of(heard, "raw")
    with_it = yield from _with_it(facts, heard)
    reading = _reading(facts, raw.value)
    key = "zero_period" if facts.law["kind"] == "vw_period" else "zero"
    moved = reading / float(facts.law[key]) - 1.0
    if abs(moved) > _FAR:
        raise Refusal(
            "REFUSED",
            f"The zero would go from {facts.law[key]:g} to {reading:.1f}, by {100 * moved:.1f} %: it hangs in"
            " water, or this is another gauge. Nothing was changed.",
        )
    law = {**own_numbers(facts), key: reading, **with_it}
    found = worked_out(None, raw.value, _inputs(heard)).value
    left = worked_out(law, raw.value, _inputs(heard)).value
    fields = {
        "procedure": "zero",
        "points": [_point(facts, raw.value, raw.n, with_it.get("zero_c"))],
        "as_found": [] if found is None else [Found(0.0, found, found)._asdict()],
        "as_left": [] if left is None else [Found(0.0, left, left)._asdict()],
        "law": law,
        "figures": {"zero": reading, "moved_percent": 100 * moved, **with_it},
        "verdict": "good" if abs(moved) <= _NOTABLE else "service",
    }
    summary = f"Zero {reading:.1f}, moved by {100 * moved:.2f} %."
    return (yield from concluded(facts, Draft(fields, 0.0, near(facts, 0.0), summary)))


def certificate(facts: Facts, worked_out: Sum) -> Script:
    """The factors of the certificate; its own example must come out of them."""
    law, check = yield from (_polynomial if facts.law["kind"] == "vw_polynomial" else _linear)(facts)
    law |= yield from _thermal(facts)
    least = _CHECK_LEAST / factor(law_unit(facts), facts.unit)
    reading, printed = yield from _line_of_it(law_unit(facts), _FAR_OFF * least)
    worked = check(reading)
    if abs(worked - printed) > max(_CHECK_SHARE * abs(printed), least):
        raise Refusal(
            "REFUSED",
            f"For {reading:g} digits the certificate prints {printed:g} {law_unit(facts)}, its factors give"
            f" {worked:.4g}: one of the numbers is mistyped, or its sign is another. Nothing was changed.",
        )
    reference = printed * factor(law_unit(facts), facts.unit)
    raw = sqrt(reading * _HZ2_PER_DIGIT) if facts.raw_unit == "Hz" else reading
    fields = {
        "procedure": "certificate",
        "points": [Point("certificate", reference, facts.unit, raw, facts.raw_unit)._asdict()],
        "as_found": _as_said(worked_out, None, raw, reference),
        "as_left": _as_said(worked_out, law, raw, reference),
        "law": law,
        "figures": {"check_printed": printed, "check_worked_out": worked},
        "verdict": "good",
    }
    summary = f"For {reading:g} digits {worked:.4g} {law_unit(facts)}, as printed."
    return (yield from concluded(facts, Draft(fields, None, 0.0, summary)))


def _wants(facts: Facts) -> tuple[Want, ...]:
    limits = raw_limits(facts.raw_unit, facts.quantity, facts.unit)
    wants = [Want("raw", facts.channel, "raw", limits, facts.raw_unit)]
    if facts.temperature:
        wants.append(Want("temperature", facts.temperature, "value", value_limits(_TEMPERATURE), "degC"))
    if facts.barometer:
        wants.append(Want("barometer", facts.barometer, "value", value_limits(_BAROMETER), "kPa"))
    return tuple(wants)


def _with_it(facts: Facts, heard: Mapping[str, Any]) -> Talk[dict[str, float]]:
    """T0 and S0, asked for where the law needs them and nothing measures them."""
    found = {}
    if facts.temperature:
        found["zero_c"] = rest_of(heard, "temperature").value
    elif facts.law.get("thermal_per_c") is not None:
        found["zero_c"] = yield number(
            "zero_c", "Zero reading", "Its temperature.", "degC", _COLDEST_C, _WARMEST_C
        )
    if facts.barometer:
        found["zero_baro_kpa"] = rest_of(heard, "barometer").value
    return found


def _inputs(heard: Mapping[str, Any]) -> dict[str, float | None]:
    return {role: rest_of(heard, role).value for role in heard if role != "raw"}


def _reading(facts: Facts, raw: float) -> float:
    """In the terms of the law: digits, or a period in tenths of a microsecond."""
    if facts.law["kind"] == "vw_period":
        return _TENTHS_PER_US * (period_us(raw) if facts.raw_unit == "Hz" else raw)
    return digits(raw) if facts.raw_unit == "Hz" else raw


def _point(facts: Facts, raw: float, count: int, temperature_c: float | None) -> dict[str, Any]:
    point = Point("zero", 0.0, facts.unit, raw, facts.raw_unit, temperature_c=temperature_c, n=count)
    return point._asdict()


def _line_of_it(unit: str, least: float) -> Talk[tuple[float, float]]:
    """A reading of the certificate, and what it prints for it; near its zero that proves nothing."""
    remark = ""
    while True:
        text = f"{remark}A reading on the certificate in digits, far from its zero."
        reading = yield number("check_reading", "Check", text, "digits", 100, 100_000)
        text = "The value that the certificate prints for it."
        printed = yield number("check_value", "Check", text, unit, -1e6, 1e6)
        if abs(printed) > least:
            return reading, printed
        remark = f"Any factor gives {printed:g} near the zero: take a line beyond {least:g} {unit}. "


def _factor(unit: str) -> Talk[float]:
    """With 0 every value would be 0."""
    remark = ""
    while True:
        text = f"{remark}Linear gauge factor, with its sign."
        told: float = yield number("factor", "Certificate", text, unit, -1e3, 1e3)
        if told:
            return told
        remark = "It is not 0. "


def _linear(facts: Facts) -> Talk[Any]:
    signs = {
        "below": "P = G (R1 - R0): G below zero (Geokon)",
        "above": "P = G (R0 - R1): G above zero (RST and others)",
    }
    sign = yield choose("sign", "Certificate", "Which formula does it print?", signs, default="below")
    unit = f"{law_unit(facts)}/digit"
    printed = yield from _factor(unit)
    start = yield number("certificate_zero", "Certificate", "Its zero reading R0.", "digits", 100, 100_000)
    gauge_factor = printed if sign == "below" else -printed
    law = {**own_numbers(facts), "gauge_factor": gauge_factor}
    return law, lambda reading: linear(reading, start, gauge_factor)


def _polynomial(facts: Facts) -> Talk[Any]:
    unit = law_unit(facts)
    a = yield number("a", "Certificate", "Polynomial factor A.", f"{unit}/digit2", -1.0, 1.0)
    b = yield number("b", "Certificate", "Polynomial factor B.", f"{unit}/digit", -1e3, 1e3)
    c = yield number(
        "c", "Certificate", "Its C, as printed; the zero in the field replaces it.", unit, -1e6, 1e6
    )
    law = {**own_numbers(facts), "a": a, "b": b}
    return law, lambda reading: polynomial((c, b, a), reading)


def _thermal(facts: Facts) -> Talk[dict[str, float]]:
    """The thermal factor goes with the temperature of the zero; without a thermometer it is no use."""
    if not facts.temperature or facts.law.get("zero_c") is None:
        return {}
    unit = f"{law_unit(facts)}/degC"
    text = "Thermal factor; 0 when it prints none. The configuration says whether it is added or subtracted."
    found = yield number(
        "thermal", "Certificate", text, unit, -1e3, 1e3, facts.law.get("thermal_per_c") or 0.0
    )
    return {"thermal_per_c": found} if found else {}


def _as_said(
    worked_out: Sum, law: Mapping[str, Any] | None, raw: float, reference: float
) -> list[dict[str, Any]]:
    value = worked_out(law, raw, {}).value
    return [] if value is None else [Found(reference, value, round(value - reference, 6))._asdict()]
