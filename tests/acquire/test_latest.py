"""The newest values in memory."""

from __future__ import annotations

import pytest

from agent.acquire.latest import Latest, Newest, age_s
from agent.clock import NS
from agent.model import Flag, Instant, Judgement, Observation, Trust, Why
from drivers.contract import Reading
from tests.acquire.rig import measures

PH = measures("ph-3")[0]


def at(mono_s: int) -> Instant:
    """A moment; the wall clock runs backwards, to show that nobody looks at it."""
    return Instant(-mono_s * NS, mono_s * NS, Trust.NONE)


def good(value: float, mono_s: int) -> Observation:
    """A good observation."""
    return PH.observe(Reading("ph", value), at(mono_s))


def test_a_channel_never_heard_of_is_not_there() -> None:
    """Nothing is invented before the first observation."""
    assert Latest().snapshot() == {}


def test_the_last_observation_and_the_last_good_value_are_kept_apart() -> None:
    """A missing observation does not hide the last good one, and does not pass for it."""
    latest = Latest()
    missing = PH.missing(Why.NO_ANSWER, at(30))
    latest.put([good(6.1, 10), good(6.2, 20)])
    latest.put([missing])
    assert latest.snapshot() == {"ph-3/ph": Newest(missing, good(6.2, 20))}


def test_a_channel_that_was_never_good_has_no_good_value() -> None:
    """None, not a guess."""
    latest = Latest()
    missing = PH.missing(Why.NO_ANSWER, at(30))
    latest.put([missing])
    assert latest.snapshot()["ph-3/ph"] == Newest(missing, None)


def test_a_snapshot_does_not_change_afterwards() -> None:
    """Who looks may take his time."""
    latest = Latest()
    latest.put([good(6.1, 10)])
    before = latest.snapshot()
    latest.put([good(6.9, 20)])
    assert before["ph-3/ph"].last.value == 6.1


def test_suspect_is_not_good() -> None:
    """It does not serve for compensation."""
    latest = Latest()
    latest.put([good(6.1, 10)._replace(flag=Flag.SUSPECT)])
    assert latest.snapshot()["ph-3/ph"].good is None


@pytest.mark.parametrize(
    ("flag", "why", "serves"),
    [
        (Flag.SUSPECT, Why.FLAT_LINE, True),
        (Flag.SUSPECT, Why.FLAT_LINE | Why.GAP | Why.CLOCK, True),
        (Flag.SUSPECT, Why.FLAT_LINE | Why.MAINTENANCE, False),
        (Flag.SUSPECT, Why.RATE, False),
        (Flag.FAIL, Why.FLAT_LINE, False),
    ],
)
def test_still_air_corrects_as_well_as_moving_air(flag: Flag, why: Why, *, serves: bool) -> None:
    latest, flat = Latest(), good(6.1, 10)._replace(flag=flag, why=why)
    latest.put([flat])
    assert latest.good("ph-3/ph", at(12)).value == (6.1 if serves else None)
    latest.put([good(6.1, 20), Judgement(flat._replace(at=at(20)))])
    assert latest.good("ph-3/ph", at(22)).value == (6.1 if serves else None)


def test_age_is_counted_on_the_monotonic_clock() -> None:
    """Setting the wall clock makes nothing older."""
    assert age_s(good(6.1, 10), at(35)) == 25.0
