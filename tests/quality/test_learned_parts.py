"""The parts of what a channel learns: a quantile, a trail, the hours of the day."""

from __future__ import annotations

from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.quality.learned.hours import Hours
from agent.acquire.quality.learned.quantile import Quantile
from agent.acquire.quality.learned.trail import LENGTH, Trail
from tests.quality.learned_series import noise

HOUR_S = 3600.0


def test_a_quantile_settles_where_its_share_of_sizes_lies_below() -> None:
    quantile = Quantile(share=0.9, least=0.01)
    sizes = [abs(noise(index)) for index in range(6000)]
    for size in sizes:
        quantile.add(size)
    assert 0.86 < sum(size < quantile.value for size in sizes) / len(sizes) < 0.94


def test_it_learns_a_new_size_and_forgets_the_old_one() -> None:
    quantile = Quantile(share=0.98, least=0.01)
    for size in [1.0] * 2000:
        quantile.add(size)
    assert 0.9 < quantile.value < 1.1
    for size in [0.1] * 8000:
        quantile.add(size)
    assert quantile.value < 0.12


def test_a_giant_counts_no_more_than_any_size_above() -> None:
    one, other = Quantile(share=0.98, least=0.01), Quantile(share=0.98, least=0.01)
    for size in [1.0] * 2000:
        one.add(size)
        other.add(size)
    one.add(1e300)
    other.add(2.0)
    assert one.value == other.value < 1.1


def test_a_signal_that_stands_still_leaves_the_least() -> None:
    quantile = Quantile(share=0.98, least=0.01)
    for size in [1.0] * 100 + [0.0] * 60000:
        quantile.add(size)
    assert quantile.value == 0.01


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
