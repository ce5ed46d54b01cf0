"""Formulas of soil, water and wires against published vectors, and against their own inverses."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.convert import vibrating_wire as wire
from agent.acquire.convert import water
from agent.acquire.convert.barometer import standard_pressure_hpa, station_pressure_kpa
from agent.acquire.convert.polynomial import polynomial
from agent.acquire.convert.soil import teros_permittivity, water_content
from agent.acquire.convert.thermistor import CURVES, resistance_ohm, temperature_c, thermistor
from agent.acquire.convert.turbidity import sen0189, sen0189_ntu
from agent.model import Flag, Why

YSI_44005 = CURVES["3k"]


def printed(value: float, decimals: int) -> object:
    """A number as a table prints it: its last digit is rounded."""
    return pytest.approx(value, abs=0.5 * 10**-decimals)


@pytest.mark.parametrize(
    ("permittivity", "expected"),
    [
        (1, -0.02435), (3, 0.02977), (5, 0.07979), (10, 0.18830), (15.2, 0.27887),
        (20, 0.34540), (25, 0.40044), (30, 0.44410), (40, 0.51020), (80, 0.96460),
    ],
)  # fmt: skip
def test_topp(permittivity: float, expected: float) -> None:
    """V-SOIL-2: water content of mineral soil from its permittivity."""
    assert water_content("topp", permittivity) == printed(expected, 5)


@pytest.mark.parametrize(
    ("counts", "theta", "permittivity"),
    [
        (1800, 0.00262, 1.0465), (2000, 0.08020, 4.1047), (2400, 0.23536, 11.1281),
        (2800, 0.39052, 21.5428), (3000, 0.46810, 31.7983),
    ],
)  # fmt: skip
def test_teros(counts: float, theta: float, permittivity: float) -> None:
    """V-SOIL-3: mineral water content and permittivity from the raw counts of a TEROS 11 or 12."""
    assert water_content("teros_mineral", counts) == printed(theta, 5)
    assert teros_permittivity(counts) == printed(permittivity, 4)


def test_teros_in_soilless_media() -> None:
    """By hand at 2500 counts: 10.5796875 - 31.90625 + 32.55 - 10.848 = 0.3754375."""
    assert water_content("teros_soilless", 2500) == pytest.approx(0.3754375, abs=1e-9)


def test_the_example_fit_of_a_chirp() -> None:
    """V-SOIL-4: 550 counts are 0.25580 of dry mass, by the three coefficients of the probe's author."""
    assert polynomial((-0.062508722, 2.4885e-5, 1.007e-6), 550) == printed(0.25580, 5)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8), st.floats(-10, 10))
def test_a_polynomial_is_the_sum_of_its_terms(coefficients: list[float], x: float) -> None:
    terms = [coefficient * x**power for power, coefficient in enumerate(coefficients)]
    assert polynomial(coefficients, x) == pytest.approx(math.fsum(terms), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("volts", "ntu"),
    [
        (2.5, 3000.35), (3.0, 2790.40), (3.5, 2020.25), (3.9, 1000.79),
        (4.0, 689.90), (4.1, 356.61), (4.2, 0.90),
    ],
)  # fmt: skip
def test_sen0189(volts: float, ntu: float) -> None:
    """V-TUR-1: the maker's curve, good between 2.5 V and 4.2 V."""
    found = sen0189(volts)
    assert found.value == printed(ntu, 2)
    assert (found.flag, found.why) == (Flag.GOOD, Why.NONE)


def test_sen0189_above_its_curve_is_zero_and_suspect() -> None:
    """V-TUR-1 at 4.3 V: the curve says -377.21, and there is no such water."""
    assert sen0189_ntu(4.3) == printed(-377.21, 2)
    assert sen0189(4.3) == (0.0, Flag.SUSPECT, Why.SENSOR_RANGE)


def test_sen0189_in_slurry_gives_no_value() -> None:
    """V-TUR-2: at 2.0 V the curve has folded back to 2650.10, which thick slurry must not pass for."""
    assert sen0189_ntu(2.0) == printed(2650.10, 2)
    assert sen0189(2.0) == (None, Flag.FAIL, Why.OVER_RANGE)


def test_sen0189_edges_survive_binary_fractions() -> None:
    """Behind a divider 2.5 V may come as 2.4999999999999996 V, and 4.2 V as 4.200000000000001 V."""
    assert sen0189(math.nextafter(2.5, 0)).flag is Flag.GOOD
    assert sen0189(math.nextafter(4.2, 5)).flag is Flag.GOOD
    assert sen0189(2.499998).flag is Flag.FAIL
    assert sen0189(4.200002).flag is Flag.SUSPECT


@pytest.mark.parametrize(
    ("ohm", "celsius"),
    [
        (16600, -10.033), (9796, -0.018), (7355, 5.699), (5971, 9.988), (4714, 14.990),
        (3748, 19.991), (3000, 24.992), (2417, 29.991), (1959, 34.995),
    ],
)  # fmt: skip
def test_thermistor(ohm: float, celsius: float) -> None:
    """V-TH-1: the 3 kilohm type of the gauges."""
    assert temperature_c(ohm, YSI_44005) == printed(celsius, 3)


@pytest.mark.parametrize(("celsius", "ohm"), [(0, 9787.14), (10, 5967.59), (20, 3746.49), (25, 2998.95)])
def test_thermistor_inverse(celsius: float, ohm: float) -> None:
    """V-TH-2: back from the temperature to the resistance."""
    assert resistance_ohm(celsius, YSI_44005) == printed(ohm, 2)


def test_the_high_temperature_type_has_8_2_kilohm_at_25_degc() -> None:
    """Within the 0.1 degC of its data sheet's class."""
    assert temperature_c(8200, CURVES["8k2"]) == pytest.approx(25.0, abs=0.1)


@given(st.sampled_from(sorted(CURVES)), st.floats(-50, 150))
def test_thermistor_there_and_back(curve: str, celsius: float) -> None:
    """Cardano's root undoes the equation over the whole range."""
    ohm = resistance_ohm(celsius, CURVES[curve])
    assert temperature_c(ohm, CURVES[curve]) == pytest.approx(celsius, abs=1e-6)


@pytest.mark.parametrize("ohm", [-5.0, 0.0, 99.99, 100_000.01, 1e300])
def test_a_shorted_or_open_thermistor_has_no_temperature(ohm: float) -> None:
    assert thermistor(ohm, YSI_44005, 0.0) == (None, Flag.FAIL, Why.SENSOR_RANGE)


def test_the_cable_of_a_thermistor_is_taken_off() -> None:
    """1 km there and back at 48.5 ohm each: 3097 ohm at the box are 3000 at the gauge."""
    assert thermistor(3097.0, YSI_44005, 97.0).value == printed(24.992, 3)
    assert thermistor(150.0, YSI_44005, 97.0).value is None
    assert thermistor(100.0, YSI_44005, 0.0).flag is thermistor(100_000.0, YSI_44005, 0.0).flag is Flag.GOOD


def test_digits_and_period() -> None:
    """V-VW-1: 2828.427 Hz."""
    assert wire.digits(2828.427) == printed(8000.0, 1)
    assert wire.period_us(2828.427) == printed(353.553, 3)


@pytest.mark.parametrize(("hertz", "digits"), [(2597.884, 6749.0), (3013.636, 9082.0)])
def test_digits(hertz: float, digits: float) -> None:
    """V-VW-2."""
    assert wire.digits(hertz) == printed(digits, 1)


def test_linear_piezometer() -> None:
    """V-VW-3: the example of Geokon's manual, which prints 418.8 kPa."""
    assert wire.linear(6749, 9082, -0.1795) == printed(418.77, 2)


def test_polynomial_piezometer() -> None:
    """V-VW-4: the same gauge with A, B, C as the manual's figures imply them."""
    law = (1595.7, -0.1698655, -6.42333e-7)
    assert polynomial(law, 6749) == printed(420.02, 2)
    assert polynomial(law, 9082) == printed(0.00, 2)


def test_all_corrections_of_a_sealed_piezometer() -> None:
    """V-VW-5: cooled by 12 degC, under air that has fallen by 1.5 kPa."""
    pressure = wire.corrected(
        wire.linear(6749, 9082, -0.1795), thermal_per_c=0.05, warming_c=8 - 20, barometer_rise=99.8 - 101.3
    )
    assert pressure == printed(419.6735, 4)
    assert water.head_m(pressure) == printed(42.7948, 4)


def test_the_constant_follows_from_the_zero_in_the_field() -> None:
    """V-VW-6."""
    a, b = -6.0e-7, -0.1720
    c = wire.polynomial_constant(9082, a, b)
    assert c == printed(1611.5936, 4)
    assert polynomial((c, b, a), 6749) == printed(423.4362, 4)


def test_a_maker_with_the_other_thermal_sign() -> None:
    """V-VW-7: Roctest subtracts CT (T1 - T0), so K = -CT."""
    pressure = wire.corrected(
        514.28 - 99.56, thermal_per_c=0.0422, warming_c=25 - 20, barometer_rise=101.3 - 100.2
    )
    assert pressure == printed(413.831, 3)


@given(st.floats(1000, 5000), st.floats(1000, 5000), st.floats(0.1, 10))
def test_periods_say_the_same_as_digits(hertz: float, zero_hertz: float, gauge_factor: float) -> None:
    """10^7 / T^2 with T in 0.1 us is f^2 / 10^7, a ten-thousandth of the digits; the sign turns round."""
    period, zero_period = (10 * wire.period_us(each) for each in (hertz, zero_hertz))
    from_digits = wire.linear(wire.digits(hertz), wire.digits(zero_hertz), -gauge_factor * 1e-4)
    assert wire.from_periods(period, zero_period, gauge_factor) == pytest.approx(
        from_digits, rel=1e-9, abs=1e-9
    )


def test_crackmeter() -> None:
    """V-CR-1: 0.0125 mm per digit from 4850 to 5120."""
    assert wire.linear(5120, 4850, 0.0125) == printed(3.375, 3)


@pytest.mark.parametrize(
    ("celsius", "density"),
    [(5, 999.9607), (10, 999.6955), (15, 999.0962), (20, 998.2008), (25, 997.0411), (30, 995.6435)],
)
def test_density_of_water(celsius: float, density: float) -> None:
    """Jones and Harris (1992), their equation 6."""
    assert water.density_kg_m3(celsius) == printed(density, 4)


def test_head_in_cold_water() -> None:
    """V-HD-1: 0.5 bar at 10 degC, and with the density of 1000 that many instruments assume."""
    assert water.head_m(50.0, water.density_kg_m3(10)) == printed(5.1001, 4)
    assert water.head_m(50.0) == printed(5.0986, 4)


def test_elevation_head() -> None:
    """V-HD-2: the tip at 412.30 m, 58.2 kPa above it."""
    assert water.elevation_head_m(412.30, 58.2) == printed(418.2347, 4)
    # 58.2 / (0.9982008 * 9.80665) = 5.94545
    assert water.elevation_head_m(412.30, 58.2, water.density_kg_m3(20)) == printed(418.2454, 4)


def test_pore_pressure_ratio() -> None:
    """V-HD-3: 58.2 kPa under 8 m of 19.5 kN/m3."""
    assert water.pore_pressure_ratio(58.2, 19.5, 8) == printed(0.3731, 4)


@pytest.mark.parametrize(
    ("measured", "celsius", "per_c", "at_25"),
    [
        pytest.param(1000, 10, 0.0191, 1401.54, id="V-EC-1"),
        pytest.param(1000, 10, 0.02, 1428.57, id="V-EC-1 alpha 0.02"),
        pytest.param(1278, 20, 0.0191, 1412.94, id="V-EC-2"),
    ],
)
def test_conductivity_at_25_degc(measured: float, celsius: float, per_c: float, at_25: float) -> None:
    assert water.conductivity_25(measured, celsius, per_c) == printed(at_25, 2)


def test_natural_water_changes_by_1_91_percent_per_degree() -> None:
    """Unless somebody knows better."""
    assert water.conductivity_25(1000, 10) == printed(1401.54, 2)


@pytest.mark.parametrize(("mm_per_tip", "rain"), [(0.2, 3.4), (0.2794, 4.7498)])
def test_rain(mm_per_tip: float, rain: float) -> None:
    """V-RAIN-1: 17 tips of either bucket."""
    assert water.rain_mm(17, mm_per_tip) == pytest.approx(rain, abs=1e-9)


def test_standard_pressure() -> None:
    """V-BARO-1: at 850 m."""
    assert standard_pressure_hpa(850) == printed(915.22, 2)
    assert standard_pressure_hpa(0) == 1013.25


@pytest.mark.parametrize(("hectopascal", "plausible"), [(915, True), (860, True), (970, True), (1013, False)])
def test_a_pressure_reduced_to_sea_level_is_found_out(hectopascal: float, plausible: bool) -> None:  # noqa: FBT001 - an expectation
    """At 850 m weather explains 6 % either way, and 1013 hPa is somebody's sea level."""
    low_kpa, high_kpa = station_pressure_kpa(850)
    assert (low_kpa <= hectopascal / 10 <= high_kpa) is plausible


def test_standard_pressure_falls_with_height() -> None:
    heights = range(-400, 9000, 100)
    assert all(low > high for low, high in pairwise(map(standard_pressure_hpa, heights)))
