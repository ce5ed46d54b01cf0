"""The small parts: blocks, rings, baselines, evidence that adds up."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.model import Flag, Why
from agent.watch.blocks.grid import LONGEST_GAP, PATIENCE_S, Grid
from agent.watch.contract import DAY, HOUR, Block, Cell, Role, Sample, Tick
from agent.watch.measures.baseline import Baseline
from agent.watch.measures.gathered import Gathered
from agent.watch.measures.history import History
from agent.watch.measures.record import OwnRecord
from agent.watch.measures.robust import median, quantile, slope, spread
from agent.watch.measures.slow import Slow
from agent.watch.water.lone_step import LoneStep
from agent.watch.water.sick import Health, Ill, WaterProbe

if TYPE_CHECKING:
    from collections.abc import Sequence


def closed(grid: Grid, *ticks: Tick) -> list[Block]:
    return [block for tick in ticks for block in grid.add(tick)]


def ph(utc_s: float, value: float | None, flag: Flag = Flag.GOOD, why: Why = Why.NONE) -> Tick:
    return Tick(utc_s, {Role.PH: {"ph-1": Sample(value, flag, why)}})


def test_a_block_holds_the_median_of_what_is_usable() -> None:
    given_ticks = [
        ph(0, 7.0),
        ph(60, 7.2),
        ph(120, 4.0, Flag.SUSPECT, Why.MAINTENANCE),
        ph(180, 14.0),
        ph(240, 7.1),
    ]
    (block,) = closed(Grid(), *given_ticks, ph(900, 7.0))
    cell = block.of(Role.PH)["ph-1"]
    assert cell.value == 7.1
    assert cell.spread == pytest.approx(0.2)
    assert cell.why == Why.MAINTENANCE | Why.SENSOR_RANGE


def test_a_suspect_value_is_evidence_all_the_same() -> None:
    (block,) = closed(Grid(), ph(0, 3.0, Flag.FAIL, Why.RATE | Why.SPIKE), ph(900, 3.0))
    assert block.of(Role.PH)["ph-1"].value == 3.0


def test_rain_adds_up() -> None:
    ticks = [Tick(60.0 * at, {Role.RAIN: {"rain": Sample(0.2)}}) for at in range(16)]
    (block,) = closed(Grid(), *ticks)
    assert block.of(Role.RAIN)["rain"].value == pytest.approx(3.0)


def test_a_gap_is_told_block_by_block_up_to_its_limit() -> None:
    blocks = closed(Grid(), ph(0, 7.0), ph(900 * 5, 7.0))
    assert [block.number for block in blocks] == [0, 1, 2, 3, 4]
    assert len(closed(Grid(), ph(0, 7.0), ph(900.0 * 100_000, 7.0))) == LONGEST_GAP + 1


def test_what_comes_late_is_counted() -> None:
    grid = Grid()
    closed(grid, ph(0, 7.0), ph(900, 7.0), ph(100, 7.0))
    assert grid.late == 1


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.none() | st.floats(-9, 9)), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_a_ring_holds_what_a_dictionary_would(steps: list[tuple[int, float | None]], size: int) -> None:
    ring, all_of_them, at = History(size), {}, 0
    for step, value in steps:
        at += step
        ring.add(at, value)
        all_of_them[at] = value
    first = at - size + 1
    kept = {key: value for key, value in all_of_them.items() if key >= first and value is not None}
    assert ring.known(first - 5, at) == list(kept.values())
    assert all(ring.at(key) == kept.get(key) for key in range(first, at + 1))


def test_robust_numbers() -> None:
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert median([1.0, 2.0, 3.0, 10.0]) == 2.5
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.75) == 4.0
    assert spread([1.0, -1.0, 1.0, 99.0], 0.0) == pytest.approx(1.4826)
    assert slope([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0), (3.0, 90.0)]) == pytest.approx(2.0, abs=30.0)
    assert slope([(0.0, 1.0)]) == 0.0


def test_a_baseline_knows_the_hour_and_learns_nothing_from_today() -> None:
    baseline, rng = Baseline(0.01), random.Random(1)
    for at in range(10 * DAY):
        baseline.add(at, 7.0 + (0.5 if at % DAY < DAY // 2 else 0.0) + rng.gauss(0.0, 0.02))
    noon, night = baseline.add(10 * DAY + 10, 3.0), baseline.add(10 * DAY + DAY - 10, 3.0)
    assert noon is not None
    assert night is not None
    assert noon.level == pytest.approx(7.5, abs=0.03)
    assert night.level == pytest.approx(7.0, abs=0.03)
    assert 0.01 < noon.spread < 0.05
    assert noon.low <= noon.level <= noon.high


def test_a_baseline_is_silent_until_it_knows_four_days() -> None:
    baseline = Baseline(0.01)
    known = [baseline.add(at, 7.0) is not None for at in range(6 * DAY)]
    assert known.index(True) == 4 * DAY - 2  # its fourth day's hour, two blocks early


def test_a_departure_over_weeks_is_told_beside_its_usual_size() -> None:
    slow = Slow()
    for at in range(30 * DAY):
        slow.add(at, 7.0 if at < 28 * DAY else 6.0)
    assert slow.departure is not None
    assert slow.departure.from_level == pytest.approx(-1.0)
    assert slow.departure.change == pytest.approx(-1.0)
    assert slow.departure.usual == 0.0


def test_one_odd_day_is_no_record() -> None:
    record = OwnRecord(held=2)
    for at in range(6 * DAY):
        record.add(at, {1: 3.0, 3: 2.0}.get(at // DAY, 0.5))
    assert record.value == 2.0


def test_evidence_adds_up_and_wears_down() -> None:
    gathered = Gathered(4.0)
    assert [gathered.add(score) for score in (2.0, None, 2.0, -1.0)] == [False, False, True, False]
    assert gathered.share == 0.75
    gathered.add(-9.0)
    assert gathered.since == 0


def test_a_reading_that_holds_counts_for_its_time_but_is_never_enough_alone() -> None:
    gathered = Gathered(16.0)
    assert not any(gathered.add(2.5, held=at > 0) for at in range(24))
    assert gathered.share == 0.5
    assert [gathered.add(2.5, held=at > 0) for at in range(4)] == [False, False, False, True]
    for at in range(24):
        gathered.add(-1.0, held=at > 0)
    assert gathered.share == 0.5


@pytest.mark.parametrize(("ec", "size"), [(0.0, 0.8), (0.1, 0.0)])
def test_a_fall_of_ph_alone_is_the_probe(ec: float, size: float) -> None:
    lone = LoneStep()
    for at in range(10 * HOUR):
        fell = at >= 6 * HOUR
        lone.add(at, -0.8 if fell else 0.0, ec if fell else 0.0, unclear=False)
    assert lone.size == pytest.approx(size)


def test_one_step_is_not_floating_and_a_wild_wire_is() -> None:
    def ills(values: list[float]) -> list[Ill | None]:
        probe = WaterProbe(Role.PH)
        return [probe.add(Cell(value), value, 7.6).ill for value in values]

    assert set(ills([7.6, 7.61, 7.6, 7.59, 7.6, 7.61, 7.6, 5.0, 5.02, 5.01, 5.03, 5.0, 5.01])) == {None}
    assert ills([7.6, 2.0, 9.0, 4.0, 12.0, 1.0, 6.0])[-1] is Ill.FLOATING
    assert set(ills([7.6, 7.6, 7.6, 6.9, 5.3, 4.6, 3.1, 2.9, 2.2])) == {None}  # by leaps, but one way


def test_lost_samples_are_no_news() -> None:
    probe = WaterProbe(Role.PH)
    lost = [
        probe.add(None if at in {9, 11} else Cell(7.6), None if at in {9, 11} else 7.6, 7.6)
        for at in range(14)
    ]
    assert [each.ill for each in lost[9:]] == [Ill.NO_VALUE, Ill.SETTLING, Ill.NO_VALUE, Ill.SETTLING, None]


def test_a_plug_that_got_wet_is_not_believed_before_it_is_dry() -> None:
    def ills(values: Sequence[float | None]) -> list[Ill | None]:
        probe = WaterProbe(Role.EC)
        return [
            probe.add(Cell(value), math.log(value) if value else None, math.log(400.0)).ill
            for value in values
        ]

    wet = ills([400.0, 401.0, None, None, 7999.0, 7100.0, 7999.0, 380.0, 7600.0, *[400.0, 402.0] * 9])
    assert wet[4:7] == [Ill.SHORT] * 3
    assert wet[8] is Ill.SHORT
    assert wet[-1] is None
    assert set(ills([400.0, 401.0, 5200.0, 5300.0, 5400.0])) == {None}  # who was well is believed


def test_what_holds_is_neither_stuck_nor_floating_nor_in_a_bottle() -> None:
    def health(values: list[float], each: int) -> list[Health]:
        probe = WaterProbe(Role.PH)
        return [probe.add(Cell(value, held=at > 0), value, 7.6) for value in values for at in range(each)]

    assert {one.ill for one in health([7.6, 7.6, 7.6, 7.6, 7.7, 7.7], 24)} == {None}
    assert health([7.6] * 10, 24)[-1].ill is Ill.STUCK
    assert {one.ill for one in health([7.0, 8.1, 7.1, 8.2, 7.0, 8.1, 7.2, 8.0, 7.1], 12)} == {None}
    assert health([7.6, 2.0, 9.0, 4.0, 12.0, 1.0, 6.0], 4)[-1].ill is Ill.FLOATING
    assert not any(one.bottled for one in health([7.6, 4.01, 7.6], 12))


def of(channel: str, at_s: float, value: float = 7.0) -> Tick:
    return Tick(at_s, {Role.PH: {channel: Sample(value)}})


def test_a_block_waits_a_minute_for_a_bus_that_answers_late() -> None:
    grid = Grid()
    assert closed(grid, of("a", 0), of("b", 30), of("a", 900.2)) == []
    (block,) = closed(grid, of("b", 830.0, 8.0), of("b", 900.5))
    assert block.of(Role.PH)["b"] == Cell(7.5, Why.NONE, 1.0)
    assert grid.late == 0
    (block,) = closed(grid, of("a", 1800.1), of("b", 1800.4))
    assert {name: cell.value for name, cell in block.of(Role.PH).items()} == {"a": 7.0, "b": 7.0}


def test_a_block_does_not_wait_for_a_channel_that_is_silent_beyond_its_patience() -> None:
    grid = Grid()
    assert closed(grid, of("a", 0), of("b", 30), of("a", 900), of("a", 900 + PATIENCE_S - 1)) == []
    (block,) = closed(grid, of("a", 900 + PATIENCE_S))
    assert set(block.of(Role.PH)) == {"a", "b"}


@given(
    st.lists(st.floats(0.0, 59.0), min_size=1, max_size=3),
    st.floats(0.0, PATIENCE_S - 1.0),
    st.sampled_from([60.0, 300.0, 900.0]),
)
@settings(max_examples=30)
def test_buses_out_of_step_lose_nothing(phases_s: list[float], lag_s: float, period_s: float) -> None:
    """Each channel at its own second of the period; what the last one says comes `lag_s` later."""
    last = len(phases_s) - 1
    heard = [(n, at * period_s + phase_s) for at in range(40) for n, phase_s in enumerate(phases_s)]
    heard.sort(key=lambda each: each[1] + (lag_s if each[0] == last else 0.0))
    grid = Grid()
    blocks = closed(grid, *(of(str(n), at_s) for n, at_s in heard))
    assert grid.late == 0
    assert [block.number for block in blocks] == list(range(len(blocks)))
    assert all(len(block.of(Role.PH)) == len(phases_s) for block in blocks)


@given(st.lists(st.floats(-29.0, 29.0), min_size=4, max_size=30))
@example([-1.0, 0.0, -1.0, -1.0, 0.0])
@settings(max_examples=60)
def test_a_reading_every_quarter_of_an_hour_is_in_every_block_however_it_sways(sway_s: list[float]) -> None:
    """About the edge of the blocks; but the first that comes late after those that came early."""
    grid = Grid()
    blocks = closed(grid, *(of("a", 900.0 * (at + 1) + by_s) for at, by_s in enumerate(sway_s)))
    empty = [block.number for block in blocks if not block.of(Role.PH)]
    assert len(empty) <= 1
    assert grid.late == 0


def test_no_block_is_closed_before_its_end() -> None:
    grid = Grid()
    assert closed(grid, *(of("a", at_s) for at_s in (30, 850, 870, 899))) == []
    assert len(closed(grid, of("a", 900))) == 1


def test_what_comes_shortly_before_the_end_counts_for_the_next_block_only_the_second_time() -> None:
    grid = Grid()
    (block,) = closed(grid, of("a", 10), of("a", 870, 9.0), of("a", 1000, 8.0), of("a", 1800))[:1]
    assert block.of(Role.PH)["a"].value == 7.0
    grid = Grid()
    (block,) = closed(grid, of("a", 870, 9.0), of("a", 1000))
    assert block.of(Role.PH)["a"].value == 9.0


@pytest.mark.parametrize("pace", [2, 4, 12])
def test_a_reading_holds_for_twice_its_usual_step_and_no_longer(pace: int) -> None:
    grid = Grid()
    course = [of("a", 900.0 * at, 7.0 + at / 100.0) for at in range(0, 12 * pace, pace)]
    blocks = closed(grid, *course, of("b", 900.0 * 16 * pace, 1.0))
    values = [cell.value if (cell := block.of(Role.PH).get("a")) else None for block in blocks]
    last = 11 * pace
    assert values[:last] == [7.0 + at // pace * pace / 100.0 for at in range(last)]
    until = last + 2 * pace - 1  # the block in which it would be as old as two of its steps
    assert values[last:until] == [7.0 + last / 100.0] * (until - last)
    assert set(values[until:]) == {None}, "a reading that is overdue is not made up"


def test_what_is_said_to_be_missing_is_not_held() -> None:
    blocks = closed(Grid(), *(ph(3600.0 * at, None) for at in range(4)))
    assert all(block.of(Role.PH).get("ph-1", Cell(None)).value is None for block in blocks)
    ticks = [*(ph(3600.0 * at, 7.0) for at in range(4)), ph(3600.0 * 4, None), ph(3600.0 * 5, 7.0)]
    values = [block.of(Role.PH).get("ph-1", Cell(None)).value for block in closed(Grid(), *ticks)]
    assert values[:16] == [7.0] * 16
    assert set(values[16:]) == {None}
    ticks = [*ticks[:4], ph(3600.0 * 4, 7.0), ph(3600.0 * 4 + 60.0, None), ph(3600.0 * 5, 7.0)]
    values = [block.of(Role.PH).get("ph-1", Cell(None)).value for block in closed(Grid(), *ticks)]
    assert values[16:] == [7.0, None, None, None]


@pytest.mark.parametrize(
    ("period_s", "sway_s"),
    [(901.0, 0.0), (1790.0, 5.0), (1800.0, 2.0), (3600.0, 30.0), (5000.0, 200.0), (6 * 3600.0, 600.0)],
)
def test_a_slow_reading_that_sways_about_the_edge_is_in_every_block(period_s: float, sway_s: float) -> None:
    rng = random.Random(7)
    ticks = [of("a", 8100.0 + at * period_s + rng.uniform(-sway_s, sway_s)) for at in range(60)]
    cells = [block.of(Role.PH).get("a") for block in closed(Grid(), *ticks)]
    known = [cell for cell in cells if cell is not None]
    assert len(known) == len(cells)
    assert sum(not cell.held for cell in known) in {58, 59}


def test_readings_that_come_as_they_come_leave_few_blocks_empty() -> None:
    rng, at_s, ticks = random.Random(7), 0.0, []
    for _ in range(800):
        at_s += rng.expovariate(1.0 / 900.0)
        ticks.append(of("a", at_s))
    blocks = closed(Grid(), *ticks)
    assert sum(not block.of(Role.PH) for block in blocks) < 0.04 * len(blocks)


def test_one_outage_is_not_how_often_a_channel_is_read() -> None:
    hours = [0, 1, 2, 3, 27, 28, 29, 30]
    blocks = closed(Grid(), *(of("a", 3600.0 * at) for at in hours), of("b", 60 * 3600.0))
    known = [block.number // HOUR for block in blocks if block.of(Role.PH).get("a")]
    assert sorted(set(known)) == [0, 1, 2, 3, 4, 27, 28, 29, 30, 31]


def test_a_reading_every_quarter_of_an_hour_is_never_held() -> None:
    blocks = closed(Grid(), *(of("a", 900.0 * at) for at in (0, 1, 2, 3, 5, 6, 8)))
    assert [block.number for block in blocks if not block.of(Role.PH)] == [4, 7]


def test_rain_that_is_read_every_hour_is_counted_once() -> None:
    ticks = [Tick(3600.0 * at, {Role.RAIN: {"rain": Sample(2.0)}}) for at in range(5)]
    fallen = [block.of(Role.RAIN)["rain"].value for block in closed(Grid(), *ticks)]
    assert sum(value or 0.0 for value in fallen) == 2.0 * 4
    assert None not in fallen
