"""Every law's sum, as it is shown: whoever works it out gets what was stored."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from agent.acquire.convert.build import converter
from agent.acquire.measure import Measure
from agent.config.conversions import DERIVED, KINDS
from agent.config.schema_convert import Conversion, Derivation
from agent.model import Calibration, Channel, Flag, Input, Instant, Observation, Trust, Why
from agent.provenance.arithmetic import worked_out
from agent.provenance.repeat import repeated
from agent.provenance.sums import KINDS as SUMS
from drivers.contract import ChannelSpec, Reading

AT = Instant(1_795_305_600_000_000_000, 42, Trust.NTP)
TABLES: TypeAdapter[Any] = TypeAdapter(Conversion | Derivation)


class Law(NamedTuple):
    """One table, what it is fed with, and between which raw numbers it is tried."""

    table: dict[str, Any]
    quantity: str
    raw_unit: str
    low: float
    high: float


WARM = {"temperature": "t-1/temperature"}
RAIL = {"rail": "v-1/supply_voltage", "rail_v": 5.0}
AIR = {"barometer": "b-1/barometric_pressure"}
SEALED = WARM | AIR | {"zero_c": 14.0, "zero_baro_kpa": 98.7, "thermal_per_c": 0.0312}
LAWS = {
    "linear": Law({"points": [[0.4, 0.0], [2.0, 1000.0]]}, "turbidity", "V", -1, 4),
    "linear on its rail": Law({"points": [[0.5, -2.0], [4.5, 8.0]]} | RAIL, "tilt", "V", 0, 5),
    "polynomial": Law({"coefficients": [1.0, -2.5, 3e-3], "unit": "NTU"}, "turbidity", "V", -5, 5),
    "piecewise": Law({"points": [[0.1, 0], [1, 100], [2, 300]]} | RAIL, "turbidity", "V", -1, 4),
    "divider": Law({"ratio": 0.0909}, "supply_voltage", "V", 0, 2),
    "loop_4_20ma": Law({"shunt_ohm": 150.0, "at_4ma": -10.0, "at_20ma": 250.0}, "turbidity", "V", 0.5, 3.2),
    "topp": Law({}, "soil_moisture", "1", 1, 80),
    "teros_mineral": Law({}, "soil_moisture", "counts", 1800, 3400),
    "teros_soilless": Law({}, "soil_moisture", "counts", 1800, 3400),
    "teros_permittivity": Law({}, "permittivity", "counts", 1800, 3400),
    "sen0189": Law({"ratio": 0.6} | RAIL, "turbidity", "V", 1, 3),
    "thermistor": Law({"lead_ohm": 12.5}, "temperature", "ohm", 50, 200_000),
    "tipping_bucket": Law({"mm_per_tip": 0.2794}, "rainfall", "tips", 0, 50),
    "ph_electrode": Law({"zero_mv": -8.0, "acid_slope_mv": -57.2} | WARM, "ph", "mV", -420, 420),
    "ph_electrode amplified": Law({"center_mv": 1500.0, "gain": 3.0, "temperature_c": 9.5}, "ph", "V", 0, 3),
    "conductivity_25": Law(WARM, "conductivity", "mS/cm", 0, 30),
    "vw_linear": Law({"zero": 9082.0, "gauge_factor": -0.1795} | SEALED, "pore_pressure", "Hz", 1500, 3100),
    "vw_polynomial": Law(
        {"zero": 9082.0, "a": -6e-7, "b": -0.172, "unit": "mbar", "thermal_sign": "subtracted"} | SEALED,
        "pore_pressure",
        "digits",
        3000,
        9500,
    ),
    "vw_period": Law({"zero_period": 3318.0, "gauge_factor": 1795.0}, "pore_pressure", "us", 250, 600),
    "vw_period of a tone": Law(
        {"zero_period": 3318.0, "gauge_factor": 1795.0} | SEALED, "pore_pressure", "Hz", 1500, 3100
    ),
    "head": Law(
        {"from": "pore_pressure", "tip_elevation_m": 412.3} | WARM | AIR, "water_level", "kPa", 0, 900
    ),
    "head of a vented gauge": Law({"from": "pore_pressure"}, "water_level", "mbar", 0, 9000),
    "pore_pressure_ratio": Law(
        {"from": "pore_pressure", "unit_weight_kn_m3": 19.5, "depth_m": 8.0},
        "pore_pressure_ratio",
        "kPa",
        0,
        200,
    ),
    "unit": Law({}, "pore_pressure", "bar", -1, 10),
}
INPUTS = {
    "temperature": Input(12.13, 4.0),
    "barometer": Input(95.312, 30.0),
    "rail": Input(4.873, 0.0),
}


def observed(name: str, raw: float, inputs: dict[str, Input] | None = None) -> Observation:
    """What the station would store."""
    law = LAWS[name]
    kind = name.split(maxsplit=1)[0]
    table = None if kind == "unit" else TABLES.validate_python({"kind": kind, **law.table})
    spec = ChannelSpec(law.quantity, law.raw_unit, -1e9, 1e9)
    law_of = converter(table, spec)
    channel = Channel("a-1", law.quantity, law_of.unit, law.raw_unit)
    all_inputs = INPUTS if inputs is None else inputs
    given_to = {each.role: all_inputs[each.role] for each in law_of.companions}
    return Measure(channel, spec, law_of, None).observe(Reading(law.quantity, raw), AT, given_to)


def test_every_kind_has_its_sum_and_is_tried_here() -> None:
    assert {"unit", *KINDS, *DERIVED} == SUMS
    assert {name.split()[0] for name in LAWS} == SUMS


@pytest.mark.parametrize("name", LAWS)
def test_the_sum_repeats_to_the_stored_value(name: str) -> None:
    @settings(max_examples=30, deadline=None)
    @given(st.floats(LAWS[name].low, LAWS[name].high))
    def check(raw: float) -> None:
        observation = observed(name, raw)
        found = repeated(observation)
        assert found is not None
        assert (found.trouble, found.same, found.value) == ("", True, observation.value)
        if observation.value is None:
            assert not found.steps
            return
        last = found.steps[-1].result if found.steps else raw
        assert found.decimals is not None
        step = 10.0**-found.decimals
        assert abs(last - observation.value) <= 0.5 * step + 1e-9 * abs(last)
        for each in found.steps:
            assert worked_out(each.expression) == each.result

    check()


@pytest.mark.parametrize("name", [name for name in LAWS if INPUTS.keys() & LAWS[name].table.keys()])
def test_without_its_companions_the_sum_is_the_one_that_was_made(name: str) -> None:
    law = LAWS[name]
    nothing = dict.fromkeys(INPUTS, Input(None, None))
    observation = observed(name, (law.low + law.high) / 2, nothing)
    found = repeated(observation)
    assert found is not None
    assert (found.trouble, found.same) == ("", True)
    assert observation.why & Why.COMPENSATION


@pytest.mark.parametrize(
    ("name", "raw", "lines"),
    [
        ("linear", 1.2, ["value = 0 + (1.2 - 0.4) / (2 - 0.4) * (1000 - 0) = 500"]),
        ("unit", 0.5, ["in kPa = 0.5 * 100 = 50 kPa"]),
        ("topp", 20.0, ["value = (-0.053) + 0.0292 * 20 + (-0.00055) * 20^2 + 4.3e-06 * 20^3 = 0.3454"]),
        (
            "ph_electrode",
            49.2,
            [
                "electrode = (49.2 - 0) / 1 = 49.2 mV",
                "acid slope at 12.13 degC = (-57.2) * (12.13 + 273.15) / (25 + 273.15) = -54.7308938454 mV",
                "value = 7 + (49.2 - (-8)) / (-54.7308938454) = 5.954",
            ],
        ),
        (
            "thermistor",
            3012.5,
            [
                "ln R = ln(3012.5 - 12.5) = 8.0063",
                "value = 1 / (0.0014051 + 0.0002369 * 8.0063",
            ],
        ),
        (
            "head",
            120.0,
            [
                "density of the water = 999.84847 + 0.06337563 * 12.13",
                "water on the gauge = 120 * 1 - 95.312 = 24.688 kPa",
                "value = 412.3 + 24.688 * 1000 / (999.",
            ],
        ),
        (
            "vw_linear",
            2597.884,
            [
                "digits = 2597.884^2 / 1000 = 6749.00",
                "load = (-0.1795) * (6749.00",
                "without its own warmth = 418.77",
                "without the weather = ",
            ],
        ),
    ],
)
def test_a_sum_reads_like_one(name: str, raw: float, lines: list[str]) -> None:
    found = repeated(observed(name, raw))
    assert found is not None
    shown = [str(each) for each in found.steps]
    assert len(shown) == len(lines)
    for line, begin in zip(shown, lines, strict=True):
        assert line.startswith(begin.rsplit("...", 1)[0]), line


def with_body(**changes: object) -> Observation:
    observation = observed("linear", 1.2)
    body = {**json.loads(observation.calibration.body), **changes}
    return observation._replace(calibration=Calibration("config-1", json.dumps(body)))


def without_rail_v() -> Observation:
    """As of a version that took it for granted."""
    observation = observed("linear on its rail", 1.2)
    body = {name: each for name, each in json.loads(observation.calibration.body).items() if name != "rail_v"}
    return observation._replace(calibration=Calibration("a", json.dumps(body)))


def stored(body: str) -> Observation:
    return observed("linear", 1.2)._replace(calibration=Calibration("a", body))


@pytest.mark.parametrize(
    ("observation", "words"),
    [
        (with_body(kind="quantum"), "this version knows no law of kind 'quantum'"),
        (with_body(points=[[1, 2]]), "the stored law cannot be worked out"),
        (with_body(decimals="x"), "the stored law cannot be worked out"),
        (stored("{"), "the stored law cannot be read: it is no JSON"),
        (stored("[]"), "the stored law does not say of which kind it is"),
        (stored('{"kind":["linear"]}'), "the stored law does not say of which kind it is"),
        (
            stored('{"kind":"vw_linear"}'),
            "of kind vw_linear lacks zero, gauge_factor, raw_unit, unit, factor, decimals",
        ),
        (stored('{"kind":"unit"}'), "the stored law of kind unit lacks raw_unit, unit, factor, decimals"),
        (without_rail_v(), "the stored law lacks rail_v"),
    ],
)
def test_a_sum_that_cannot_be_repeated_says_why(observation: Observation, words: str) -> None:
    found = repeated(observation)
    assert found is not None
    assert not found.same
    assert words in found.trouble
    assert "Error" not in found.trouble


def test_a_value_that_is_another_than_its_sum_is_found_out() -> None:
    found = repeated(observed("linear", 1.2)._replace(value=500.01))
    assert found is not None
    assert (found.same, found.value, found.trouble) == (False, 500.0, "")


def test_without_a_raw_number_there_is_no_sum() -> None:
    observation = observed("linear", 1.2)._replace(raw=None, value=None, flag=Flag.MISSING)
    assert repeated(observation) is None


def test_only_sums_are_worked_out() -> None:
    for text in ("open('x')", "a", "1 if 1 else 2", "'a' * 9"):
        with pytest.raises(ValueError, match="no sum"):
            worked_out(text)
