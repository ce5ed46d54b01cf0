"""How near the calm came to each threshold, on shares that are made up."""

from __future__ import annotations

from math import exp, factorial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.model import Severity
from agent.replay.calm import Calm, Rate
from agent.replay.poisson import at_most
from agent.replay.rates import rate_lines, together
from agent.watch.contract import Finding, Hazard, Phase, Role
from agent.watch.plan import Plan
from agent.watch.vigil import Alarm
from agent.watch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY_S = 86_400.0
_BLOCK_S = 900.0
_SEEING = {Hazard.ACID, Hazard.GROUND}


def _calm(days: float, shares: Mapping[str, Mapping[Any, float]], seeing: set[Hazard] = _SEEING) -> Calm:
    """Blocks of quiet with, by rule and hour, a share."""
    calm = Calm([*Role])
    for block in range(round(days * 96)):
        now = {rule: some.get(block / 4, 0.0) for rule, some in shares.items()}
        calm.add(block * _BLOCK_S, now, seeing)
    return calm


def _alarm(
    at_s: float, phase: Phase = Phase.RAISED, level: Severity = Severity.YELLOW, of: str = "acid_water"
) -> Alarm:
    hazard = Hazard.GROUND if of == "head_loss" else Hazard.ACID
    finding = Finding(at_s, hazard, "", phase, level, 0.8, {}, "cause", "advice", of)
    return Alarm(f"{hazard}-1", at_s, finding)


def _rate(calm: Calm, *alarms: Alarm, rule: str = "acid_water") -> Rate:
    return next(rate for rate in calm.rates(alarms) if rate.rule == rule)


def test_an_approach_counts_at_every_mark_that_it_reached() -> None:
    calm = _calm(30, {"acid_water": {100: 0.6, 101: 0.8, 102: 0.55, 300: 0.5, 500: 1.2}})
    assert _rate(calm).reached == (3, 2, 1)


def test_what_comes_again_within_a_day_is_the_same_approach() -> None:
    calm = _calm(30, {"acid_water": {100: 0.6, 123: 0.9, 146: 0.6, 171: 0.6}})
    assert _rate(calm).reached == (2, 1, 0)


def test_years_are_those_in_which_the_rule_could_have_spoken() -> None:
    assert _rate(_calm(365.25, {"acid_water": {}})).years == pytest.approx(1.0)
    assert not _calm(36, {"acid_water": {1: 0.9}}, {Hazard.GROUND}).rates([])


def test_a_value_an_hour_makes_as_many_years_and_silence_none() -> None:
    calm = Calm([*Role])
    for hour in [*range(24 * 100), *range(24 * 500, 24 * 600)]:
        calm.add(hour * 3600.0, {"head_loss": 0.0}, _SEEING)
    assert calm.rates([])[0].years * 365.25 == pytest.approx(200, abs=0.1)


@pytest.mark.parametrize(
    ("roles", "rules"),
    [
        ({Role.PH}, {"acid_water_ph"}),
        ({Role.PH, Role.EC}, {"acid_water_ph", "acid_water"}),
        ({Role.CRACK, Role.SOIL}, {"movement"}),
        ({Role.HEAD}, {"head_loss"}),
    ],
)
def test_a_rule_that_has_nothing_to_look_at_is_not_praised_for_its_silence(
    roles: set[Role], rules: set[str]
) -> None:
    calm = Calm(roles)
    calm.add(900.0, dict.fromkeys(["acid_water", "acid_water_ph", "movement", "head_loss"], 0.0), _SEEING)
    assert {rate.rule for rate in calm.rates([])} == rules


def test_movement_needs_no_piezometer_to_have_learned() -> None:
    calm = Calm([Role.TILT])
    calm.add(900.0, {"movement": 0.0, "head_loss": 0.0}, set())
    assert [rate.rule for rate in calm.rates([])] == ["movement"]


def test_an_alarm_and_the_days_before_it_are_no_calm() -> None:
    shares = {"acid_water": {10 * 24 + 5: 0.8, 12 * 24: 1.3, 20 * 24: 0.7}, "head_loss": {12 * 24: 0.6}}
    calm = _calm(30, shares)
    told = _alarm(12 * _DAY_S)
    assert _rate(calm).reached == (3, 2, 1)
    rate = _rate(calm, told)
    assert (rate.reached, rate.told) == ((1, 0, 0), 1)
    assert rate.years * 365.25 == pytest.approx(30 - 3 - 2)
    assert _rate(calm, told, rule="head_loss").reached == (1, 0, 0)


def test_an_advisory_is_calm() -> None:
    calm = _calm(30, {"acid_water": {12 * 24: 0.8}})
    assert _rate(calm, _alarm(12 * _DAY_S, level=Severity.BLUE)).reached == (1, 1, 0)


def test_a_latched_alarm_does_not_take_the_rest_of_the_history() -> None:
    shares = {"acid_water": dict.fromkeys(range(240, 300), 1.5) | {25 * 24: 0.6}}
    rate = _rate(_calm(30, shares), _alarm(10 * _DAY_S, level=Severity.RED))
    assert rate.reached == (1, 0, 0)
    assert rate.years * 365.25 > 20


def test_of_no_alarm_in_t_years_there_may_be_three_over_t_a_year() -> None:
    assert at_most(0) == pytest.approx(2.9957, abs=1e-3)
    assert at_most(1000) == pytest.approx(1053.6, abs=0.3)  # chi-square of 2002 at 0.95, halved
    assert Rate("acid_water", 2.0, (0, 0, 0), 0).at_most_per_year() == pytest.approx(1.498, abs=1e-3)
    assert Rate("acid_water", 0.0, (0, 0, 0), 0).at_most_per_year() is None


def test_what_was_told_may_have_been_false_too() -> None:
    rate = Rate("acid_water", 2.0, (1, 0, 0), 3)
    assert rate.at_most_per_year(with_told=True) == at_most(3) / 2.0
    assert rate.at_most_per_year() == at_most(0) / 2.0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 60))
def test_the_bound_is_where_so_few_come_once_in_twenty(seen: int) -> None:
    mean = at_most(seen)
    assert sum(exp(-mean) * mean**k / factorial(k) for k in range(seen + 1)) == pytest.approx(0.05)


def test_stations_are_counted_together() -> None:
    one, other = Rate("movement", 0.5, (3, 1, 0), 0), Rate("movement", 1.0, (1, 1, 1), 2)
    assert together([[one], [other], []]) == [Rate("movement", 1.5, (4, 2, 1), 2)]


def test_a_short_history_says_that_it_is_short() -> None:
    short = rate_lines([Rate("movement", 0.5, (3, 1, 0), 0)], Plan(), "as it is")
    assert "too short" in short[-1]
    assert "5.99" in short[2]
    assert "too short" not in rate_lines([Rate("movement", 4.0, (3, 1, 0), 0)], Plan(), "as it is")[-1]
    assert "never known" in rate_lines([], Plan(), "as it is")[0]


def test_less_than_five_weeks_make_no_rate() -> None:
    few, enough = (
        rate_lines([Rate("movement", years, (0, 0, 0), 1)], Plan(), "")[2] for years in (0.09, 0.1)
    )
    assert few.split()[5:8] == ["-", "1", "-"]
    assert enough.split()[5:8] == ["29.96", "1", "47.44"]


def test_beside_each_rule_stands_the_key_that_moves_it() -> None:
    plan = Plan(subsidence=Plan().subsidence._replace(evidence=1.5))
    rates = [Rate("acid_water", 1.0, (0, 0, 0), 0), Rate("head_loss", 1.0, (0, 0, 0), 0)]
    ends = [line.rsplit("   ", 1)[1] for line in rate_lines(rates, plan, "")[1:4]]
    assert ends == ["moved by", "watch.acid_drainage.evidence = 1", "watch.subsidence.evidence = 1.5"]


def test_every_rule_that_the_detectors_have_is_followed_where_its_instruments_are() -> None:
    rules = Watch(Plan()).shares
    calm = Calm([*Role])
    calm.add(0.0, rules, _SEEING)
    assert {rate.rule for rate in calm.rates([])} == {*rules}
    nothing = Calm([Role.RAIN])
    nothing.add(0.0, rules, _SEEING)
    assert not nothing.rates([])
