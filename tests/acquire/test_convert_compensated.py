"""Laws that other channels correct: published vectors through the whole converter, and what is missing."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.convert.build import converter
from agent.acquire.convert.companions import companion
from agent.acquire.convert.contract import Calibrated, ConversionError, Converted
from agent.acquire.convert.ph import ideal_slope_mv
from agent.config.schema_convert import (
    Conductivity25,
    Head,
    Linear,
    PhElectrode,
    Piecewise,
    PorePressureRatio,
    Sen0189,
    SoilEquation,
    TippingBucket,
    VibratingWire,
    VibratingWirePeriod,
)
from agent.model import Flag, Input, Why
from agent.quantity import QUANTITIES
from drivers.contract import ChannelSpec

if TYPE_CHECKING:
    from agent.acquire.convert.contract import Converter

UNCORRECTED = (Flag.SUSPECT, Why.COMPENSATION)
WARM, AIR = "rtd-1/temperature", "air-1/barometric_pressure"


def law(table: Any, quantity: str, raw_unit: str) -> Converter:
    """The converter of a channel."""
    return converter(table, ChannelSpec(quantity, raw_unit, -1e6, 1e6))


def fresh(**values: float) -> dict[str, Input]:
    """Companions that said this a moment ago."""
    return {role: Input(value, 1.0) for role, value in values.items()}


def none(*roles: str) -> dict[str, Input]:
    """Companions that have said nothing."""
    return dict.fromkeys(roles, Input(None, None))


def printed(kilopascal: float) -> Any:
    """A pressure, after it was rounded to the Pa."""
    return pytest.approx(kilopascal, abs=5.1e-4)


# Two points at 25 degC, V-PH-1, in a sample whose temperature another channel tells.
ELECTRODE = PhElectrode(
    kind="ph_electrode", zero_mv=-8.0, acid_slope_mv=-57.8595, base_slope_mv=-57.8595, temperature=WARM
)
# R0, T0 and S0 taken together; V-VW-5.
GAUGE = VibratingWire(
    kind="vw_linear",
    zero=9082.0,
    gauge_factor=-0.1795,
    thermal_per_c=0.05,
    zero_c=20.0,
    temperature=WARM,
    barometer=AIR,
    zero_baro_kpa=101.3,
)
SEALED = law(GAUGE, "pore_pressure", "digits")


def test_ph_in_a_sample_colder_than_the_buffers() -> None:
    """V-PH-2, and V-PH-3 where nobody knows the temperature: taken to be that of the buffers, and flagged."""
    ph = law(ELECTRODE, "ph", "mV")
    assert ph.convert(120.0, fresh(temperature=15.0)) == Converted(4.711)
    assert ph.convert(120.0, none("temperature")) == Converted(4.788, *UNCORRECTED)


def test_ph_at_a_fixed_temperature_needs_nobody() -> None:
    fixed = ELECTRODE.model_copy(update={"temperature": None, "temperature_c": 15.0})
    assert law(fixed, "ph", "mV").companions == ()
    assert law(fixed, "ph", "mV").convert(120.0) == Converted(4.711)


@pytest.mark.parametrize(
    ("raw_v", "expected"), [(1.5, 7.0), (2.03244, 4.0), (1.76622, 5.5), (1.3, 8.1269), (2.1, 3.6193)]
)
def test_ph_behind_an_amplifier(raw_v: float, expected: float) -> None:
    """V-PH-7: three times around 1.5 V, with the ideal slope at 25 degC."""
    board = PhElectrode(kind="ph_electrode", center_mv=1500.0, gain=3.0, temperature_c=25.0)
    assert law(board, "ph", "V").convert(raw_v).value == pytest.approx(expected, abs=1.1e-3)


def test_the_slope_of_a_new_electrode_is_the_ideal_one() -> None:
    fields = PhElectrode.model_fields
    assert fields["acid_slope_mv"].default == pytest.approx(ideal_slope_mv(25.0), abs=5e-4)
    assert fields["base_slope_mv"].default == fields["acid_slope_mv"].default


def test_all_corrections_of_a_sealed_piezometer() -> None:
    """V-VW-5: cooled by 12 degC, under air that has fallen by 1.5 kPa."""
    corrected = SEALED.convert(6749.0, fresh(temperature=8.0, barometer=99.8))
    assert corrected == Converted(printed(419.6735))


@pytest.mark.parametrize(
    ("inputs", "value"),
    [
        ({**fresh(temperature=8.0), **none("barometer")}, 418.1735),  # 418.7735 - 0.6
        ({**fresh(barometer=99.8), **none("temperature")}, 420.2735),  # 418.7735 + 1.5
        (none("temperature", "barometer"), 418.7735),
    ],
)
def test_what_is_missing_is_left_out_and_said(inputs: dict[str, Input], value: float) -> None:
    """Each correction by itself: the other one is still made."""
    assert SEALED.convert(6749.0, inputs) == Converted(printed(value), *UNCORRECTED)


def test_a_maker_with_the_other_thermal_sign() -> None:
    """V-VW-7: 514.28 - 99.56 by the wire, CT -0.0422 subtracted, 20 to 25 degC, 100.2 to 101.3 kPa."""
    roctest = VibratingWire(
        kind="vw_linear",
        zero=99.56,
        gauge_factor=1.0,
        thermal_per_c=-0.0422,
        thermal_sign="subtracted",
        zero_c=20.0,
        temperature=WARM,
        barometer=AIR,
        zero_baro_kpa=100.2,
    )
    gauge = law(roctest, "pore_pressure", "digits")
    assert gauge.convert(514.28, fresh(temperature=25.0, barometer=101.3)) == Converted(413.831)


def test_the_weather_is_subtracted_in_the_unit_of_the_certificate() -> None:
    """A gauge in mbar: 1.5 kPa are 15 mbar; 418.7735 mbar + 15 = 433.7735 mbar = 43.377 kPa."""
    millibar = VibratingWire(
        kind="vw_linear",
        zero=9082.0,
        gauge_factor=-0.1795,
        unit="mbar",
        barometer=AIR,
        zero_baro_kpa=101.3,
    )
    gauge = law(millibar, "pore_pressure", "digits")
    assert gauge.convert(6749.0, fresh(barometer=99.8)) == Converted(43.377)


@pytest.mark.parametrize(("raw_unit", "raw"), [("Hz", 2597.884), ("us", 1e6 / 2597.884)])
def test_a_gauge_by_its_period(raw_unit: str, raw: float) -> None:
    """10^7 / T^2 is a ten-thousandth of the digits, so K = 1795 kPa is G = -0.1795 kPa per digit: V-VW-3."""
    period = VibratingWirePeriod(kind="vw_period", zero_period=1e7 / 3013.636, gauge_factor=1795.0)
    assert law(period, "pore_pressure", raw_unit).convert(raw).value == pytest.approx(418.77, abs=5e-3)


@pytest.mark.parametrize("raw", [0.0, -1.0])
def test_silence_has_no_period(raw: float) -> None:
    period = VibratingWirePeriod(kind="vw_period", zero_period=3318.0, gauge_factor=1795.0)
    silent = Converted(None, Flag.FAIL, Why.SENSOR_RANGE)
    assert law(period, "pore_pressure", "us").convert(raw) == silent


@pytest.mark.parametrize(
    ("keys", "inputs", "level"),
    [
        ({}, {}, Converted(418.2347)),  # V-HD-2
        ({"temperature": WARM}, fresh(temperature=20.0), Converted(418.2454)),
        ({"temperature": WARM}, none("temperature"), Converted(418.2347, *UNCORRECTED)),
        ({"density_kg_m3": 998.2008}, {}, Converted(418.2454)),
        ({"barometer": AIR}, fresh(barometer=0.0), Converted(418.2347)),
        ({"barometer": AIR}, fresh(barometer=8.2), Converted(417.3986)),  # 50.0 kPa: V-HD-1, 5.0986 m
        ({"barometer": AIR}, none("barometer"), Converted(None, Flag.FAIL, Why.COMPENSATION)),
    ],
)
def test_the_level_above_a_gauge(keys: dict[str, Any], inputs: dict[str, Input], level: Converted) -> None:
    """58.2 kPa above a tip at 412.30 m. Of an absolute gauge without a barometer ten metres would be air."""
    table = Head.model_validate({"kind": "head", "from": "pore_pressure", "tip_elevation_m": 412.3, **keys})
    assert law(table, "water_level", "kPa").convert(58.2, inputs) == level


def test_pore_pressure_ratio() -> None:
    """V-HD-3."""
    keys = {"kind": "pore_pressure_ratio", "from": "pore_pressure", "unit_weight_kn_m3": 19.5, "depth_m": 8.0}
    table = PorePressureRatio.model_validate(keys)
    assert law(table, "pore_pressure_ratio", "kPa").convert(58.2) == Converted(0.3731)


def test_conductivity_at_25_degc() -> None:
    """V-EC-1, in either unit; as it is where nobody knows the temperature."""
    table = Conductivity25(kind="conductivity_25", temperature=WARM)
    at_10 = fresh(temperature=10.0)
    assert law(table, "conductivity", "uS/cm").convert(1000.0, at_10) == Converted(1401.5)
    assert law(table, "conductivity", "mS/cm").convert(1.0, at_10) == Converted(1401.5)
    assert law(table, "conductivity", "uS/cm").convert(1000.0, none("temperature")) == Converted(
        1000.0, *UNCORRECTED
    )


def test_a_temperature_at_which_water_conducts_nothing_is_no_sum() -> None:
    """By the line of ISO 7888 that would be -27.4 degC."""
    table = Conductivity25(kind="conductivity_25", temperature=WARM)
    frozen = law(table, "conductivity", "uS/cm").convert(1000.0, fresh(temperature=-40.0))
    assert frozen == Converted(None, Flag.FAIL, Why.SENSOR_RANGE)


def test_a_signal_that_follows_its_supply() -> None:
    """On 4.8 V instead of 5 V a potentiometer at half its way gives 2.4 V, and is at half its way."""
    table = Linear(kind="linear", points=[[0.0, 0.0], [5.0, 100.0]], rail="pi/supply_voltage")
    crack = law(table, "displacement", "V")
    assert crack.convert(2.4, fresh(rail=4.8)) == Converted(50.0)
    assert crack.convert(2.4, none("rail")) == Converted(48.0, *UNCORRECTED)


def test_a_turbidity_probe_that_follows_its_supply() -> None:
    """V-TUR-1 at 4.0 V, on a supply of 5.1 V: 4.08 V."""
    probe = law(Sen0189(kind="sen0189", rail="pi/supply_voltage"), "turbidity", "V")
    assert probe.convert(4.08, fresh(rail=5.1)) == Converted(689.9)


def test_permittivity_from_the_counts_of_a_teros() -> None:
    """V-SOIL-3."""
    permittivity = law(SoilEquation(kind="teros_permittivity"), "permittivity", "counts")
    assert permittivity.convert(2400.0) == Converted(11.13)


def test_rain_by_tips() -> None:
    """V-RAIN-1: 17 tips of 0.2 mm."""
    assert law(TippingBucket(kind="tipping_bucket", mm_per_tip=0.2), "rainfall", "tips").convert(
        17.0
    ) == Converted(3.4)


# Four formazin standards; the detector is blind from 4.5 V on.
STANDARDS = Piecewise(
    kind="piecewise",
    points=[[0.1, 0.0], [1.1, 100.0], [3.1, 400.0], [4.1, 800.0]],
    over_range_raw=4.5,
    unit="FNU",
)
BEYOND = (Flag.SUSPECT, Why.SENSOR_RANGE)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (0.1, Converted(0.0)),
        (0.6, Converted(50.0)),
        (1.1, Converted(100.0)),
        (2.1, Converted(250.0)),
        (4.1, Converted(800.0)),
        (4.2, Converted(840.0, *BEYOND)),
        (0.05, Converted(-5.0, *BEYOND)),
        (4.5, Converted(None, Flag.FAIL, Why.OVER_RANGE)),
    ],
)
def test_from_point_to_point(raw: float, expected: Converted) -> None:
    """Beyond the ends the line goes on and says so; where the signal folds back there is no value."""
    assert law(STANDARDS, "turbidity", "V").convert(raw) == expected


def test_a_falling_signal_folds_back_at_its_low_end() -> None:
    """The more turbid, the less light: from 2.5 V down slurry would pass for less."""
    points = [[2.6, 3000.0], [4.0, 700.0], [4.2, 0.0]]
    falling = Piecewise(kind="piecewise", points=points, over_range_raw=2.5, unit="NTU")
    probe = law(falling, "turbidity", "V")
    assert probe.convert(2.5) == Converted(None, Flag.FAIL, Why.OVER_RANGE)
    assert probe.convert(4.1) == Converted(350.0)


def test_an_electrode_without_a_slope_is_refused() -> None:
    with pytest.raises(ConversionError, match="a slope or a gain of zero"):
        law(ELECTRODE.model_copy(update={"gain": 0.0}), "ph", "mV")


def test_points_out_of_order_are_refused() -> None:
    table = Piecewise(kind="piecewise", points=[[0.0, 0.0], [2.0, 1.0], [1.0, 2.0]])
    with pytest.raises(ConversionError, match="in the order of their raw values"):
        law(table, "ph", "V")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"zero_c": None}, "thermal_per_c needs zero_c"),
        ({"thermal_per_c": None}, "temperature corrects nothing without thermal_per_c"),
        ({"zero_baro_kpa": None}, "barometer needs zero_baro_kpa"),
    ],
)
def test_zero_readings_that_are_not_whole_are_refused(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ConversionError, match=words):
        law(GAUGE.model_copy(update=keys), "pore_pressure", "digits")


def test_a_barometer_corrects_no_length() -> None:
    with pytest.raises(ConversionError, match="a barometer corrects pressures, and this value is in mm"):
        law(GAUGE, "displacement", "digits")


def test_the_body_names_the_companions_and_their_age() -> None:
    """With the inputs of the observation beside it anyone can repeat the sum."""
    body = json.loads(SEALED.calibration.body)
    said = {key: body[key] for key in ("temperature", "barometer", "max_age_s", "zero_c", "thermal_sign")}
    assert said == {
        "temperature": WARM, "barometer": AIR, "max_age_s": 3600.0, "zero_c": 20.0, "thermal_sign": "added",
    }  # fmt: skip
    assert SEALED.calibration.id.startswith("config-")


def test_keys_that_nobody_uses_leave_the_id_as_it_was() -> None:
    """SHA-256 of bodies written before companions existed: journals of years depend on it."""
    plain = VibratingWire(kind="vw_linear", zero=9082.0, gauge_factor=-0.1795)
    assert law(plain, "pore_pressure", "Hz").calibration.body == (
        '{"decimals":3,"factor":1.0,"gauge_factor":-0.1795,"kind":"vw_linear","raw_unit":"Hz",'
        '"unit":"kPa","zero":9082.0}'
    )


def test_what_an_instrument_is_told_stands_beside_its_reading() -> None:
    """It corrects by itself: the number stays, and says when nobody told it anything."""
    told = companion("temperature", WARM, 600.0)
    oxygen = converter(None, ChannelSpec("dissolved_oxygen", "mg/L", 0.0, 100.0), told=told)
    assert oxygen.companions == (told,)
    assert oxygen.convert(8.25, fresh(temperature=12.0)) == Converted(8.25)
    assert oxygen.convert(8.25, none("temperature")) == Converted(8.25, *UNCORRECTED)
    assert json.loads(oxygen.calibration.body)["temperature"] == WARM


RECORD = Calibrated(
    "ph-3_ph_1",
    {"kind": "ph_electrode", "zero_mv": -8.0, "acid_slope_mv": -57.8595, "base_slope_mv": -57.8595},
)


def test_a_calibration_brings_the_law_and_the_configuration_the_wiring() -> None:
    """V-PH-2 behind an amplifier that the record knows nothing of."""
    board = PhElectrode(kind="ph_electrode", center_mv=1500.0, gain=3.0, temperature=WARM, max_age_s=60.0)
    ph = converter(board, ChannelSpec("ph", "V", -0.3, 4.1), RECORD)
    assert ph.convert(1.86, fresh(temperature=15.0)) == Converted(4.711)
    assert ph.calibration.id == "ph-3_ph_1"
    body = json.loads(ph.calibration.body)
    assert (body["zero_mv"], body["gain"], body["calibrated_c"]) == (-8.0, 3.0, 25.0)
    assert ph.companions[0].max_age_s == 60.0


def test_a_calibration_may_be_of_another_kind_than_the_configuration() -> None:
    """A line in the file, three standards in the record."""
    line = Linear(kind="linear", points=[[0.0, 0.0], [1.0, 1.0]], unit="NTU")
    record = Calibrated("t_1", {"kind": "piecewise", "points": [[0.0, 0.0], [1.0, 100.0], [2.0, 800.0]]})
    probe = converter(line, ChannelSpec("turbidity", "V", 0.0, 5.0), record)
    assert (probe.unit, probe.convert(1.5)) == ("NTU", Converted(450.0))


def test_a_calibration_needs_no_configured_conversion() -> None:
    record = Calibrated("e_1", {"kind": "linear", "points": [[0.0, 0.1], [10.0, 10.3]]})
    probe = converter(None, ChannelSpec("dissolved_oxygen", "mg/L", 0.0, 100.0), record)
    assert probe.convert(5.0) == Converted(5.2)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"zero_mv": 1.0}, "calibration x: unknown kind None; known are linear"),
        ({"kind": "magic"}, "unknown kind 'magic'"),
        ({"kind": "linear"}, "its linear lacks points"),
        ({"kind": "linear", "points": [[0, 0], [1, 1]], "slope": 1}, "linear has no slope"),
        ({"kind": "ph_electrode", "zero_mv": True}, "zero_mv is True, which is no number"),
        ({"kind": "ph_electrode", "zero_mv": math.nan}, "zero_mv is nan, which is no number"),
        ({"kind": "linear", "points": [[0, {}], [1, 1]]}, "points is not made of numbers"),
        ({"kind": "ph_electrode", "acid_slope_mv": 0}, "acid_slope_mv is 0; it is from -100 to -10"),
        ({"kind": "topp"}, "Topp's equation takes a relative permittivity"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_in_words(record: dict[str, Any], words: str) -> None:
    with pytest.raises(ConversionError) as caught:
        converter(None, ChannelSpec("ph", "mV", -500.0, 500.0), Calibrated("x", record))
    assert words in str(caught.value)


CELSIUS = st.floats(-5.0, 60.0)


@given(st.floats(-400.0, 400.0), st.floats(-400.0, 400.0), CELSIUS)
def test_more_millivolts_are_never_more_ph(first: float, second: float, celsius: float) -> None:
    ph = law(ELECTRODE, "ph", "mV")
    low, high = (ph.convert(mv, fresh(temperature=celsius)).value for mv in sorted((first, second)))
    assert low is not None
    assert high is not None
    assert low >= high


@given(st.floats(1.0, 13.0), CELSIUS)
def test_the_signal_of_a_ph_gives_that_ph(ph: float, celsius: float) -> None:
    """The inverse by hand: E = E0 + S(t) (pH - 7)."""
    slope_mv = -57.8595 * (celsius + 273.15) / 298.15
    back = law(ELECTRODE, "ph", "mV").convert(-8.0 + slope_mv * (ph - 7.0), fresh(temperature=celsius))
    assert back.value == pytest.approx(ph, abs=5.1e-4)


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=8, unique=True), st.floats(-10, 1010))
def test_rising_points_make_a_rising_curve_through_all_of_them(raws: list[int], raw: float) -> None:
    points = [[each / 1000, float(place)] for place, each in enumerate(sorted(raws))]
    curve = law(Piecewise(kind="piecewise", points=points), "ph", "V")
    assert [curve.convert(each).value for each, _ in points] == [value for _, value in points]
    here, there = curve.convert(raw).value, curve.convert(raw + 1).value
    assert here is not None
    assert there is not None
    assert here <= there


@given(st.floats(-50.0, 2000.0), CELSIUS)
def test_a_column_of_water_weighs_what_made_it(pressure_kpa: float, celsius: float) -> None:
    """Head back to pressure: h rho g."""
    from agent.acquire.convert.water import STANDARD_GRAVITY, density_kg_m3

    table = Head.model_validate({"kind": "head", "from": "pore_pressure", "temperature": WARM})
    head = law(table, "water_level", "kPa").convert(pressure_kpa, fresh(temperature=celsius)).value
    assert head is not None
    back_kpa = head * density_kg_m3(celsius) * STANDARD_GRAVITY / 1000
    assert back_kpa == pytest.approx(pressure_kpa, abs=1e-3)


ANY = [
    (ELECTRODE, "ph", "mV"),
    (GAUGE, "pore_pressure", "Hz"),
    (
        VibratingWirePeriod(kind="vw_period", zero_period=100.0, gauge_factor=1e300),
        "pore_pressure",
        "us",
    ),
    (Conductivity25(kind="conductivity_25", temperature=WARM, per_c=0.05), "conductivity", "mS/cm"),
    (STANDARDS.model_copy(update={"rail": "pi/supply_voltage"}), "turbidity", "V"),
    (
        Head.model_validate({"kind": "head", "from": "pore_pressure", "temperature": WARM, "barometer": AIR}),
        "water_level",
        "kPa",
    ),
]


@given(st.sampled_from(ANY), st.floats(), st.floats(-50, 100), st.floats(45, 115), st.floats(0.5, 100))
def test_any_number_becomes_a_finite_value_or_none(
    case: tuple[Any, str, str], raw: float, temperature: float, barometer: float, rail: float
) -> None:
    """Whatever the companions say within what is taken from them."""
    found = law(*case)
    values = {"temperature": temperature, "barometer": barometer, "rail": rail}
    result = found.convert(raw, fresh(**{each.role: values[each.role] for each in found.companions}))
    if result.value is None:
        assert result.flag is not Flag.GOOD
    else:
        assert math.isfinite(result.value)
        assert result.value == round(result.value, QUANTITIES[case[1]].decimals)
