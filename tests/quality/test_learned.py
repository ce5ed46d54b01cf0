"""A channel that learns what it usually does: what it holds against a value, and what it leaves alone."""

from __future__ import annotations

import json
from math import sin
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acquire.quality.contract import Sample
from agent.acquire.quality.learned.learned import Learned
from agent.acquire.quality.learned.memory import WARM_VALUES
from agent.acquire.quality.learned.scene import Scene
from agent.acquire.quality.learned.traits import TRAITS
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED
from agent.model import Flag, Why
from agent.quantity import QUANTITIES
from tests.quality.learned_series import DAY, PERIOD_S, Said, day, judged, learner, noise

WEEK = 7 * DAY


def test_every_quantity_with_traits_is_one_that_a_station_knows() -> None:
    assert TRAITS.keys() <= QUANTITIES.keys()


def test_it_says_nothing_before_it_has_learned_and_then_says_good() -> None:
    test = learner("temperature")
    outcomes = [
        test.update(Sample(index * PERIOD_S, value)) for index, value in enumerate(day(DAY * 2, 10, 3, 0.1))
    ]
    assert [outcome.now for outcome in outcomes] == [NOT_EVALUATED] * (WARM_VALUES - 1) + [GOOD] * (
        DAY * 2 - WARM_VALUES + 1
    )
    assert {outcome.before for outcome in outcomes} == {GOOD, NOT_EVALUATED}


@pytest.mark.parametrize(
    ("quantity", "middle", "swing", "grain", "fault"),
    [
        ("ph", 8.0, 0.2, 0.02, 0.0),
        ("temperature", 10.0, 4.0, 0.1, 0.0),
        ("dissolved_oxygen", 9.0, 1.0, 0.05, 0.0),
        ("conductivity", 400.0, 10.0, 1.0, 0.0),
        ("barometric_pressure", 95.0, 1.0, 0.05, 0.0),
        ("orp", 250.0, 20.0, 2.0, 900.0),
    ],
)
def test_a_lost_signal_is_a_step_and_its_return_is_another(
    quantity: str, middle: float, swing: float, grain: float, fault: float
) -> None:
    """Nothing was configured, and nothing else in two weeks is held against the channel."""
    values = day(2 * WEEK, middle, swing, grain)
    values[WEEK : WEEK + 3] = [fault] * 3
    said = judged(learner(quantity), values)
    assert said.now == {WEEK: Why.RATE, WEEK + 3: Why.RATE}
    assert said.late == {}


def test_what_is_a_fault_on_a_quiet_site_is_nothing_on_a_lively_one() -> None:
    quiet, lively = day(WEEK, 10, 1, 0.02), day(WEEK, 10, 1, 0.5)
    assert judged(learner("temperature"), [*quiet, quiet[-1] + 1.5]).now == {WEEK: Why.RATE}
    assert judged(learner("temperature"), [*lively, lively[-1] + 1.5]).now == {}


def test_a_lone_spike_is_known_when_the_next_value_comes() -> None:
    """It takes less than a step does, since noise seldom goes up and back by the same."""
    usual = day(WEEK, 8.0, 0.1, 0.01)
    spiked = [[*usual[:-2], usual[-2] + 0.01 * height, usual[-1]] for height in range(1, 40)]
    said = [judged(learner("ph"), values) for values in spiked]
    assert said[0] == ({}, {})
    assert ({}, {WEEK - 2: Why.SPIKE}) in said
    # The honest value behind it is not blamed for coming back.
    assert said[-1] == ({WEEK - 2: Why.RATE}, {WEEK - 2: Why.SPIKE})
    beyond = [*usual[:-2], usual[-2] + 0.4, usual[-1] - 0.19]
    assert judged(learner("ph"), beyond).now == {WEEK - 2: Why.RATE, WEEK - 1: Why.RATE}


def test_the_smallest_step_that_an_instrument_can_show_is_never_far() -> None:
    """A level in whole centimetres that stood still for weeks."""
    still = [251.57] * DAY + [251.56] + [251.57] * (4 * WEEK)
    assert judged(learner("water_level"), [*still, 251.56, 251.57, 251.58]) == ({}, {})


def test_a_step_across_lost_values_may_be_as_much_larger() -> None:
    rising = [10 + 0.1 * index + 0.01 * noise(index) for index in range(WEEK)]
    gap: list[float | None] = [None] * 10
    assert judged(learner("temperature"), [*rising, *gap, rising[-1] + 1.1]).now == {}
    assert judged(learner("temperature"), [*rising, rising[-1] + 1.1]).now == {WEEK: Why.RATE}


def test_after_a_long_silence_nothing_is_compared() -> None:
    test = learner("temperature")
    judged(test, day(WEEK, 10, 1, 0.02))
    outcome = test.update(Sample((WEEK + DAY) * PERIOD_S, 25.0))
    assert outcome == (NOT_EVALUATED, NOT_EVALUATED)


def stopped(ph: list[float], jolt: float) -> list[float]:
    """The last value twice more, as a logger repeats it, then what the moved electrode says."""
    return [*ph, ph[-1], ph[-1], ph[-1] + jolt]


def together(ph_values: list[float], lost: set[int]) -> dict[int, Why]:
    """What is held against pH while a thermometer beside it loses its value at some times."""
    scene = Scene()
    ph, thermometer = learner("ph", scene, "ph"), learner("temperature", scene, "thermometer")
    said: dict[int, Why] = {}
    for index, (value, warmth) in enumerate(zip(ph_values, day(len(ph_values), 9, 2, 0.1), strict=True)):
        judged(thermometer, [None if index in lost else warmth], index)
        said |= judged(ph, [value], index).now
    return said


def test_a_jolt_after_a_neighbours_outage_is_suspect_though_it_is_small() -> None:
    usual = day(WEEK, 8.0, 0.1, 0.01)
    outage = {WEEK, WEEK + 1}
    assert together(stopped(usual, -0.03), outage) == {WEEK + 2: Why.SHIFT}
    assert together(stopped(usual, -0.03), set()) == {}
    assert together(stopped(usual, -0.01), outage) == {}


def test_one_that_went_on_measuring_through_the_outage_has_been_compared() -> None:
    usual = [*day(WEEK, 8.0, 0.1, 0.01), 8.0]
    going = [usual[-1] + 0.01, usual[-1] + 0.02, usual[-1] - 0.01]
    assert together([*usual, *going], {WEEK + 1, WEEK + 2}) == {}


def test_news_of_an_outage_is_news_for_an_hour() -> None:
    usual = day(WEEK, 8.0, 0.1, 0.01)
    repeated = [usual[-1]] * 6
    assert together([*usual, *repeated, usual[-1] - 0.05], {WEEK}) == {}
    assert together([*usual, *repeated, usual[-1] - 0.05], {WEEK, WEEK + 2}) == {WEEK + 6: Why.SHIFT}


def test_one_that_stood_still_long_before_was_not_stopped_by_it() -> None:
    usual = day(WEEK, 8.0, 0.1, 0.01)
    assert together([*usual, *[usual[-1]] * 12, usual[-1] - 0.05], {WEEK + 9, WEEK + 10}) == {}


@pytest.mark.parametrize("lost", [set(range(WEEK * 2)), set(range(7, WEEK * 2, DAY))])
def test_a_neighbour_that_keeps_failing_is_no_news(lost: set[int]) -> None:
    """A dead channel, and one that loses a value each day, beside an electrode that shows hundredths."""
    assert together(stopped(day(WEEK * 2 - 3, 8.0, 0.1, 0.01), -0.03), lost) == {}


def test_who_often_stands_still_was_not_stopped_by_an_outage() -> None:
    """At one value a minute an electrode shows the same hundredth for minutes."""
    scene = Scene()
    ph = Learned(name="ph", traits=TRAITS["ph"], scene=scene, period_s=60.0)
    outcomes = []
    for minute in range(1440 * 4):
        outcomes.append(ph.update(Sample(minute * 60.0, round(8 + 0.1 * sin(minute / 229), 2))))
        if minute % 1700 == 1600:
            scene.lost("oxygen", minute * 60.0 + 1)
    assert {outcome.now.why for outcome in outcomes} == {Why.NONE}


@pytest.mark.parametrize("many", [1, 20])
def test_the_more_may_speak_of_a_storm_the_surer_each_must_be(many: int) -> None:
    scene = Scene()
    ec = learner("conductivity", scene, "ec")
    for other in range(many):
        scene.speaks(f"{other}")
    told = learner("conductivity", scene, "told")
    values = day(WEEK, 400.0, 10.0, 1.0)
    judged(told, [*values, values[-1] * 1.1])
    judged(ec, values)
    assert scene.is_stirred("ec", WEEK * PERIOD_S) is (many == 1)


@pytest.mark.parametrize("begin", [8, 24, DAY])
def test_a_bad_beginning_is_forgotten_in_weeks(begin: int) -> None:
    """Two numbers in turn, as of a loose contact; four weeks later a fault of a quarter is found."""
    usual = day(WEEK * 4, 450, 10, 1)
    values = [4000.0 if index % 2 and index < begin else value for index, value in enumerate(usual)]
    said = judged(learner("conductivity"), [*values, *[values[-1] * 1.25] * 2])
    assert said.late[WEEK * 4] == Why.RATE


def test_a_fault_that_keeps_coming_does_not_become_normal() -> None:
    """Three values in a hundred, for two months."""
    values = [
        value * (1.5 if index % 33 == 32 else 1) for index, value in enumerate(day(WEEK * 8, 450, 10, 1))
    ]
    said = judged(learner("conductivity"), values)
    faults = set(range(32 + 33 * 30, WEEK * 8 - 1, 33))
    assert faults <= said.now.keys() | said.late.keys()


def test_a_site_that_has_become_livelier_is_believed_after_some_days() -> None:
    chance = Random(1)
    lively = [200 + chance.gauss(0, 1) for _ in range(WEEK * 2)]
    said = judged(learner("temperature"), [*day(WEEK, 200, 1, 0.02), *lively])
    assert said.now.keys() | said.late.keys() <= set(range(WEEK + 3 * DAY))
    assert said.now


def test_an_instrument_that_is_asked_each_second_is_not_known_after_minutes() -> None:
    test = Learned(name="level", traits=TRAITS["water_level"], scene=Scene(), period_s=1.0)
    outcomes = [test.update(Sample(float(second), second % 2 / 100)) for second in range(22_000)]
    assert outcomes[21_599].now == NOT_EVALUATED
    assert outcomes[21_600].now == GOOD


def test_its_own_outage_tells_a_channel_nothing() -> None:
    usual: list[float | None] = list(day(WEEK, 8.0, 0.1, 0.01))
    assert judged(learner("ph"), [*usual, None, usual[-1], 7.96]).now == {}


def flood(levels: list[float], turbidities: list[float]) -> Said:
    """What is held against a level that is read before the turbidity beside it."""
    scene = Scene()
    level, turbidity = learner("water_level", scene, "level"), learner("turbidity", scene, "turbidity")
    said = Said({}, {})
    for index, (height, cloud) in enumerate(zip(levels, turbidities, strict=True)):
        outcome = level.update(Sample(index * PERIOD_S, height))
        judged(turbidity, [cloud], index)
        if outcome.now.flag >= Flag.SUSPECT:
            said.now[index] = outcome.now.why
        if outcome.before.flag >= Flag.SUSPECT:
            said.late[index - 1] = outcome.before.why
    return said


def test_a_level_that_leaps_is_a_flood_when_the_water_turns_brown() -> None:
    """Known one value late: the turbidity may be read after the level. No storm empties a river at once."""
    level, clear = day(WEEK, 0.6, 0.02, 0.01), day(WEEK + 2, 5, 0.5, 0.3)
    up, down = [*level, level[-1] + 0.3, level[-1] + 0.3], [*level, level[-1] - 0.3, level[-1] - 0.3]
    brown = [*clear[:-2], 60.0, 60.0]
    assert flood(up, brown) == ({}, {})
    assert flood(up, clear) == ({}, {WEEK: Why.RATE})
    assert flood(down, brown) == ({WEEK: Why.RATE}, {})


def test_a_storm_excuses_no_nonsense() -> None:
    level, clear = day(WEEK + 1, 0.6, 0.02, 0.01), day(WEEK + 1, 5, 0.5, 0.3)
    assert flood([*level[:-1], 9.0], [*clear[:-1], 60.0]).now == {WEEK: Why.RATE}


VALUES = st.lists(
    st.one_of(st.none(), st.floats(-10, 100), st.sampled_from([7.0, 7.01, 7.5])), min_size=1, max_size=40
)


@settings(max_examples=40)
@given(VALUES, VALUES, st.sampled_from(sorted(TRAITS)))
def test_it_goes_on_after_a_restart_as_if_there_had_been_none(
    before: list[float | None], after: list[float | None], quantity: str
) -> None:
    """The memory through JSON: every word that follows is the same, for every quantity."""
    test, other = learner(quantity), learner(quantity)
    judged(test, day(DAY, 7.0, 0.2, 0.05))
    judged(test, before, DAY)
    other.restore(json.loads(json.dumps(test.state())))
    first = DAY + len(before)
    assert judged(other, after, first) == judged(test, after, first)
    assert other.state() == test.state()


@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("wrong", [None, 1, [], ["x"], {"a": 1}, [[None]]])
def test_it_takes_up_no_memory_that_is_not_one(part: int, wrong: object) -> None:
    test = learner("turbidity")
    judged(test, day(DAY, 5, 1, 0.5))
    state = json.loads(json.dumps(test.state()))
    state[part] = wrong
    with pytest.raises(ValueError, match=r"expected|another quantity"):
        learner("turbidity").restore(state)


def test_it_takes_up_no_memory_of_another_kind_of_quantity() -> None:
    with pytest.raises(ValueError, match="another quantity"):
        learner("ph").restore(learner("turbidity").state())


@settings(max_examples=30)
@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=30), st.sampled_from(sorted(TRAITS))
)
def test_no_finite_number_breaks_it(values: list[float], quantity: str) -> None:
    test = learner(quantity)
    judged(test, day(DAY, 7, 0.2, 0.05))
    for index, value in enumerate(values, DAY):
        outcome = test.update(Sample(index * PERIOD_S, value))
        assert outcome.now.flag in {Flag.GOOD, Flag.SUSPECT}
    json.dumps(test.state(), allow_nan=False)


def test_what_it_remembers_does_not_grow() -> None:
    test = learner("turbidity")
    judged(test, day(2 * WEEK, 5, 1, 0.5))
    early = len(json.dumps(test.state()))
    judged(test, day(2 * WEEK, 5, 1, 0.5), 2 * WEEK)
    assert len(json.dumps(test.state())) < 1.2 * early
