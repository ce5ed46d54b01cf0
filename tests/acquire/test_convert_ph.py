"""The glass electrode: slopes, calibrations and samples against published vectors."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.convert.build import converter
from agent.acquire.convert.ph import (
    Buffered,
    Electrode,
    Grade,
    ideal_slope_mv,
    offset_grade,
    ph,
    slope_at,
    slope_grade,
    slope_percent,
    three_points,
    two_points,
)
from agent.acquire.convert.ph_buffers import BUFFERS, buffer_ph
from agent.config.schema_convert import Linear
from drivers.contract import ChannelSpec

AT_25 = two_points(Buffered(7.00, -8.0), Buffered(4.01, 165.0), 25)


@pytest.mark.parametrize(
    ("celsius", "slope_mv"),
    [
        (0, 54.199), (5, 55.191), (10, 56.183), (15, 57.175), (20, 58.167),
        (25, 59.159), (30, 60.151), (35, 61.144), (40, 62.136), (50, 64.120),
    ],
)  # fmt: skip
def test_ideal_slope(celsius: float, slope_mv: float) -> None:
    """Nernst's law, as every table of it prints."""
    assert ideal_slope_mv(celsius) == pytest.approx(-slope_mv, abs=0.0005)


def test_two_points() -> None:
    """V-PH-1: -8.0 mV in 7.00 and +165.0 mV in 4.01 at 25 degC."""
    assert AT_25.acid_slope_mv == AT_25.base_slope_mv == pytest.approx(-57.8595, abs=5e-5)
    assert slope_percent(AT_25.acid_slope_mv, 25) == pytest.approx(97.80, abs=5e-3)
    assert AT_25.zero_mv == pytest.approx(-8.0)


def test_a_sample_colder_than_the_buffers() -> None:
    """V-PH-2: +120 mV at 15 degC."""
    assert slope_at(AT_25.acid_slope_mv, 25, 15) == pytest.approx(-55.9189, abs=5e-5)
    assert ph(AT_25, 120, 15) == pytest.approx(4.7110, abs=5e-5)


def test_without_compensation() -> None:
    """V-PH-3: the same millivolts, taken as if the sample had the temperature of the buffers."""
    assert ph(AT_25, 120, AT_25.temperature_c) == pytest.approx(4.7877, abs=5e-5)


def test_cold_buffers() -> None:
    """V-PH-4: calibrated at 10 degC, where the buffers have pH 7.07 and 4.00."""
    neutral, acid = buffer_ph("hanna-7.01", 10), buffer_ph("hanna-4.01", 10)
    assert (neutral, acid) == (7.07, 4.00)
    electrode = two_points(Buffered(neutral, -8.0), Buffered(acid, 160.0), 10)
    assert electrode.acid_slope_mv == pytest.approx(-54.7231, abs=5e-5)
    assert slope_percent(electrode.acid_slope_mv, 10) == pytest.approx(97.40, abs=5e-3)
    assert electrode.zero_mv == pytest.approx(-4.169, abs=5e-4)


def test_three_points() -> None:
    """V-PH-5: a slope of its own on each side of pH 7."""
    electrode = three_points(Buffered(4.01, 168), Buffered(7.01, -5), Buffered(10.01, -176), 25)
    assert electrode.acid_slope_mv == pytest.approx(-57.6667, abs=5e-5)
    assert slope_percent(electrode.acid_slope_mv, 25) == pytest.approx(97.48, abs=5e-3)
    assert electrode.base_slope_mv == pytest.approx(-57.0000, abs=5e-5)
    assert slope_percent(electrode.base_slope_mv, 25) == pytest.approx(96.35, abs=5e-3)


def test_a_spent_electrode_is_rejected() -> None:
    """V-PH-6: a span of 145 mV between 7.01 and 4.01."""
    electrode = two_points(Buffered(7.01, 15), Buffered(4.01, 160), 25)
    percent = slope_percent(electrode.acid_slope_mv, 25)
    assert percent < 85
    assert slope_grade(percent) is Grade.REJECT


@pytest.mark.parametrize(
    ("millivolts", "expected"),
    [(1500, 7.0000), (2032.44, 4.0000), (1766.22, 5.5000), (1300, 8.1269), (2100, 3.6193)],
)
def test_an_amplified_board_is_a_line(millivolts: float, expected: float) -> None:
    """V-PH-7: DFRobot's SEN0161-V2, three times amplified around 1.5 V: a line through its defaults."""
    points = [[1.5, 7.0], [2.03244, 4.0]]
    law = converter(Linear(kind="linear", points=points), ChannelSpec("ph", "V", -0.3, 4.096))
    assert law.convert(millivolts / 1000).value == pytest.approx(expected, abs=5.5e-4)


def test_two_equal_buffers_make_no_slope() -> None:
    with pytest.raises(ValueError, match="both buffers have pH 7"):
        two_points(Buffered(7.0, 1.0), Buffered(7.0, 2.0), 25)


@pytest.mark.parametrize(
    ("percent", "grade"),
    [
        (84.99, Grade.REJECT), (85, Grade.MAINTENANCE), (89.99, Grade.MAINTENANCE), (90, Grade.SERVICE),
        (94.99, Grade.SERVICE), (95, Grade.GOOD), (105, Grade.GOOD), (105.01, Grade.REJECT),
    ],
)  # fmt: skip
def test_grades_of_a_slope(percent: float, grade: Grade) -> None:
    assert slope_grade(percent) is grade


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(
    ("millivolts", "grade"),
    [(0, Grade.GOOD), (15, Grade.GOOD), (15.1, Grade.SERVICE), (30, Grade.SERVICE), (30.1, Grade.REJECT)],
)
def test_grades_of_an_offset(sign: int, millivolts: float, grade: Grade) -> None:
    assert offset_grade(sign * millivolts) is grade


def test_buffers_between_their_rows_and_at_the_end() -> None:
    """Half-way from 5 degC (7.09) to 10 degC (7.06) is 7.075; the last row is 50 degC."""
    assert buffer_ph("us-7.00", 7.5) == pytest.approx(7.075)
    assert buffer_ph("us-4.00", 50) == pytest.approx(4.06)
    assert buffer_ph("us-4.00", 47.5) == pytest.approx(4.05)
    assert {len(table) for table in BUFFERS.values()} == {11}


@pytest.mark.parametrize("celsius", [-0.1, 50.1, float("nan")])
def test_buffers_say_nothing_beyond_their_table(celsius: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 50 degC"):
        buffer_ph("us-4.00", celsius)


SLOPES = st.floats(-62, -50)


@given(SLOPES, SLOPES, st.sampled_from([6.86, 6.98, 7.0, 7.01, 7.12]), st.floats(-30, 30), st.floats(0, 50))
def test_a_calibrated_electrode_reads_its_own_buffers(
    acid: float, base: float, neutral_ph: float, mv: float, celsius: float
) -> None:
    """The one near 7 exactly; the others miss a little, for the kink is at pH 7 and not at that buffer."""
    buffers = [
        Buffered(4.0, mv + acid * (4.0 - neutral_ph)),
        Buffered(neutral_ph, mv),
        Buffered(10.0, mv + base * (10.0 - neutral_ph)),
    ]
    electrode = three_points(buffers[0], buffers[1], buffers[2], celsius)
    for buffer, miss in zip(buffers, (0.04, 1e-9, 0.04), strict=True):
        assert isclose(ph(electrode, buffer.mv, celsius), buffer.ph, abs_tol=miss)


@given(SLOPES, SLOPES, st.floats(-500, 500), st.floats(-500, 500), st.floats(0, 50))
def test_more_millivolts_are_never_less_acid(
    acid: float, base: float, one_mv: float, other_mv: float, celsius: float
) -> None:
    """Across the kink at pH 7 too."""
    electrode = Electrode(3.0, acid, base, 20.0)
    low, high = sorted((one_mv, other_mv))
    assert ph(electrode, low, celsius) >= ph(electrode, high, celsius)


@given(st.floats(0, 50), st.floats(0, 50))
def test_at_ph_7_temperature_changes_nothing(one: float, other: float) -> None:
    """The isopotential point."""
    assert ph(AT_25, AT_25.zero_mv, one) == ph(AT_25, AT_25.zero_mv, other) == 7.0
