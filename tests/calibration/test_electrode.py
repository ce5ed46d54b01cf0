"""From dips into buffers back to the electrode that made them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acquire.calibration.electrode import Dip, expected_ph, figures, findings, fitted, is_another
from agent.acquire.convert.ph import Electrode, Grade, ideal_slope_mv, ph

PERFECT = Electrode(0.0, -59.159, -59.159, 25.0)
zeros_mv = st.floats(-29, 29)
percents = st.floats(86, 104)
temperatures_c = st.lists(st.floats(8, 12), min_size=3, max_size=3)


def dipped(zero_mv: float, percent: float, ph_now: float, celsius: float) -> Dip:
    """What an electrode of this offset and slope says in a buffer."""
    mv = zero_mv + percent / 100 * ideal_slope_mv(celsius) * (ph_now - 7.0)
    return Dip(ph_now, mv, celsius, 12.0)


@settings(max_examples=50)
@given(zeros_mv, percents, temperatures_c)
def test_buffers_of_unequal_temperature_give_the_electrode_back(
    zero_mv: float, percent: float, celsius: list[float]
) -> None:
    """Two buffers, and three; and it then reads each of them right."""
    for phs in ((7.06, 4.0), (7.06, 4.0, 10.18)):
        dips = [dipped(zero_mv, percent, each, c) for each, c in zip(phs, celsius, strict=False)]
        found = fitted(dips, PERFECT)
        assert found.zero_mv == pytest.approx(zero_mv, abs=1e-6)
        assert figures(found, dips)["acid_slope_percent"] == pytest.approx(percent, abs=1e-6)
        assert figures(found, dips)["base_slope_percent"] == pytest.approx(percent, abs=1e-6)
        for dip in dips:
            assert ph(found, dip.mv, dip.temperature_c) == pytest.approx(dip.ph, abs=1e-6)
            assert not is_another(dip)
        assert findings(found, dips)[0].grade is not Grade.REJECT


@settings(max_examples=50)
@given(zeros_mv, percents, st.floats(5, 30), st.floats(5, 30))
def test_what_a_channel_says_of_a_buffer_at_another_temperature(
    zero_mv: float, percent: float, celsius: float, used_c: float
) -> None:
    dips = [dipped(zero_mv, percent, each, celsius) for each in (7.0, 4.0)]
    found = fitted(dips, PERFECT)
    assert ph(found, dips[1].mv, used_c) == pytest.approx(expected_ph(dips[1], used_c), abs=1e-6)


@pytest.mark.parametrize("ph_now", [4.0, 10.0])
def test_the_wrong_buffer_is_seen_with_any_electrode_that_is_fit(ph_now: float) -> None:
    """It stands in pH 7 and is taken to be in another one."""
    for zero_mv in (-30.0, 30.0):
        assert is_another(Dip(ph_now, zero_mv, 25.0, 12.0))


@pytest.mark.parametrize(
    ("settled_s", "grade"), [(30.0, Grade.GOOD), (60.0, Grade.SERVICE), (61.0, Grade.MAINTENANCE)]
)
def test_a_slow_electrode_is_no_good_one(settled_s: float, grade: Grade) -> None:
    dips = [dipped(0.0, 100.0, each, 25.0)._replace(settled_s=settled_s) for each in (7.0, 4.0)]
    assert findings(fitted(dips, PERFECT), dips)[0].grade is grade
