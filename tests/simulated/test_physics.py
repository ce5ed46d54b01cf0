"""The simulated site: pure, bounded, and its episodes do what they claim."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.simulated.noise import normal, uniform
from drivers.simulated.physics import Site, State, buffered_ph
from drivers.simulated.scenario import SCENARIOS, Episode, Kind, Scenario, scenario_named
from drivers.simulated.weather import Storm, Weather, held_mm, intensity_mm_h

if TYPE_CHECKING:
    from random import Random

START_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z
HOUR_S = 3600.0

times = st.floats(min_value=-40 * 86400, max_value=800 * 86400).map(lambda after_s: START_S + after_s)
seeds = st.integers(min_value=0, max_value=2**32)
names = st.sampled_from(sorted(SCENARIOS))

LOW = State(2.5, 0, 100, 0, 0, 0, 0.02, 0.02, -20, -10, 5, 0, 0, 0, 5, 88, -20, 0, 11, 0)
HIGH = State(9, 1000, 2000, 1000, 30, 10, 0.5, 0.5, 40, 30, 8, 2000, 10, 98, 15, 101, 40, 200, 15, 16)


def at(scenario: Scenario, hour: float, seed: int = 1) -> State:
    return Site(seed, scenario, START_S).at(START_S + hour * HOUR_S)


def story(*episodes: Episode) -> Scenario:
    return Scenario("of one test", episodes)


@settings(deadline=None)
@given(seeds, names, st.lists(times, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_questions_does_not_matter(
    seed: int, name: str, asked: list[float], random: Random
) -> None:
    """Whatever was asked before, and of whichever copy, an instant has one state."""
    first = Site(seed, SCENARIOS[name], START_S)
    forward = {t_s: first.at(t_s) for t_s in asked}
    random.shuffle(asked)
    assert {t_s: first.at(t_s) for t_s in asked} == forward
    assert {t_s: Site(seed, SCENARIOS[name], START_S).at(t_s) for t_s in asked} == forward


@settings(deadline=None)
@given(seeds, names, times)
def test_every_value_is_one_that_nature_allows(seed: int, name: str, t_s: float) -> None:
    """No scenario leaves its physical bounds, before the start, during it or two years later."""
    state = Site(seed, SCENARIOS[name], START_S).at(t_s)
    for field, low, value, high in zip(State._fields, LOW, state, HIGH, strict=True):
        assert low <= value <= high, field


def test_seeds_differ() -> None:
    """Another seed is another site, of the same kind."""
    assert at(SCENARIOS["seep"], 100.0, seed=1) != at(SCENARIOS["seep"], 100.0, seed=2)


@given(st.lists(st.integers(), min_size=1, max_size=4))
def test_hash_noise_is_a_fraction(where: list[int]) -> None:
    assert 0.0 <= uniform(*where) < 1.0


def test_hash_noise_starts_like_its_model() -> None:
    """The first output of SplitMix64 from state 0 is E220A8397B1DCDAF; a fraction keeps its upper 53 bits."""
    assert uniform(0) == (0xE220A8397B1DCDAF >> 11) / 2**53


def test_hash_noise_is_spread_evenly_and_normally() -> None:
    """Mean 1/2 and variance 1/12; mean 0 and variance 1; within four standard errors of 4000 draws."""
    flat = [uniform(7, n) for n in range(4000)]
    bell = [normal(7, n) for n in range(4000)]
    assert sum(flat) / 4000 == pytest.approx(0.5, abs=4 * math.sqrt(1 / 12 / 4000))
    assert sum((each - 0.5) ** 2 for each in flat) / 4000 == pytest.approx(1 / 12, rel=0.06)
    assert sum(bell) / 4000 == pytest.approx(0.0, abs=4 / math.sqrt(4000))
    assert sum(each**2 for each in bell) / 4000 == pytest.approx(1.0, rel=4 * math.sqrt(2 / 4000))


def test_an_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no scenario is called 'flood'; there are: calm, storm"):
        scenario_named("flood")
    assert scenario_named("calm") is SCENARIOS["calm"]


def test_rain_adds_up_to_its_depth() -> None:
    """The intensity, summed minute by minute, is the storm's depth, and zero outside of it."""
    storm = Storm(START_S, 3 * HOUR_S, 12.0)
    minutes = [intensity_mm_h(storm, START_S + (minute + 0.5) * 60) for minute in range(-60, 240)]
    assert sum(minutes) / 60 == pytest.approx(12.0, rel=1e-4)
    assert set(minutes[:60] + minutes[240:]) == {0.0}


@given(st.floats(0.5, 12), st.floats(0.5, 60), st.floats(0.2, 200), st.floats(0.0, 3.0))
@settings(deadline=None, max_examples=25)
def test_the_reservoir_solves_its_own_equation(
    hours: float, depth: float, keep_h: float, storms: float
) -> None:
    """The closed form agrees with stepping dS/dt = rain - S/keep through the same storm."""
    storm = Storm(0.0, hours * HOUR_S, depth)
    after_h = storms * hours
    steps = 4000
    step_s = after_h * HOUR_S / steps
    held = 0.0
    for n in range(steps):
        # Exact decay over the step, rain taken at its middle: second order.
        decay = math.exp(-step_s / (keep_h * HOUR_S))
        rain_mm = intensity_mm_h(storm, (n + 0.5) * step_s) / HOUR_S * step_s
        held = held * decay + rain_mm * math.sqrt(decay)
    assert held_mm(storm, after_h * HOUR_S, keep_h * HOUR_S) == pytest.approx(held, abs=1e-3 * depth)


def test_chance_storms_come_one_per_slot() -> None:
    """A year of rain every six days: sixty storms of ten millimetres on average, none above sixty."""
    weather = Weather(3, Scenario("wet", (), storm_every_d=6.0), START_S)
    storms = {storm for day in range(0, 360, 6) for storm in weather.storms(START_S + day * 86400)}
    depths = [storm.depth_mm for storm in storms if storm.start_s >= START_S]
    assert len(depths) == 60
    assert max(depths) <= 60.0
    # Four standard errors of the mean of 60 exponential depths are 5.2 mm.
    assert sum(depths) / 60 == pytest.approx(10.0, abs=5.2)


def test_dry_weather_dries_the_soil() -> None:
    """Without rain the shallow soil loses water day after day."""
    days = [at(SCENARIOS["calm"], 24.0 * day).soil_moisture_shallow for day in range(6)]
    assert days == sorted(days, reverse=True)
    assert days[0] - days[-1] > 0.02


def test_the_day_lifts_ph_and_temperature() -> None:
    """Diel swing: pH is highest in mid-afternoon by about 0.3, water is warmest a little later."""
    hours = [at(SCENARIOS["calm"], 240.0 + hour) for hour in range(24)]
    ph = [state.ph for state in hours]
    assert abs(ph.index(max(ph)) - 15) <= 2
    assert max(ph) - min(ph) == pytest.approx(0.3, abs=0.05)
    warm = [state.water_temp_c for state in hours]
    assert abs(warm.index(max(warm)) - 17) <= 1
    soil = [state.soil_temp_shallow_c for state in hours]
    deep = [state.soil_temp_deep_c for state in hours]
    assert max(deep) - min(deep) < (max(soil) - min(soil)) / 5


def test_a_storm_muddies_dilutes_and_wets() -> None:
    """After 45 mm: turbidity, level, soil and head up; conductivity and pH down a little; then it recedes."""
    before, after, later = (at(SCENARIOS["storm"], hour) for hour in (0.5, 7.0, 96.0))
    assert after.turbidity_ntu > 10 * before.turbidity_ntu
    assert after.water_level_m > before.water_level_m + 0.2
    assert after.soil_moisture_shallow > before.soil_moisture_shallow + 0.05
    assert 0.5 < after.ec_us_cm / before.ec_us_cm < 0.85
    assert 0.03 < before.ph - after.ph < 0.5
    assert later.turbidity_ntu < 1.3 * before.turbidity_ntu
    assert 0.05 < max(at(SCENARIOS["storm"], hour).head_m for hour in range(10, 30)) - before.head_m < 0.6
    assert at(SCENARIOS["storm"], 5.0).rain_mm_h == pytest.approx(45.0 / 8.0 * 2.0)


def test_head_falls_when_the_air_weighs_more() -> None:
    """Barometric efficiency 0.4: each kPa of air takes 0.4 / 9.80665 m of head, tides and noise aside."""
    hours = [at(story(), float(hour)) for hour in range(24 * 20)]
    air = [state.air_pressure_kpa for state in hours]
    head = [state.head_m for state in hours]
    mean_air, mean_head = sum(air) / len(air), sum(head) / len(head)
    slope = sum((a - mean_air) * (h - mean_head) for a, h in zip(air, head, strict=True)) / sum(
        (a - mean_air) ** 2 for a in air
    )
    assert slope == pytest.approx(-0.4 / 9.80665, rel=0.1)
    assert max(air) - min(air) > 1.0


@given(st.floats(0, 1), st.floats(0, 1))
def test_using_up_buffers_never_raises_ph(left: float, right: float) -> None:
    low, high = sorted((left, right))
    assert buffered_ph(low) >= buffered_ph(high)


def test_ph_lingers_on_its_buffers() -> None:
    """Three plateaus fall by less than 3.5 pH per unit of load, and steeper steps lie between them."""

    def steepness(load: float) -> float:
        return (buffered_ph(load - 0.005) - buffered_ph(load + 0.005)) / 0.01

    assert all(steepness(plateau) < 3.5 for plateau in (0.2, 0.5, 0.75))
    assert all(steepness(fall) > 8.0 for fall in (0.38, 0.63, 0.90))
    assert buffered_ph(-1.0) == 7.3
    assert buffered_ph(2.0) == 3.1


def test_acid_drainage_is_led_by_conductivity() -> None:
    """EC rises first, pH falls below the legal 6 later and stays there; ochre and redox follow."""
    acid = story(Episode(Kind.ACID_DRAINAGE, 10.0, 20.0, 0.95))
    before, early, end, later = (at(acid, hour) for hour in (9.0, 14.0, 30.0, 57.0))
    # A fifth of the way: smooth(0.32) = 0.2417 of 1.2 times 0.95 on top.
    assert early.ec_us_cm == pytest.approx(1.2755 * before.ec_us_cm, rel=0.02)
    assert early.ph > 6.4
    # Below pH 4 the acid itself conducts, too.
    acid_us_cm = 349_800 * 10**-end.ph
    assert end.ec_us_cm == pytest.approx(2.14 * before.ec_us_cm + acid_us_cm, rel=0.02)
    assert end.ph < 3.5
    assert later.ph < 3.5
    assert later.orp_mv > 450
    middle = at(acid, 24.0)
    assert middle.turbidity_ntu > 1.5 * before.turbidity_ntu


def test_a_cracked_stratum_loses_its_head_at_once_and_for_good() -> None:
    """Most of the loss comes in the first third, 95 % within the episode, nothing comes back."""
    lost = story(Episode(Kind.HEAD_LOSS, 10.0, 6.0, 3.0))
    before, third, end, later = (at(lost, hour).head_m for hour in (10.0, 12.0, 16.0, 80.0))
    assert before - third == pytest.approx(3.0 * (1 - math.exp(-1)), abs=0.05)
    assert before - end == pytest.approx(3.0 * (1 - math.exp(-3)), abs=0.05)
    assert before - later == pytest.approx(3.0, abs=0.08)


def test_creeping_loss_grows_faster_and_faster() -> None:
    """Each quarter of the episode loses more than the one before; in the end the whole size is gone."""
    creep = story(Episode(Kind.CREEP, 0.0, 72.0, 4.0))
    heads = [at(creep, quarter * 18.0).head_m for quarter in range(5)]
    losses = [earlier - later for earlier, later in pairwise(heads)]
    assert losses == sorted(losses)
    assert heads[0] - at(creep, 100.0).head_m == pytest.approx(4.0, abs=0.1)


def test_soil_over_a_crack_drains() -> None:
    crack = story(Episode(Kind.SOIL_CRACK, 5.0, 0.5, 0.06))
    assert at(crack, 4.9).soil_moisture_shallow - at(crack, 6.0).soil_moisture_shallow == pytest.approx(
        0.06, abs=0.003
    )


def test_fouling_creeps_up_until_somebody_wipes() -> None:
    foul = story(Episode(Kind.FOULING, 0.0, 48.0, 150.0))
    turbidity = [at(foul, hour).turbidity_ntu for hour in (0.0, 24.0, 47.9, 48.1)]
    assert turbidity[0] < turbidity[1] < turbidity[2]
    assert turbidity[2] == pytest.approx(154.0, rel=0.25)
    assert turbidity[3] < 6.0


def test_bubbles_spoil_their_share_of_the_readings() -> None:
    """A tenth of the half minutes read ten times too much or more; outside the episode none does."""
    bubbles = story(Episode(Kind.BUBBLES, 0.0, 10.0, 0.1))
    inside = [at(bubbles, n / 180.0).turbidity_ntu for n in range(1800)]
    outside = [at(bubbles, 10.0 + n / 180.0).turbidity_ntu for n in range(300)]
    # Four standard deviations of a binomial share of 0.1 among 1800 are 51.
    assert abs(sum(each > 25.0 for each in inside) - 180) < 51
    assert max(outside) < 6.0


def test_a_burst_fades_by_itself() -> None:
    """A bank slips: the jump is its size, and 1/e of it is left after the episode's hours."""
    burst = story(Episode(Kind.BURST, 1.0, 0.5, 300.0))
    assert at(burst, 0.99).turbidity_ntu < 6.0
    assert at(burst, 1.0001).turbidity_ntu == pytest.approx(304.0, rel=0.25)
    assert at(burst, 1.5).turbidity_ntu == pytest.approx(4 + 300 / math.e, rel=0.25)


def test_the_turbidity_probe_ends_at_its_range() -> None:
    """Mud beyond 1000 NTU reads as 1000."""
    assert at(story(Episode(Kind.BURST, 1.0, 1.0, 5000.0)), 1.1).turbidity_ntu == 1000.0


def test_the_battery_charges_by_day() -> None:
    """Noon is above dusk, dusk above dawn."""
    noon, dusk, dawn = (at(SCENARIOS["calm"], hour).battery_v for hour in (12.0, 18.5, 29.5))
    assert noon > dusk > dawn


def test_the_demo_tells_everything_within_a_day_and_a_half() -> None:
    """Every kind of episode begins and ends between the start and 36 hours, but for the rain before."""
    episodes = [each for each in SCENARIOS["demo"].episodes if each.start_h >= 0]
    assert {each.kind for each in episodes} == set(Kind)
    assert all(each.start_h + each.hours <= 36.0 for each in episodes)
    assert at(SCENARIOS["demo"], 0.2).ph > 7.0
    assert at(SCENARIOS["demo"], 22.0).ph < 4.0
    assert at(SCENARIOS["demo"], 18.0).head_m < at(SCENARIOS["demo"], 0.2).head_m - 2.2
