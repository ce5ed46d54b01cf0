"""The parts of what a channel learns: a quantile, a trail, the hours of the day."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.quality.learned.hours import Hours
from agent.acquire.quality.learned.quantile import Quantile
from agent.acquire.quality.learned.scale import Scale
from agent.acquire.quality.learned.trail import LENGTH, Trail
from tests.quality.learned_series import noise

HOUR_S = 3600.0


@pytest.mark.parametrize("share", [0.9, 0.98])
def test_a_scale_settles_where_its_share_of_sizes_lies_below(share: float) -> None:
    scale = Scale(share=share, least=0.01)
    sizes = [abs(noise(index)) for index in range(6000)]
    for size in sizes:
        scale.add(size)
    assert share - 0.04 < sum(size < scale.value for size in sizes) / len(sizes) < share + 0.04


def test_a_quantile_of_small_sizes_settles_low() -> None:
    quantile = Quantile(share=0.1, least=0.001)
    sizes = [abs(noise(index)) for index in range(6000)]
    for size in sizes:
        quantile.add(size)
    assert 0.06 < sum(size < quantile.value for size in sizes) / len(sizes) < 0.14


def added(*sizes: float) -> Scale:
    """A scale of such sizes, none below 0.01."""
    scale = Scale(share=0.98, least=0.01)
    for size in sizes:
        scale.add(size)
    return scale


def test_a_scale_learns_a_new_size_and_forgets_the_old_one() -> None:
    assert 0.9 < added(*[1.0] * 2000).value < 1.1
    assert added(*[1.0] * 2000, *[0.1] * 8000).value < 0.12


def test_a_few_giants_at_the_beginning_are_the_last_in_order() -> None:
    """Of 96, two are beyond the quantile; a quarter of giants does not lift the middle."""
    assert added(*[1e6] * 1, *[1.0] * 95).value == 1.0
    assert added(*[1e6] * 24, *[1.0] * 72).value == 30.0


def test_a_giant_counts_less_than_another_size_above() -> None:
    usual = [1.0] * 2000
    assert added(*usual).value < added(*usual, 1e300).value < added(*usual, 2.0).value < 1.1


def test_giants_are_a_habit_when_more_than_one_in_ten() -> None:
    rare = [100.0 if index % 20 == 0 and index > 100 else abs(noise(index)) for index in range(20_000)]
    often = [100.0 if index % 5 == 0 else abs(noise(index)) for index in range(20_000)]
    assert added(*rare).value < 8
    assert added(*often).value > 100 / 8


def test_a_signal_that_stands_still_leaves_the_least() -> None:
    assert added(*[1.0] * 100, *[0.0] * 60000).value == 0.01


@pytest.mark.parametrize(
    "state",
    [None, [], [[96, 1.0, 1.0], [1.0]], [[2, 1.0, 1.0], [1.0]], [[96, 0.0, 1.0], []], [[1, 1.0, 1.0], ["x"]]],
)
def test_a_scale_takes_up_no_memory_that_is_not_one(state: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        added().restore(state)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_a_trail_knows_the_median_of_the_last_values(values: list[float]) -> None:
    trail = Trail()
    for value in values:
        trail.add(value)
    assert trail.median == median(values[-LENGTH:])
    assert trail.is_full is (len(values) >= LENGTH)


def test_what_comes_at_the_same_hour_stands_out_and_what_comes_at_any_does_not() -> None:
    kept, scattered = Hours(), Hours()
    for day in range(10):
        for hour in range(24):
            t_s = (24 * day + hour) * HOUR_S
            kept.at(t_s)
            scattered.at(t_s)
            if hour == 14:
                kept.happened()
            if (24 * day + hour) % 5 == 0:
                scattered.happened()
    tomorrow = [(240 + hour) * HOUR_S for hour in range(24)]
    by_hour = [kept.at(t_s) for t_s in tomorrow]
    assert min(by_hour[13:16]) > 1
    assert max(by_hour[:13] + by_hour[16:]) < 0
    assert max(abs(scattered.at(t_s)) for t_s in tomorrow) < 1


def test_what_happens_now_speaks_for_nothing_yet() -> None:
    hours = Hours()
    assert hours.at(0.0) == 0
    hours.happened()
    assert hours.at(1.0) == 0
    assert hours.at(24 * HOUR_S) > 0


def test_days_without_any_value_are_forgotten_at_once() -> None:
    hours = Hours()
    hours.at(0.0)
    hours.happened()
    hours.at(1e9)
    assert 0 < hours._shares[0] <= 0.25
