"""A film on a window creeps up and never back; floods, bubbles and the day do not."""

from __future__ import annotations

import json
from math import sin, tau

from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from agent.acquire.quality.build import panel, settings
from agent.acquire.quality.contract import Sample
from agent.acquire.quality.fouling import Fouling
from agent.model import Flag, Why

HOUR_S = 3600.0


def film() -> Fouling:
    return Fouling(rise=10.0, for_s=48 * HOUR_S)


def flags(hourly: list[float], test: Fouling | None = None) -> list[Flag]:
    test = test or film()
    return [test.update(Sample(hour * HOUR_S, value)).now.flag for hour, value in enumerate(hourly)]


def creep(hours: int) -> list[float]:
    """Up by 0.5 an hour, with bubbles on top."""
    return [4.0 + 0.5 * hour + (50.0 if hour % 5 == 0 else 0.0) for hour in range(hours)]


def test_a_creep_is_found_within_its_time_and_one_stretch() -> None:
    said = flags(creep(72))
    assert said.index(Flag.SUSPECT) in range(48, 56)
    assert set(said[56:]) == {Flag.SUSPECT}


def test_it_says_why() -> None:
    test = film()
    said = [test.update(Sample(hour * HOUR_S, value)).now for hour, value in enumerate(creep(60))]
    assert said[-1] == (Flag.SUSPECT, Why.FOULING)


def test_a_wipe_ends_it() -> None:
    assert flags([*creep(60), *[4.5] * 10])[60:] == [Flag.NOT_EVALUATED] * 10


def test_a_flood_that_rises_and_falls_is_none() -> None:
    flood = (
        [4.0] * 24 + [4.0 + 20.0 * hour for hour in range(20)] + [400.0 / (hour + 1) for hour in range(72)]
    )
    assert Flag.SUSPECT not in flags(flood)


def test_nor_is_one_that_comes_on_water_that_was_clouding_slowly() -> None:
    slowly = [4.0 + 0.02 * hour for hour in range(48)]
    front = [10.0 + 8.0 * hour for hour in range(18)]
    assert Flag.SUSPECT not in flags([*slowly, *front, *[154.0 * 0.99**hour for hour in range(240)]])


def test_what_sinks_without_a_wipe_was_the_water() -> None:
    risen = creep(60)
    said = flags([*risen, *[min(risen[-5:]) * 0.99**hour for hour in range(120)]])
    assert said[60] == Flag.SUSPECT
    assert set(said[60 + 48 :]) == {Flag.GOOD}


def test_a_film_wiped_off_in_part_is_over_at_once() -> None:
    assert flags([*creep(60), 15.0])[-2:] == [Flag.SUSPECT, Flag.NOT_EVALUATED]


def test_turbidity_is_asked_for_it_only_where_somebody_says_so() -> None:
    asked = {"fouling": {"rise": 10.0, "for_h": 48.0}}
    without, with_it = (panel(settings("turbidity", given), HOUR_S) for given in ({}, asked))
    creeping = [Sample(hour * HOUR_S, 4.0 + 0.5 * hour) for hour in range(96)]
    assert {without.update(sample).now.why & Why.FOULING for sample in creeping} == {Why(0)}
    assert Why.FOULING in {with_it.update(sample).now.why & Why.FOULING for sample in creeping}


def test_nor_is_what_follows_the_day_or_rises_too_little() -> None:
    assert Flag.SUSPECT not in flags([100.0 + 30.0 * sin(tau * hour / 24) for hour in range(24 * 10)])
    assert Flag.SUSPECT not in flags([4.0 + 0.17 * hour for hour in range(57)])


def test_a_gap_begins_it_anew() -> None:
    test = film()
    flags(creep(47), test)
    hours = range(67, 67 + 47)
    after = [test.update(Sample(hour * HOUR_S, 4.0 + 0.5 * hour)).now.flag for hour in hours]
    assert set(after) == {Flag.NOT_EVALUATED}


@budget(max_examples=40)
@given(values=st.lists(st.floats(0, 100), min_size=1, max_size=80), cut=st.integers(0, 79))
def test_a_restored_memory_goes_on_exactly(values: list[float], cut: int) -> None:
    whole, first, second = film(), film(), film()
    expected = [whole.update(Sample(6 * hour * HOUR_S, value)) for hour, value in enumerate(values)]
    found = []
    for hour, value in enumerate(values):
        if hour == cut:
            second.restore(json.loads(json.dumps(first.state())))
            first = second
        found.append(first.update(Sample(6 * hour * HOUR_S, value)))
    assert found == expected
