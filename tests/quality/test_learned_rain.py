"""A rain gauge tells its neighbours that a storm is on; of its own values it says nothing."""

from __future__ import annotations

import json

import pytest

from agent.acquire.quality.contract import Sample
from agent.acquire.quality.learned.rain import Rain
from agent.acquire.quality.learned.scene import LATELY_S, Scene
from agent.acquire.quality.verdict import NOT_EVALUATED
from agent.model import Why
from tests.quality.learned_series import DAY, PERIOD_S, Said, day, judged, learner

WEEK = 7 * DAY


def gauge(scene: Scene, *, is_total: bool = False) -> Rain:
    return Rain(name="rain", scene=scene, is_total=is_total)


def wetting(rain_mm: float) -> Said:
    """What is held against soil moisture that leaps up after a week, when so much rain has just fallen."""
    scene = Scene()
    rain, soil = gauge(scene), learner("soil_moisture", scene, "soil")
    judged(soil, day(WEEK, 0.2, 0.01, 0.01))
    outcome = rain.update(Sample(WEEK * PERIOD_S - 1, rain_mm))
    assert outcome == (NOT_EVALUATED, NOT_EVALUATED)
    return judged(soil, [0.2, 0.45, 0.45], WEEK)


def test_soil_that_is_wetted_by_rain_is_believed_and_by_nothing_is_not() -> None:
    assert wetting(4.2) == ({}, {})
    assert wetting(0.0) == ({}, {WEEK + 1: Why.RATE})


def test_after_weeks_without_a_step_the_front_of_rain_is_hundreds_of_the_usual_ones() -> None:
    scene = Scene()
    rain, soil = gauge(scene), learner("soil_moisture", scene, "soil")
    judged(soil, [0.15 + 0.001 * (index % 20 == 0) for index in range(WEEK)])
    rain.update(Sample(WEEK * PERIOD_S, 4.2))
    assert judged(soil, [0.35, 0.35], WEEK) == ({}, {})
    assert judged(soil, [0.15], WEEK + 2).now == {WEEK + 2: Why.RATE}


def test_a_counter_that_goes_on_tells_of_rain_when_it_has_moved() -> None:
    scene = Scene()
    rain = gauge(scene, is_total=True)
    told = []
    for hour, total in enumerate([812.0, 812.0, 812.2, 0.0, 0.2]):
        t_s = hour * 2 * LATELY_S
        rain.update(Sample(t_s, total))
        told.append(scene.is_stirred("soil", t_s))
    assert told == [False, False, True, False, True]


def test_it_goes_on_after_a_restart_and_takes_up_no_nonsense() -> None:
    scene = Scene()
    rain, other = gauge(scene, is_total=True), gauge(scene, is_total=True)
    assert rain.state() is None
    rain.update(Sample(0.0, 812.0))
    other.restore(json.loads(json.dumps(rain.state())))
    other.update(Sample(9000.0, 812.2))
    assert scene.is_stirred("soil", 9000.0)
    with pytest.raises(ValueError, match="expected"):
        other.restore(["812"])


def test_a_gauge_that_gives_no_value_is_news_as_any_other() -> None:
    scene = Scene()
    gauge(scene).missed(5.0)
    assert scene.has_just_lost("soil", 6.0)
    assert not scene.has_just_lost("rain", 6.0)
