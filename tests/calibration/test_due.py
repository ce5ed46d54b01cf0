"""When a calibration is due, and when it has expired: by trusted clocks only, without flapping."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.calibration.due import DAY_S, DUE, ENDLESS, EXPIRED, IN_TIME, UNDATED, Validity, validity
from agent.acquire.calibration.notices import due_notice
from agent.acquire.calibration.standing import Standing
from tests.calibration.rig import RECORD

MADE_S = 1_795_342_500.0  # RECORD.at
TERMS = SimpleNamespace(valid_days=10.0, remind_days=2.0)


def test_the_configuration_goes_before_the_record_and_that_before_what_is_usual() -> None:
    assert RECORD.at_s == MADE_S
    assert validity(RECORD, TERMS) == (MADE_S, MADE_S + 10 * DAY_S, 2 * DAY_S, False)
    silent = SimpleNamespace(valid_days=None, remind_days=2.0)
    assert validity(RECORD, silent).expires_s == MADE_S + 30 * DAY_S
    assert validity(RECORD._replace(valid_days=None), silent).expires_s == MADE_S + 28 * DAY_S
    assert validity(RECORD._replace(valid_days=None, quantity="soil_moisture"), None).expires_s is None


@pytest.mark.parametrize(
    ("verdict", "said"), [("unfinished", "was not finished"), ("reject", "found it unfit for use")]
)
@pytest.mark.parametrize("trust", ["ntp", "none"])
def test_what_is_not_fit_for_use_is_good_for_no_day(verdict: str, said: str, trust: str) -> None:
    """Whatever the configuration says of good ones, and also of a time that nobody knew."""
    record = RECORD._replace(verdict=verdict, at_trust=trust)
    found = validity(record, TERMS)
    assert found.expired(MADE_S)
    assert not found.expired(None)
    notice = due_notice("ph-3/ph", Standing(record, found), MADE_S, IN_TIME)
    assert notice is not None
    assert notice.title == f"the calibration of ph-3/ph {said}"
    assert notice.text.endswith("skyground calibrate ph-3")


@pytest.mark.parametrize("days", [0.0, 0])
def test_zero_days_are_for_ever(days: float) -> None:
    never = SimpleNamespace(valid_days=days, remind_days=7.0)
    assert validity(RECORD, never).expires_s is None
    assert not validity(RECORD, never).expired(9e9)


def test_without_a_date_or_a_record_nothing_expires() -> None:
    assert validity(RECORD._replace(at_trust="none"), TERMS) == (None, None, 0.0, True)
    assert validity(None, TERMS) is ENDLESS
    assert not ENDLESS.expired(9e9)
    assert ENDLESS.stage(9e9) == IN_TIME


def test_only_what_should_have_a_date_lacks_one() -> None:
    unknown = RECORD._replace(at_trust="none", valid_days=None, quantity="soil_moisture")
    assert validity(unknown, TERMS).stage(9e9) == UNDATED
    assert validity(unknown, None).stage(9e9) == IN_TIME
    assert not validity(unknown, TERMS).expired(9e9)


def test_it_expires_at_its_date_and_not_by_a_clock_that_nobody_believes() -> None:
    found = validity(RECORD, TERMS)
    assert not found.expired(MADE_S + 10 * DAY_S - 1)
    assert found.expired(MADE_S + 10 * DAY_S)
    assert not found.expired(None)


def test_the_stages_follow_each_other() -> None:
    found = validity(RECORD, TERMS)
    assert found.stage(MADE_S) == IN_TIME
    assert found.stage(MADE_S + 8 * DAY_S) == DUE
    assert found.stage(MADE_S + 10 * DAY_S) == EXPIRED


@given(st.floats(0, 20 * DAY_S), st.floats(0, DAY_S))
def test_a_clock_that_is_set_back_by_less_than_a_day_takes_nothing_back(
    after_s: float, back_s: float
) -> None:
    found = Validity(MADE_S, MADE_S + 10 * DAY_S, 2 * DAY_S)
    told = found.stage(MADE_S + after_s)
    assert found.stage(MADE_S + after_s - back_s * 0.999, told) == told


def test_what_was_told_is_taken_back_only_by_a_day() -> None:
    found = validity(RECORD, TERMS)
    assert found.stage(MADE_S + 7.5 * DAY_S) == IN_TIME
    assert found.stage(MADE_S + 7.5 * DAY_S, DUE) == DUE
    assert found.stage(MADE_S + 6.5 * DAY_S, DUE) == IN_TIME
    assert found.stage(MADE_S + 9.5 * DAY_S, EXPIRED) == EXPIRED
    assert found.stage(MADE_S + 8.5 * DAY_S, EXPIRED) == DUE


def test_what_is_left_is_told_in_days() -> None:
    told = validity(RECORD, TERMS).as_json(MADE_S + 3 * DAY_S)
    assert told == {"age_d": 3.0, "due_d": 7.0, "expired": False}
    assert validity(RECORD, TERMS).as_json(None) == {"age_d": None, "due_d": None, "expired": False}
