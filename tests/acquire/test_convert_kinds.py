"""The kinds of a `convert` table: from the configuration to values, and what is refused with which words."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.convert.build import converter
from agent.acquire.convert.contract import ConversionError, Converted
from agent.config.conversions import DERIVED, KINDS, REQUIRED, Kind
from agent.config.schema_convert import (
    Conversion,
    Derivation,
    Polynomial,
    Sen0189,
    SoilEquation,
    Thermistor,
    VibratingWire,
    VibratingWirePolynomial,
)
from agent.model import Flag, Why
from agent.quantity import QUANTITIES
from drivers.contract import ChannelSpec
from tests.config.rig import LEVEL, LINE, PH, changed, loaded, refused

if TYPE_CHECKING:
    from pathlib import Path


def channel(quantity: str, raw_unit: str) -> ChannelSpec:
    """What a driver delivers."""
    return ChannelSpec(quantity, raw_unit, 0.0, 1e6)


CERTIFICATE = Polynomial(kind="polynomial", coefficients=[1.0, 2.0, 0.5], unit="NTU")
GAUGE = VibratingWire(kind="vw_linear", zero=9082.0, gauge_factor=-0.1795)
CURVED = VibratingWirePolynomial(kind="vw_polynomial", zero=9082.0, a=-6.0e-7, b=-0.1720)
NTC = Thermistor(kind="thermistor", curve="3k", lead_ohm=97.0)
BEHIND_A_DIVIDER = Sen0189(kind="sen0189", ratio=0.6)
SOIL = [
    SoilEquation(kind="topp"),
    SoilEquation(kind="teros_mineral"),
    SoilEquation(kind="teros_soilless"),
]


@pytest.mark.parametrize(
    ("config", "spec", "raw", "unit", "value"),
    [
        (CERTIFICATE, channel("turbidity", "V"), 2.0, "NTU", 7.0),
        (SOIL[0], channel("soil_moisture", "1"), 20.0, "m3/m3", 0.3454),
        (SOIL[1], channel("soil_moisture", "counts"), 2401.3, "m3/m3", 0.23586),
        (SOIL[2], channel("soil_moisture", "counts"), 2500.0, "m3/m3", 0.3754),
        (BEHIND_A_DIVIDER, channel("turbidity", "V"), 2.4, "NTU", 689.90),  # 4.0 V at the sensor
        (NTC, channel("temperature", "ohm"), 3097.0, "degC", 24.992),
        (GAUGE, channel("pore_pressure", "Hz"), 2597.884, "kPa", 418.7735),
        (GAUGE, channel("pore_pressure", "digits"), 6749.0, "kPa", 418.7735),
        (CURVED, channel("pore_pressure", "digits"), 6749.0, "kPa", 423.4362),
        (CURVED, channel("pore_pressure", "Hz"), math.sqrt(6749e3), "kPa", 423.4362),
    ],
)
def test_every_kind_gives_its_value(
    config: Conversion, spec: ChannelSpec, raw: float, unit: str, value: float
) -> None:
    """The published vectors of each formula, rounded to the decimals of the quantity."""
    law = converter(config, spec)
    assert law.unit == unit
    half_a_step = 0.51 * 10 ** -QUANTITIES[spec.quantity].decimals
    assert law.convert(raw).value == pytest.approx(value, abs=half_a_step)
    assert law.convert(raw).flag is Flag.GOOD


def test_a_gauge_speaks_the_unit_of_its_certificate() -> None:
    """A gauge factor in mbar per digit gives kPa like any other."""
    law = converter(GAUGE.model_copy(update={"unit": "mbar"}), channel("pore_pressure", "digits"))
    assert (law.unit, law.convert(6749.0).value) == ("kPa", 41.877)


def test_a_wire_that_was_shorted_is_no_temperature() -> None:
    law = converter(NTC, channel("temperature", "ohm"))
    assert law.convert(97.0) == Converted(None, Flag.FAIL, Why.SENSOR_RANGE)


@pytest.mark.parametrize(
    ("config", "spec", "numbers"),
    [
        (SOIL[0], channel("soil_moisture", "1"), {"coefficients": [-0.053, 0.0292, -0.00055, 4.3e-06]}),
        (SOIL[1], channel("soil_moisture", "counts"), {"coefficients": [-0.6956, 3.879e-4]}),
        (
            BEHIND_A_DIVIDER,
            channel("turbidity", "V"),
            {"coefficients": [-4352.9, 5742.3, -1120.4], "ratio": 0.6},
        ),
        (
            NTC,
            channel("temperature", "ohm"),
            {"a": 1.4051e-3, "b": 2.369e-4, "c": 1.019e-7, "lead_ohm": 97.0},
        ),
        (
            CURVED,
            channel("pore_pressure", "Hz"),
            {"zero": 9082.0, "a": -6.0e-7, "b": -0.172, "raw_unit": "Hz"},
        ),
    ],
)
def test_the_calibration_holds_every_number_of_the_sum(
    config: Conversion, spec: ChannelSpec, numbers: dict[str, object]
) -> None:
    """Those that the configuration calls by a name, too: in ten years nobody knows what `3k` was."""
    body = json.loads(converter(config, spec).calibration.body)
    assert numbers.items() <= body.items()
    assert body["kind"] == config.kind


@pytest.mark.parametrize(
    ("config", "spec", "words"),
    [
        (SOIL[0], channel("soil_moisture", "V"), "Topp's equation takes a relative permittivity, unit 1"),
        (SOIL[1], channel("soil_moisture", "%"), "a TEROS equation takes the probe's raw counts, and this"),
        (BEHIND_A_DIVIDER, channel("turbidity", "NTU"), "a SEN0189 is read in V, and this channel gives NTU"),
        (NTC, channel("temperature", "degC"), "a thermistor is read in ohm, and this channel gives degC"),
        (GAUGE, channel("pore_pressure", "kPa"), "a vibrating wire is read in Hz or digits, and this"),
        (NTC, channel("ph", "ohm"), "ph is stored in 1, not in degC"),
        (SOIL[0], channel("turbidity", "1"), "turbidity is stored in FNU, not in m3/m3"),
    ],
)
def test_what_does_not_fit_is_refused(config: Conversion, spec: ChannelSpec, words: str) -> None:
    with pytest.raises(ConversionError) as caught:
        converter(config, spec)
    assert words in str(caught.value)


@pytest.mark.parametrize(("schema", "tables"), [(Conversion, KINDS), (Derivation, DERIVED)])
def test_the_table_of_kinds_knows_every_kind_of_the_schema(schema: Any, tables: dict[str, Kind]) -> None:
    """With the same keys, and the same defaults where it has any: records of calibrations rely on them."""
    union = get_args(get_args(schema)[0])
    said: dict[str, dict[str, Any]] = {}
    for model in union:
        keys = {name: field for name, field in model.model_fields.items() if name != "kind"}
        defaults = {key: REQUIRED if each.is_required() else each.default for key, each in keys.items()}
        said |= dict.fromkeys(get_args(model.model_fields["kind"].annotation), defaults)
    assert {name: dict(kind.keys) for name, kind in tables.items()} == said


ANY = [
    (CERTIFICATE, channel("turbidity", "V")),
    *((each, channel("soil_moisture", "1" if each.kind == "topp" else "counts")) for each in SOIL),
    (BEHIND_A_DIVIDER, channel("turbidity", "V")),
    (Sen0189(kind="sen0189", ratio=5e-324), channel("turbidity", "V")),
    (NTC, channel("temperature", "ohm")),
    (GAUGE, channel("pore_pressure", "Hz")),
    (CURVED, channel("pore_pressure", "Hz")),
]


@given(st.sampled_from(ANY), st.floats())
def test_any_number_becomes_a_finite_value_or_none(case: tuple[Conversion, ChannelSpec], raw: float) -> None:
    """NaN, infinity and overflow never become a value, never pass for good, and never raise."""
    result = converter(*case).convert(raw)
    if result.value is None:
        assert result.flag is not Flag.GOOD
    else:
        assert math.isfinite(result.value)


LEVEL_BY = LEVEL + "convert.water_level = { kind = %s }\n"
TURBIDITY_BY = 'quantity = "turbidity"\nconvert.turbidity = { kind = %s }\n'


@pytest.mark.parametrize(
    "text",
    [
        changed(LEVEL + LINE, TURBIDITY_BY % '"polynomial", coefficients = [0, 100, 3], unit = "FNU"'),
        changed(LEVEL + LINE, TURBIDITY_BY % '"sen0189"'),
        changed(LEVEL + LINE, TURBIDITY_BY % '"sen0189", ratio = 0.6'),
    ],
)
def test_an_adc_may_use_it(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, text).sensor[1].convert["turbidity"]


# What stands in the file, the code, and what the message must say.
REFUSED = {
    "counts from an ADC": (
        changed(LEVEL + LINE, 'quantity = "soil_moisture"\nconvert.soil_moisture.kind = "teros_mineral"\n'),
        "SG-C032",
        "a TEROS equation takes the probe's raw counts, but this sensor gives V",
    ),
    "a wire on a pH meter": (
        changed(PH, PH + 'convert.ph = { kind = "vw_linear", zero = 1, gauge_factor = 2 }\n'),
        "SG-C032",
        "a vibrating wire is read in Hz or digits, but this sensor gives pH",
    ),
    "turbidity as a level": (
        changed(LEVEL + LINE, LEVEL_BY % '"sen0189"'),
        "SG-C032",
        "water_level is kept in m, not in `NTU`",
    ),
    "which turbidity": (
        changed(LEVEL + LINE, TURBIDITY_BY % '"polynomial", coefficients = [0, 1]'),
        "SG-C032",
        "turbidity has several units",
    ),
    "a flat polynomial": (
        changed(LEVEL + LINE, LEVEL_BY % '"polynomial", coefficients = [3, 0, 0.0]'),
        "SG-C034",
        "with coefficients of zero every signal would give one value",
    ),
    "a polynomial without a slope": (
        changed(LEVEL + LINE, LEVEL_BY % '"polynomial", coefficients = [3]'),
        "SG-C013",
        "coefficients",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_work_is_told_before_the_start(tmp_path: Path, name: str) -> None:
    text, code, words = REFUSED[name]
    (problem,) = refused(tmp_path, text).problems
    assert (problem.code, words in problem.message) == (code, True), problem.message


def test_a_kind_with_a_unit_of_its_own_is_pointed_at(tmp_path: Path) -> None:
    """The table has no `unit` to underline."""
    line = 'convert.water_level = { ratio = 1.0, kind = "sen0189" }\n'
    (problem,) = refused(tmp_path, changed(LINE, line)).problems
    assert problem.column == 1 + line.index("kind")


@pytest.mark.parametrize(
    ("table", "flat"),
    [
        ('"vw_linear", zero = 9082, gauge_factor = 0', True),
        ('"vw_polynomial", zero = 9082, a = 0, b = 0.0', True),
        ('"vw_polynomial", zero = 9082, a = 0, b = -0.17', False),
        ('"polynomial", coefficients = [3, 0, 1]', False),
        ('"polynomial", coefficients = [3, false]', False),
    ],
)
def test_a_gauge_without_a_slope(tmp_path: Path, table: str, flat: bool) -> None:  # noqa: FBT001 - an expectation
    """Each kind where it keeps its slope; a wrong type is the schema's matter alone."""
    problems = refused(tmp_path, changed(LEVEL + LINE, LEVEL_BY % table) + "wrong = 1\n").problems
    assert any(problem.code == "SG-C034" for problem in problems) is flat
