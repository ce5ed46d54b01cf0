"""What speaks against a reading, and how observations are put together from it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.convert.build import converter
from agent.acquire.convert.contract import Converted
from agent.acquire.measure import Measure
from agent.acquire.quality.reading import Limits, as_expected, in_span, judge
from agent.acquire.quality.verdict import Verdict, combine
from agent.config.schema_convert import CurrentLoop
from agent.model import Channel, Flag, Instant, Trust, Why
from drivers.contract import ChannelSpec, Doubt, Reading

SPEC = ChannelSpec("conductivity", "mS/cm", 0.0, 20.0)
EXPECT = Limits(100.0, 5000.0)
AT = Instant(1, 2, Trust.NTP)


def measure(expect: Limits | None = EXPECT) -> Measure:
    """A conductivity channel: raw in mS/cm, value in uS/cm."""
    law = converter(None, SPEC)
    return Measure(Channel("ec-1", "conductivity", law.unit, SPEC.raw_unit), SPEC, law, expect)


@pytest.mark.parametrize(
    ("raw", "flag", "why"),
    [
        (-0.001, Flag.FAIL, Why.SENSOR_RANGE | Why.SITE_RANGE),
        (0.0, Flag.SUSPECT, Why.SITE_RANGE),
        (0.0999, Flag.SUSPECT, Why.SITE_RANGE),
        (0.1, Flag.GOOD, Why.NONE),
        (5.0, Flag.GOOD, Why.NONE),
        (5.0001, Flag.SUSPECT, Why.SITE_RANGE),
        (20.0, Flag.SUSPECT, Why.SITE_RANGE),
        (20.001, Flag.FAIL, Why.SENSOR_RANGE | Why.SITE_RANGE),
    ],
)
def test_limits_are_inclusive_and_reasons_add_up(raw: float, flag: Flag, why: Why) -> None:
    """Span in raw units, expectation in the value's; a number on the limit is inside."""
    observation = measure().observe(Reading("conductivity", raw), AT)
    assert (observation.flag, observation.why) == (flag, why)
    assert (observation.raw, observation.value) == (raw, round(raw * 1000, 1))


def test_without_an_expectation_the_site_says_nothing() -> None:
    """Only the instrument's span is judged then."""
    observation = measure(expect=None).observe(Reading("conductivity", 19.0), AT)
    assert (observation.flag, observation.why) == (Flag.GOOD, Why.NONE)


@pytest.mark.parametrize(
    ("doubt", "flag", "why", "value"),
    [
        (Doubt.NONE, Flag.GOOD, Why.NONE, 1000.0),
        (Doubt.WARMING_UP, Flag.SUSPECT, Why.WARMING_UP, 1000.0),
        (Doubt.OVER_RANGE, Flag.FAIL, Why.OVER_RANGE, 1000.0),
        (Doubt.INVALID, Flag.MISSING, Why.BAD_ANSWER, None),
    ],
)
def test_the_instruments_own_doubt_counts(doubt: Doubt, flag: Flag, why: Why, value: float | None) -> None:
    """The raw number is kept whatever the instrument says against it; an invalid one has no value."""
    observation = measure().observe(Reading("conductivity", 1.0, doubt), AT)
    assert (observation.flag, observation.why, observation.value) == (flag, why, value)
    assert observation.raw == 1.0


def test_the_instruments_code_for_no_value_is_missing() -> None:
    """No raw, no value, and the reason."""
    observation = measure().observe(Reading("conductivity", None, Doubt.INVALID), AT)
    assert observation == measure().missing(Why.BAD_ANSWER, AT)


def test_no_raw_without_any_doubt_is_missing_too() -> None:
    """A driver that forgets to doubt does not make nothing good."""
    observation = measure().observe(Reading("conductivity", None), AT)
    assert (observation.flag, observation.why) == (Flag.MISSING, Why.BAD_ANSWER)
    assert judge(Reading("conductivity", None), SPEC, Converted(1000.0), None).flag is Flag.MISSING


def test_a_faulty_loop_keeps_its_raw_volts() -> None:
    """The technician sees 0.35 V and knows what it means; the value is absent, and fails."""
    spec = ChannelSpec("water_level", "V", -0.3, 4.096)
    law = converter(CurrentLoop(kind="loop_4_20ma", at_4ma=0.0, at_20ma=10.0), spec)
    channel = Channel("level-1", "water_level", law.unit, "V")
    observation = Measure(channel, spec, law, Limits(0.0, 1.0)).observe(Reading("water_level", 0.35), AT)
    assert (observation.raw, observation.value) == (0.35, None)
    assert (observation.flag, observation.why) == (Flag.FAIL, Why.LOOP_FAULT)


def test_an_observation_carries_its_channel_time_and_calibration() -> None:
    """Proof travels with the value."""
    channel = measure()
    observation = channel.observe(Reading("conductivity", 1.0), AT)
    assert (observation.channel, observation.at) == (channel.channel, AT)
    assert observation.calibration == channel.converter.calibration


@given(st.floats(), st.sampled_from(Doubt))
def test_only_a_finite_number_inside_all_limits_is_good(raw: float, doubt: Doubt) -> None:
    """NaN and infinity are never good, are not stored, and never break the judgement."""
    observation = measure().observe(Reading("conductivity", raw, doubt), AT)
    inside = doubt is Doubt.NONE and math.isfinite(raw) and EXPECT.low <= round(raw * 1000, 1) <= EXPECT.high
    assert (observation.flag is Flag.GOOD) is inside
    assert (observation.flag is Flag.GOOD) is (observation.why is Why.NONE)
    assert observation.raw == (raw if math.isfinite(raw) else None)
    assert observation.value is None or math.isfinite(observation.value)


@given(st.floats())
def test_the_same_number_is_judged_the_same_by_both_ranges(number: float) -> None:
    """Span and expectation are both closed intervals; NaN lies in neither."""
    spec = ChannelSpec("ph", "pH", -3.0, 7.0)
    inside = -3.0 <= number <= 7.0
    assert (in_span(number, spec).flag is Flag.GOOD) is inside
    assert (as_expected(number, Limits(-3.0, 7.0)).flag is Flag.GOOD) is inside


VERDICTS = st.builds(
    Verdict,
    st.sampled_from(Flag),
    st.sampled_from(Why),
)


@given(st.lists(VERDICTS))
def test_verdicts_combine_in_any_order(verdicts: list[Verdict]) -> None:
    """Missing beats fail beats suspect beats good beats not evaluated, and no reason is lost."""
    weight = [Flag.NOT_EVALUATED, Flag.GOOD, Flag.SUSPECT, Flag.FAIL, Flag.MISSING]
    together = combine(*verdicts)
    assert together.flag == max(
        [verdict.flag for verdict in verdicts] or [Flag.NOT_EVALUATED], key=weight.index
    )
    assert all(verdict.why in together.why for verdict in verdicts)
    assert combine(*reversed(verdicts)) == together
