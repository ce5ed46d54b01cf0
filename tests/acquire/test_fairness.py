"""What dead instruments cost the living on one line: a deadline when they are asked, and nothing between."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent.acquire.sensor import ASK_LONGEST_S
from agent.model import Flag, Why
from drivers.contract import NoAnswerError
from tests.acquire.rig import Instrument, Rig

UNITS = 16
ANSWER_S = 0.03  # 4 registers at 9600 baud
DEADLINE_S = 1.0
HOUR_S = 3600


def line(period_s: float, dead: int, run_s: int = HOUR_S) -> tuple[Rig, list[Instrument], list[Instrument]]:
    """Sixteen units of which the first few are dead, after `run_s` of it."""
    rig = Rig()
    dead_ones = [
        rig.add(f"dead-{number}", period_s, *[NoAnswerError("silent")] * HOUR_S) for number in range(dead)
    ]
    for each in dead_ones:
        each.deadline_s = DEADLINE_S
    live_ones = [rig.add(f"live-{number}", period_s, *[ANSWER_S] * HOUR_S) for number in range(UNITS - dead)]
    rig.run(run_s)
    return rig, dead_ones, live_ones


def worst_delays_s(live: list[Instrument], period_s: float) -> list[float]:
    """By cycle: how much later than on a line where all answer its last unit was asked."""
    undisturbed_s = (len(live) - 1) * ANSWER_S
    cycles = zip(*(each.asked_s for each in live), strict=True)
    return [max(asked) - number * period_s - undisturbed_s for number, asked in enumerate(cycles)]


@pytest.mark.parametrize("period_s", [2.0, 10.0, 60.0])
def test_a_dead_unit_among_sixteen_costs_one_deadline_when_asked_and_nothing_between(period_s: float) -> None:
    """Every slot of the living is read; only a cycle in which the dead one was asked can be late at all."""
    rig, (dead,), live = line(period_s, 1)
    delays_s = worst_delays_s(live, period_s)
    assert len(delays_s) == HOUR_S // period_s + 1
    asked_in = {round(asked_s // period_s) for asked_s in dead.asked_s}
    late_in = {cycle for cycle, delay_s in enumerate(delays_s) if delay_s > 1e-6}
    assert late_in <= asked_in
    assert max(delays_s) <= DEADLINE_S + 1e-6
    assert all(o.flag is Flag.GOOD for number in range(15) for o in rig.observations(f"live-{number}"))


def test_a_dead_unit_goes_last_so_that_it_delays_nobody_after_its_first_failure() -> None:
    """Only at its very first question is it not known to be dead."""
    _, _, live = line(10.0, 1)
    delays_s = worst_delays_s(live, 10.0)
    assert delays_s[0] == pytest.approx(DEADLINE_S)
    assert max(delays_s[1:]) < 1e-6


def test_four_dead_units_cost_a_cycle_one_deadline_altogether() -> None:
    """Once they are known to be dead they take turns: read each second, no cycle waits for more than one."""
    rig, dead, live = line(1.0, 4)
    slots = HOUR_S + 1
    for number in range(UNITS - 4):
        observations = rig.observations(f"live-{number}")
        assert len(observations) == slots
        lost = [slot for slot, each in enumerate(observations) if each.flag is not Flag.GOOD]
        # Until each has failed three times nobody knows: four deadlines a cycle, for three cycles.
        assert all(slot < 3 * (4 * DEADLINE_S + 1) for slot in lost)
    probes_s = sorted(asked_s for each in dead for asked_s in each.asked_s)[4 * 3 :]
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(probes_s))
    assert len(live[0].asked_s) >= slots - 15


def test_on_a_line_that_is_never_idle_everybody_has_a_turn_between_two_deadlines() -> None:
    """Asked for more than it can carry, the line still never makes a living unit wait for two dead ones."""
    period_s = 0.25
    _, _, live = line(period_s, 4, run_s=300)
    settled_s = 3 * (4 * DEADLINE_S + 1)
    cycle_s = len(live) * ANSWER_S
    for each in live:
        gaps_s = [b - a for a, b in pairwise(each.asked_s) if a > settled_s]
        assert max(gaps_s) <= cycle_s + DEADLINE_S + period_s


def test_the_dead_take_turns_and_none_is_forgotten() -> None:
    """Each is asked about as often as if it were the only one."""
    _, dead, _ = line(10.0, 4)
    (_, (alone,), _) = line(10.0, 1)
    for each in dead:
        assert len(alone.asked_s) - 1 <= len(each.asked_s) <= len(alone.asked_s)
        gaps_s = [later - earlier for earlier, later in pairwise(each.asked_s)]
        assert max(gaps_s) <= ASK_LONGEST_S + 4 * 10.0


def test_the_slots_of_the_dead_are_on_record_with_their_reason() -> None:
    """Asked in vain, or not asked."""
    rig, dead, _ = line(10.0, 4)
    for number, each in enumerate(dead):
        reasons = [observation.why for observation in rig.observations(f"dead-{number}")]
        assert len(reasons) == HOUR_S // 10 + 1
        assert reasons.count(Why.NO_ANSWER) == len(each.asked_s)
        assert set(reasons) == {Why.NO_ANSWER, Why.NOT_ASKED}


def test_instruments_that_are_read_hourly_never_wait_for_a_turn_to_be_asked() -> None:
    """Four deadlines an hour are nothing, and an hour without a question would be lost."""
    rig = Rig()
    dead = [rig.add(f"dead-{n}", HOUR_S, *[NoAnswerError("silent")] * 10) for n in range(4)]
    rig.run(8 * HOUR_S)
    assert all(len(each.asked_s) == 9 for each in dead)
