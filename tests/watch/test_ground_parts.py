"""What the ground's detector is made of: gates, air, rain, the learned response, soil."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.watch.contract import HOUR
from agent.watch.ground.barometric import Air, Believable
from agent.watch.ground.bend import bend
from agent.watch.ground.rain import KERNELS, Kernel, Rain, Storage
from agent.watch.ground.response import UNKNOWN, learn
from agent.watch.ground.sick import HEAD, Gate
from agent.watch.ground.soil import Soil
from tests.watch.ground_site import block, weather

if TYPE_CHECKING:
    from collections.abc import Sequence


def fed(gate: Gate, values: Sequence[float | None]) -> list[float | None]:
    return [gate.add(value) for value in values]


def test_a_rail_is_not_believed_and_what_follows_it_is_once_it_lives() -> None:
    gate = Gate(HEAD)
    fed(gate, [7.0, 7.001, 7.002])
    assert fed(gate, [20.0] * 30) == [None] * 30
    assert gate.fault == "dead"
    assert fed(gate, [7.002, 7.001, 7.003])[-1] == 7.003


def test_a_loss_that_lives_is_believed() -> None:
    gate = Gate(HEAD)
    fed(gate, [7.0, 7.001, 7.002])
    assert fed(gate, [5.0, 4.5, 4.3, 4.25, 4.24])[3:] == [4.25, 4.24]


def test_a_well_that_drains_by_leaps_is_believed_at_the_third() -> None:
    gate = Gate(HEAD)
    fed(gate, [7.0, 7.001, 7.002])
    assert fed(gate, [6.6, 6.2, 5.8, 5.4, 5.2, 5.1])[2:] == [5.8, 5.4, 5.2, 5.1]
    assert gate.fault == ""
    fed(gate, [4.7, 4.3, *[4.3] * HOUR])
    assert gate.fault == "dead"


def test_an_open_wire_thrashes() -> None:
    gate, rng = Gate(HEAD), random.Random(1)
    fed(gate, [7.0, 7.001])
    fed(gate, [rng.uniform(0.0, 20.0) for _ in range(12)])
    assert gate.fault == "thrashing"
    assert fed(gate, [7.0 + 0.001 * (at % 3) for at in range(16)])[-1] is not None


def test_a_well_that_lies_still_for_a_day_is_stuck() -> None:
    gate = Gate(HEAD)
    assert fed(gate, [7.0, 7.001] + [7.0] * 96)[-1] is None
    assert gate.fault == "stuck"


def test_a_well_that_is_read_seldom_is_not_stuck_in_between() -> None:
    gate, values = Gate(HEAD), [7.0, 7.0, 7.0, 7.0, 7.0, 7.001]
    assert [gate.add(value, held=at > 0) for value in values for at in range(24)] == [
        value for value in values for _ in range(24)
    ]
    for at in range(10 * 24):
        gate.add(7.0, held=at % 24 > 0)
    assert gate.fault == "stuck"


@given(st.lists(st.none() | st.floats(-100.0, 100.0), max_size=60))
@settings(max_examples=50)
def test_a_gate_gives_what_it_got_or_nothing(values: list[float | None]) -> None:
    gate = Gate(HEAD)
    assert all(out is None or out == value for value, out in zip(values, fed(gate, values), strict=True))


def test_air_that_jumps_is_not_believed_until_it_stays() -> None:
    air = Believable()
    assert air.add(95.0) == 95.0
    assert air.add(60.0) is None
    assert air.add(95.2) == 95.2
    assert [air.add(90.0) for _ in range(8)] == [None] * 5 + [90.0] * 3
    assert air.add(95.2) is None


def test_air_that_nobody_sees_is_doubted_more_and_more_up_to_a_point() -> None:
    air = Air(0.0)
    air.add(95.0)
    doubts = []
    for _ in range(200):
        assert air.add(None) == 95.0
        doubts.append(air.doubt_kpa)
    assert doubts == sorted(doubts)
    assert 1.0 < doubts[-1] < 3.0


@pytest.mark.parametrize("kernel", KERNELS)
def test_water_is_stored_late_and_lost_slowly(kernel: Kernel) -> None:
    storage = Storage(kernel)
    course = [storage.add(10.2 if hour == 0 else 0.0) for hour in range(600)]
    top = course.index(max(course))
    assert kernel.delay_h < top < 4 * kernel.delay_h + 24
    assert 4.0 < max(course) < 10.0
    assert course[-1] < 1.0


def hourly(per_kpa: float, per_mm: float, days: int = 28) -> tuple[list[float], list[float], list[float]]:
    sky, storage, rng = weather(days), Storage(KERNELS[3]), random.Random(5)
    air = sky.air[3::4]
    rain = [sum(sky.rain[at : at + 4]) for at in range(0, len(sky.rain), 4)]
    heads = [
        7.0 + per_kpa * (kpa - 95.0) + per_mm * storage.add(mm) + rng.gauss(0.0, 0.002)
        for kpa, mm in zip(air, rain, strict=True)
    ]
    return heads, air, rain


@pytest.mark.parametrize("per_kpa", [-0.09, -0.02, 0.06])
@pytest.mark.parametrize("per_mm", [0.002, 0.01])
def test_the_answer_to_air_and_rain_is_learned(per_kpa: float, per_mm: float) -> None:
    learned = learn(*hourly(per_kpa, per_mm))
    assert learned.per_kpa == pytest.approx(per_kpa, abs=0.006)
    assert learned.per_mm == pytest.approx(per_mm, rel=0.15)
    assert learned.kernel == KERNELS[3]


def test_an_event_is_not_learned_as_a_habit() -> None:
    heads, air, rain = hourly(-0.05, 0.005)
    lost = [value - (2.0 if hour > 500 else 0.0) for hour, value in enumerate(heads)]
    learned = learn(lost, air, rain)
    assert learned.per_kpa == pytest.approx(-0.05, abs=0.01)
    assert learned.per_mm == pytest.approx(0.005, rel=0.3)


def test_what_was_never_seen_stays_a_guess_with_a_margin() -> None:
    assert learn([], [], []) == UNKNOWN
    dry = learn(hourly(-0.05, 0.0)[0], hourly(-0.05, 0.0)[1], [0.0] * 28 * 24)
    assert dry.per_mm == pytest.approx(UNKNOWN.per_mm)
    assert dry.per_mm_sd == pytest.approx(UNKNOWN.per_mm_sd)


def test_rain_counts_the_wettest_gauge() -> None:
    rain = Rain()
    for at in range(8):
        rain.add(block(at, rain=0.4, rain_2=0.0))
    assert rain.mm(4) == pytest.approx(1.6)
    for at in range(8, 8 + 96):
        rain.add(block(at, rain=0.0))
    assert rain.mm(96) == 0.0


def soil_of(course: list[float]) -> Soil:
    soil = Soil()
    for hour, value in enumerate(course):
        soil.add(hour, value)
    return soil


def test_a_step_down_stands_until_it_is_made_good() -> None:
    rng = random.Random(3)
    quiet = [0.25 + rng.gauss(0.0, 0.0006) for _ in range(10 * 24)]
    assert soil_of(quiet).step == 0.0
    opened = quiet + [0.2 + rng.gauss(0.0, 0.0006) for _ in range(12)]
    assert soil_of(opened).step == pytest.approx(0.05, abs=0.01)
    assert soil_of(opened + quiet[:6]).step == 0.0


def test_drying_after_a_storm_is_no_step() -> None:
    rng = random.Random(4)
    dry = [0.22 + rng.gauss(0.0, 0.0006) for _ in range(12 * 24)]
    assert soil_of(dry + [0.22 + 0.15 * 2.718 ** (-hour / 30.0) for hour in range(30)]).step == 0.0


@given(st.floats(-5.0, 5.0), st.floats(-0.2, 0.2), st.floats(-0.02, 0.02), st.integers(5, 12))
@settings(max_examples=50)
def test_a_parabola_is_found_again(level: float, slope: float, curve: float, days: int) -> None:
    found = bend([level + slope * at + curve * at * at for at in range(days)])
    assert found.loss == pytest.approx(-slope - 2.0 * curve * (days - 1), abs=1e-9)
    assert found.loss_before == pytest.approx(-slope, abs=1e-9)
    assert (found.sure > 0.0) == (curve < 0.0) or abs(found.sure) < 1e-6


def test_a_leak_bends_and_a_recession_does_not() -> None:
    leak = bend([-0.05 * 1.3**at for at in range(9)])
    recession = bend([0.5 * 0.8**at for at in range(9)])
    assert leak.loss > 0.08
    assert abs(leak.loss_before) < 0.01
    assert leak.sure > 3.5
    assert leak.rough < 0.1
    assert recession.loss < recession.loss_before
    assert recession.sure < 0.0
    assert bend([0.0, 0.1, 0.2, 0.3]).rough == float("inf")
