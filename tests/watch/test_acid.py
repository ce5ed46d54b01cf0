"""Water that turns acid is told in time; what only looks like it is not; a lost probe hides nothing."""

from __future__ import annotations

import math

import pytest

from agent.model import Severity
from agent.watch.contract import DAY, Hazard, Phase, Role
from agent.watch.plan import Hold, Plan
from agent.watch.watch import Watch
from tests.watch.water_site import alarms, fallen, hours, risen, ticks, told

QUIET_DAYS, SHORT_DAYS = 30, 19


def test_a_quiet_stream_says_nothing() -> None:
    assert told(ticks(QUIET_DAYS)) == []


@pytest.mark.parametrize(
    ("drop", "share", "length_h", "within_h"),
    [(1.5, 0.2, 1.0, 4.0), (0.6, 0.5, 3.0, 4.0), (2.0, 1.0, 36.0, 10.0), (0.9, 0.11, 0.5, 5.0)],
)
def test_acid_water_is_told_within_hours(drop: float, share: float, length_h: float, within_h: float) -> None:
    changes = {Role.PH: fallen(drop, length_h), Role.EC: risen(share, length_h)}
    found = alarms(told(ticks(SHORT_DAYS, changes)))
    assert 0.0 < hours(found[0]) <= within_h
    assert found[0].mechanism == "acid_water"
    assert found[0].evidence["ph_below_lowest_days"] > 0.1
    assert found[0].evidence["ec_above_highest_days_pct"] > 3.0


def test_below_the_limit_it_is_red() -> None:
    changes = {Role.PH: fallen(2.5, 2.0), Role.EC: risen(0.3, 2.0)}
    found = alarms(told(ticks(SHORT_DAYS, changes)))
    assert Severity.RED in [each.level for each in found]
    assert [each.phase for each in found].count(Phase.RAISED) == 1


def test_metals_without_acid_show_in_conductivity_alone() -> None:
    found = alarms(told(ticks(20, {Role.EC: risen(0.8, 48.0)})))
    assert found[0].mechanism == "neutral_drainage"
    assert hours(found[0]) <= 48.0


def test_weeks_of_decline_are_told_within_a_week() -> None:
    changes = {Role.PH: fallen(1.4, 20 * 24.0), Role.EC: risen(0.4, 20 * 24.0)}
    found = alarms(told(ticks(25, changes)))
    assert hours(found[0]) <= 7 * 24.0


def test_what_takes_days_to_show_is_no_news_again_on_the_day_after() -> None:
    found = alarms(told(ticks(26, {Role.EC: risen(0.8, 48.0)})))
    assert [each.level for each in found] == [Severity.YELLOW, Severity.ORANGE]
    assert found[1].evidence["for_h"] == found[1].evidence["for_h_from"] == 96.0


def test_a_probe_that_drifts_while_a_flood_runs_off_is_no_decline() -> None:
    """Conductivity comes back up to where it was: both go their ways, neither is beyond its weeks."""
    changes = {
        Role.PH: fallen(0.7, 8 * 24.0),
        Role.EC: lambda since_h, value: value * (1.0 - 0.3 * math.exp(-since_h / 96.0)),
        Role.RAIN: lambda since_h, value: 2.0 if since_h < 8.0 else value,
    }
    assert alarms(told(ticks(24, changes))) == []


def test_near_the_limit_no_probe_is_given_the_benefit_of_a_flood() -> None:
    """The same flood, but pH goes where bicarbonate would hold it: somebody must look, be it the probe."""
    changes = {
        Role.PH: fallen(2.4, 16 * 24.0),
        Role.EC: lambda since_h, value: value * (1.0 - 0.3 * math.exp(-since_h / 200.0)),
        Role.RAIN: lambda since_h, value: 2.0 if since_h < 8.0 else value,
    }
    found = alarms(told(ticks(31, changes)))
    assert found
    assert found[0].mechanism == "slow_acidification"


@pytest.mark.parametrize("lost", [Role.EC, Role.RAIN])
def test_a_channel_that_is_not_there_hides_nothing(lost: Role) -> None:
    changes = {Role.PH: fallen(2.5, 2.0), Role.EC: risen(0.3, 2.0)}
    assert hours(alarms(told(ticks(SHORT_DAYS, changes, without=[lost])))[0]) <= 24.0


@pytest.mark.parametrize("role", [Role.PH, Role.EC, Role.RAIN])
def test_a_channel_that_falls_silent_raises_no_hazard(role: Role) -> None:
    found = told(ticks(SHORT_DAYS, {role: lambda _hours, _value: None}))
    assert alarms(found) == []


@pytest.mark.parametrize(
    "value",
    [
        lambda since_h, value: 7.0 if since_h > 1.0 else value,  # cracked glass
        lambda since_h, value: value - 0.004 * since_h,  # an ageing electrode: 0.1 a day
        lambda since_h, value: 0.0 if since_h < 30.0 else value,  # a rail
        lambda since_h, value: (since_h * 37.7) % 13.0 if since_h < 30.0 else value,  # an open wire
        lambda since_h, value: value - 0.3,  # calibrated, unannounced
    ],
)
def test_a_sick_probe_of_ph_is_told_as_that(value: object) -> None:
    found = told(ticks(25, {Role.PH: value}))  # type: ignore[dict-item]
    assert alarms(found) == []
    assert {each.hazard for each in found} == {Hazard.SENSOR}
    assert found[0].subject == "ph-1"
    assert found[0].level is Severity.BLUE


def test_a_calibration_visit_is_no_acid_pulse() -> None:
    changes = {
        Role.PH: lambda since_h, value: 4.0 if since_h < 2.5 else value,
        Role.EC: lambda since_h, value: 1413.0 if since_h < 2.5 else value,
    }
    assert alarms(told(ticks(SHORT_DAYS, changes))) == []


def test_salt_off_a_road_is_no_seep() -> None:
    assert alarms(told(ticks(SHORT_DAYS, {Role.EC: risen(1.5, 1.0, 8.0)}))) == []


def test_a_storm_dilutes_and_is_no_hazard() -> None:
    changes = {
        Role.PH: fallen(0.4, 3.0),
        Role.EC: risen(-0.4, 3.0),
        Role.RAIN: lambda since_h, value: 2.0 if since_h < 4.0 else value,
    }
    assert alarms(told(ticks(SHORT_DAYS, changes))) == []


def test_acid_in_a_storm_is_told_all_the_same() -> None:
    changes = {
        Role.PH: fallen(2.5, 3.0),
        Role.EC: risen(-0.2, 3.0),
        Role.RAIN: lambda since_h, value: 2.0 if since_h < 4.0 else value,
    }
    assert hours(alarms(told(ticks(SHORT_DAYS, changes)))[0]) <= 12.0


def test_it_clears_once_the_water_is_itself_again() -> None:
    changes = {
        Role.PH: lambda since_h, value: value - 1.5 if since_h < 30.0 else value,
        Role.EC: risen(0.3, 0.1, 30.0),
    }
    watch = Watch(Plan(acid_drainage=Hold(off=2 * DAY)))  # nothing latches
    found = [each for each in told(ticks(20, changes), watch) if each.hazard is Hazard.ACID]
    assert found[-1].phase is Phase.CLEARED
    assert [each.phase for each in found].count(Phase.RAISED) == 1


def test_a_silent_probe_makes_nothing_worse_and_ends_nothing() -> None:
    """A finding from hour 5 on; nobody speaks from hour 12 to hour 84, longer than quiet must last."""
    changes = {
        Role.PH: lambda since_h, value: None if 12.0 <= since_h < 84.0 else value - 0.5,
        Role.EC: lambda since_h, value: None if 12.0 <= since_h < 84.0 else value * 1.2,
    }
    found = [each for each in told(ticks(20.5, changes)) if each.hazard is Hazard.ACID]
    assert [each.phase for each in found if hours(each) < 84.0] == [Phase.RAISED]
    assert Phase.CLEARED not in [each.phase for each in found]
    assert all(each.evidence["for_h"] <= hours(each) - 72.0 for each in found if hours(each) > 84.0)


def test_a_step_of_ph_is_no_step_of_the_probe_while_acid_stands() -> None:
    """Conductivity has come to rest while pH falls once more."""
    changes = {
        Role.PH: lambda since_h, value: value - (0.5 if since_h < 24.0 else 0.9),
        Role.EC: risen(0.2, 2.0),
    }
    found = told(ticks(18.5, changes))
    assert alarms(found)
    assert [each for each in found if each.hazard is Hazard.SENSOR] == []
