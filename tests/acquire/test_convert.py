"""Conversions against vectors from data sheets, and their properties for any number."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.acquire.convert.build import converter
from agent.acquire.convert.contract import NO_VALUE, ConversionError, Converted
from agent.acquire.convert.laws import loop_class
from agent.config.schema_convert import CurrentLoop, Divider, Linear
from agent.model import Flag, Why
from agent.quantity import QUANTITIES
from drivers.contract import ChannelSpec


def volts(quantity: str) -> ChannelSpec:
    """An analog input."""
    return ChannelSpec(quantity, "V", -0.3, 4.096)


LOOP = converter(
    CurrentLoop(kind="loop_4_20ma", shunt_ohm=100.0, at_4ma=0.0, at_20ma=10.0), volts("water_level")
)
GOOD = (Flag.GOOD, Why.NONE)
FAULT = (Flag.FAIL, Why.LOOP_FAULT)
GAP = (Flag.SUSPECT, Why.LOOP_FAULT)
BEYOND = (Flag.SUSPECT, Why.SENSOR_RANGE)


@pytest.mark.parametrize(
    ("raw_v", "value", "verdict"),
    [
        pytest.param(0.000, None, FAULT, id="V-LOOP-1"),
        pytest.param(0.350, None, FAULT, id="V-LOOP-2"),
        pytest.param(0.370, None, GAP, id="V-LOOP-3"),
        pytest.param(0.390, -0.0625, BEYOND, id="V-LOOP-4"),
        pytest.param(0.400, 0.0, GOOD, id="V-LOOP-5"),
        pytest.param(1.200, 5.0, GOOD, id="V-LOOP-6"),
        pytest.param(2.000, 10.0, GOOD, id="V-LOOP-7"),
        pytest.param(2.040, 10.25, BEYOND, id="V-LOOP-8"),
        pytest.param(2.060, None, GAP, id="V-LOOP-9"),
        pytest.param(2.120, None, FAULT, id="V-LOOP-10"),
    ],
)
def test_current_loop(raw_v: float, value: float | None, verdict: tuple[Flag, Why]) -> None:
    """Every NE 43 band gives its flag, and a value only where the transmitter measures."""
    assert LOOP.convert(raw_v) == Converted(value, *verdict)


@pytest.mark.parametrize(
    ("current_ma", "verdict"),
    [
        (3.6, FAULT), (3.600001, GAP), (3.799999, GAP), (3.8, BEYOND), (3.999999, BEYOND), (4.0, GOOD),
        (20.0, GOOD), (20.000001, BEYOND), (20.5, BEYOND), (20.500001, GAP), (20.999999, GAP), (21.0, FAULT),
    ],
)  # fmt: skip
def test_loop_bands_own_their_edges(current_ma: float, verdict: tuple[Flag, Why]) -> None:
    """NE 43 draws each edge; a nanoampere decides."""
    assert loop_class(current_ma) == verdict


def test_loop_edges_survive_binary_fractions() -> None:
    """Across 150 ohm a computer makes 20.999999999999996 mA of 3.15 V, and 3.7999999999999994 of 0.57 V."""
    wide = CurrentLoop(kind="loop_4_20ma", shunt_ohm=150.0, at_4ma=0.0, at_20ma=10.0)
    law = converter(wide, volts("water_level"))
    assert law.convert(3.15) == Converted(None, *FAULT)
    assert law.convert(0.57) == Converted(-0.125, *BEYOND)


def test_loop_may_fall_with_rising_current() -> None:
    """A depth to water: 4 mA is the larger value."""
    falling = CurrentLoop(kind="loop_4_20ma", at_4ma=30.0, at_20ma=0.0)
    assert converter(falling, volts("water_level")).convert(0.8) == Converted(22.5)


def test_divider() -> None:
    """V-DIV-1: ratio 0.6, 2.520 V at the converter is 4.200 V at the sensor."""
    law = converter(Divider(kind="divider", ratio=0.6), volts("supply_voltage"))
    assert law.convert(2.52) == Converted(4.2)


def test_soil_board_in_two_points() -> None:
    """V-SOIL-1: 2.80 V dry, 1.30 V at 40 %: 2.05 V is 20.0 %, stored as 0.2 m3/m3."""
    percent = Linear(kind="linear", points=[[2.8, 0.0], [1.3, 40.0]], unit="%")
    law = converter(percent, volts("soil_moisture"))
    assert (law.unit, law.convert(2.05)) == ("m3/m3", Converted(0.2))


@pytest.mark.parametrize(
    ("quantity", "raw_unit", "raw", "unit", "value"),
    [
        ("ph", "pH", 5.605, "1", 5.605),
        ("soil_moisture", "%", 65.8, "m3/m3", 0.658),
        ("conductivity", "mS/cm", 1.413, "uS/cm", 1413.0),
        ("pore_pressure", "bar", 0.25, "kPa", 25.0),
        ("barometric_pressure", "hPa", 1013.25, "kPa", 101.325),
        ("supply_voltage", "V", 3.3, "V", 3.3),
        ("orp", "V", 0.2201, "mV", 220.1),
        ("turbidity", "NTU", 12.5, "NTU", 12.5),
        ("turbidity", "FNU", 12.5, "FNU", 12.5),
    ],
)
def test_without_a_conversion_only_the_unit_changes(
    quantity: str, raw_unit: str, raw: float, unit: str, value: float
) -> None:
    """An instrument that speaks engineering units needs no configuration; NTU and FNU stay what they are."""
    law = converter(None, ChannelSpec(quantity, raw_unit, 0.0, 1.0))
    assert (law.unit, law.convert(raw)) == (unit, Converted(value))


def test_a_line_gives_the_unit_that_it_says() -> None:
    """Of a quantity with several units the configuration names one; the first is the default."""
    points = [[0.0, 0.0], [4.0, 1000.0]]
    ntu = converter(Linear(kind="linear", points=points, unit="NTU"), volts("turbidity"))
    fnu = converter(Linear(kind="linear", points=points), volts("turbidity"))
    assert (ntu.unit, fnu.unit) == ("NTU", "FNU")


def test_the_value_is_rounded_once_to_the_decimals_of_the_quantity() -> None:
    """1/3 of the way through 0..1 degC is 0.33, and nothing is ever minus zero."""
    law = converter(Linear(kind="linear", points=[[0.0, 0.0], [3.0, 1.0]]), volts("temperature"))
    assert law.convert(1.0).value == 0.33
    zero = law.convert(-0.001).value
    assert zero == 0.0
    assert math.copysign(1.0, zero) == 1.0


def test_a_calibration_names_its_numbers_and_only_them() -> None:
    """The same numbers have the same id; the body lets anyone repeat the sum."""
    law = converter(Linear(kind="linear", points=[[0.0, 4.0], [2.0, 10.0]]), volts("ph"))
    again = converter(Linear(kind="linear", points=[[0, 4], [2, 10]]), volts("ph"))
    other = converter(Linear(kind="linear", points=[[0.0, 4.0], [2.0, 10.001]]), volts("ph"))
    assert law.calibration == again.calibration
    assert law.calibration.id != other.calibration.id
    assert law.calibration.body == (
        '{"decimals":3,"factor":1.0,"kind":"linear","points":[[0.0,4.0],[2.0,10.0]],"raw_unit":"V","unit":"1"}'
    )


def test_the_id_of_a_calibration_never_changes() -> None:
    """SHA-256 of the body, computed elsewhere (sha256sum): journals of years depend on it."""
    law = converter(None, ChannelSpec("ph", "pH", 0.0, 14.0))
    assert law.calibration.body == '{"decimals":3,"factor":1.0,"kind":"unit","raw_unit":"pH","unit":"1"}'
    assert law.calibration.id == "config-5ed54afe"


def test_every_loop_number_is_in_the_body() -> None:
    """Shunt and both ends."""
    body = json.loads(LOOP.calibration.body)
    assert body == {
        "kind": "loop_4_20ma", "shunt_ohm": 100.0, "at_4ma": 0.0, "at_20ma": 10.0,
        "raw_unit": "V", "factor": 1.0, "unit": "m", "decimals": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("config", "spec", "text"),
    [
        (None, volts("ph"), "ph is stored in 1, not in V; say how under `convert.ph`"),
        (None, volts("acidity"), "unknown quantity 'acidity'; known are barometric_pressure, conductivity"),
        (
            Divider(kind="divider", ratio=0.5),
            volts("tilt"),
            "tilt is stored in deg, not in V; give another",
        ),
        (
            Linear(kind="linear", points=[[1.0, 0.0], [2.0, 1.0]], unit="psi"),
            volts("pore_pressure"),
            "pore_pressure is stored in kPa, not in psi",
        ),
        (
            Linear(kind="linear", points=[[1.5, 0.0], [1.5, 1.0]]),
            volts("tilt"),
            "both points have raw 1.5; a line needs two different raw values",
        ),
        (
            CurrentLoop(kind="loop_4_20ma", at_4ma=0.0, at_20ma=1.0),
            ChannelSpec("water_level", "mA", 0.0, 24.0),
            "a 4-20 mA loop is read as V across its shunt, and this channel gives mA",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    config: Linear | Divider | CurrentLoop | None, spec: ChannelSpec, text: str
) -> None:
    """A wrong conversion is found before the station starts."""
    with pytest.raises(ConversionError) as caught:
        converter(config, spec)
    assert text in str(caught.value)


NUMBER = st.floats(-1e6, 1e6)
SMOOTH = st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000)


@given(SMOOTH, SMOOTH, SMOOTH, SMOOTH)
def test_a_line_goes_through_its_points(raw_0: float, value_0: float, raw_1: float, value_1: float) -> None:
    """In = out at both points, exactly, for values that the quantity can hold."""
    assume(raw_0 != raw_1)
    law = converter(Linear(kind="linear", points=[[raw_0, value_0], [raw_1, value_1]]), volts("ph"))
    assert (law.convert(raw_0).value, law.convert(raw_1).value) == (value_0, value_1)


@given(SMOOTH, SMOOTH, SMOOTH, SMOOTH, NUMBER, NUMBER)
def test_a_line_is_monotone(
    raw_0: float, value_0: float, raw_1: float, value_1: float, first: float, second: float
) -> None:
    """More raw is never less value on a rising line, nor more on a falling one."""
    assume(raw_0 != raw_1)
    law = converter(Linear(kind="linear", points=[[raw_0, value_0], [raw_1, value_1]]), volts("ph"))
    low, high = (law.convert(raw).value for raw in sorted((first, second)))
    assert low is not None
    assert high is not None
    assert low <= high if (raw_1 - raw_0) * (value_1 - value_0) >= 0 else low >= high


@given(st.floats(0.38, 2.05), st.floats(0.38, 2.05))
def test_a_loop_is_monotone_where_it_measures(first: float, second: float) -> None:
    """More current is never less head."""
    low, high = (LOOP.convert(raw).value for raw in sorted((first, second)))
    assert low is not None
    assert high is not None
    assert low <= high


@given(st.floats(0.001, 1), st.floats(-10, 10))
def test_a_divider_undoes_its_ratio(ratio: float, sensor_v: float) -> None:
    """What the sensor gave comes out again, to the millivolt of the quantity."""
    law = converter(Divider(kind="divider", ratio=ratio), volts("supply_voltage"))
    assert law.convert(sensor_v * ratio).value == pytest.approx(sensor_v, abs=0.000_500_1)


CONFIGS = [
    None,
    Linear(kind="linear", points=[[0.0, 0.0], [1e-300, 1e300]]),
    Linear(kind="linear", points=[[0.0, 1.0], [1.0, 2.0]]),
    Divider(kind="divider", ratio=1e-300),
    CurrentLoop(kind="loop_4_20ma", shunt_ohm=1e-300, at_4ma=0.0, at_20ma=1e300),
]


@given(st.sampled_from(CONFIGS), st.floats())
def test_no_number_at_all_makes_a_value_that_is_not_finite(
    config: Linear | Divider | CurrentLoop | None, raw: float
) -> None:
    """NaN, infinity and overflow never become a value, and never pass for good."""
    result = converter(config, volts("supply_voltage")).convert(raw)
    if result.value is None:
        assert result.flag is not Flag.GOOD
    else:
        assert math.isfinite(result.value)


@pytest.mark.parametrize("raw", [math.nan, math.inf, -math.inf])
def test_a_raw_that_is_no_number_is_no_value(raw: float) -> None:
    """Whatever the law would make of it."""
    assert converter(None, ChannelSpec("ph", "pH", 0.0, 14.0)).convert(raw) == NO_VALUE


def test_an_overflow_is_out_of_the_sensors_range() -> None:
    """The raw number is real, its value is not."""
    law = converter(CONFIGS[3], volts("supply_voltage"))
    assert law.convert(1e10) == Converted(None, Flag.FAIL, Why.SENSOR_RANGE)


def test_every_quantity_in_its_own_units_passes_unchanged() -> None:
    """The identity holds for all of the registry."""
    for quantity in QUANTITIES.values():
        for unit in quantity.units:
            law = converter(None, ChannelSpec(quantity.name, unit, 0.0, 1.0))
            assert (law.unit, law.convert(1.25).value) == (unit, round(1.25, quantity.decimals))
