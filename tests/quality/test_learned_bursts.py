"""Turbidity that bursts: believed at once, when it comes back, at its hour; storms are left alone."""

from __future__ import annotations

from agent.acquire.quality.learned.scene import Scene
from agent.model import Why
from tests.quality.learned_series import DAY, day, judged, learner

WEEK = 7 * DAY


def usual(count: int = WEEK + DAY) -> list[float]:
    return day(count, 4.0, 0.3, 0.3)


def with_burst(*values: float, at: int = WEEK) -> list[float]:
    series = usual()
    series[at : at + len(values)] = values
    return series


def test_a_high_burst_is_known_at_once() -> None:
    said = judged(learner("turbidity"), with_burst(400.0))
    assert said.now == {WEEK: Why.SPIKE}


def test_a_lower_one_when_it_has_come_back() -> None:
    said = judged(learner("turbidity"), with_burst(26.0, 24.0))
    assert said.now == {}
    assert said.late == {WEEK + 1: Why.SPIKE}


def test_one_that_lasts_longer_than_an_hour_is_none() -> None:
    heights = [height for height in range(10, 30) if judged(learner("turbidity"), with_burst(height)).late]
    assert judged(learner("turbidity"), with_burst(*[heights[0]] * 3)).late == {WEEK + 2: Why.SPIKE}
    assert judged(learner("turbidity"), with_burst(*[heights[0]] * 5)) == ({}, {})


def test_what_is_high_for_an_hour_is_a_flood_from_then_on() -> None:
    """How long it takes to tell a flood from a burst when the water turns brown within one value."""
    said = judged(learner("turbidity"), with_burst(*[400.0] * DAY))
    assert said.now == dict.fromkeys(range(WEEK, WEEK + 5), Why.SPIKE)
    assert said.late == {}


def test_a_drop_is_none() -> None:
    assert judged(learner("turbidity"), with_burst(0.0)) == ({}, {})


def test_a_small_one_is_believed_at_the_hour_when_they_come() -> None:
    """The same height at another hour is left alone."""
    daily = usual()
    for each in range(6):
        daily[(each + 1) * DAY + 60] = 12.0
    assert judged(learner("turbidity"), with_burst(12.0)) == ({}, {})
    at_its_hour = judged(learner("turbidity"), [*daily[:WEEK], *usual()[:60], 12.0, 4.0])
    assert WEEK + 60 in at_its_hour.now | at_its_hour.late
    at_another = judged(learner("turbidity"), [*daily[:WEEK], *usual()[:30], 12.0, 4.0])
    assert WEEK + 30 not in at_another.now | at_another.late


def beside_conductivity(turbidities: list[float], conductivities: list[float | None]) -> dict[int, Why]:
    scene = Scene()
    turbidity, conductivity = learner("turbidity", scene, "t"), learner("conductivity", scene, "c")
    said: dict[int, Why] = {}
    for index, (cloud, salt) in enumerate(zip(turbidities, conductivities, strict=True)):
        judged(conductivity, [salt], index)
        one = judged(turbidity, [cloud], index)
        said |= one.now
    return said


def test_it_takes_more_while_conductivity_follows_a_storm() -> None:
    salt: list[float | None] = [*day(WEEK + DAY, 400, 10, 2)]
    diluted = [*salt[:WEEK], *[370.0] * DAY]
    lowest = next(height for height in range(20, 400) if beside_conductivity(with_burst(height), salt))
    assert not beside_conductivity(with_burst(lowest), diluted)
    assert beside_conductivity(with_burst(lowest * 3), diluted)


def test_it_takes_less_while_a_neighbour_loses_its_value() -> None:
    salt: list[float | None] = [*day(WEEK + DAY, 400, 10, 2)]
    cut = [*salt[:WEEK], None, *salt[WEEK + 1 :]]
    assert beside_conductivity(with_burst(20.0), salt) == {}
    assert beside_conductivity(with_burst(20.0), cut) == {WEEK: Why.SPIKE}


def test_a_neighbour_that_is_always_away_is_no_news() -> None:
    salt: list[float | None] = [*day(WEEK - DAY, 400, 10, 2), *[None] * (2 * DAY)]
    assert beside_conductivity(with_burst(20.0), salt) == {}
