"""When the poller asks, and what it makes of turns that it could not serve."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.poller import LONGEST_STEP_S, MISSED_ON_RECORD
from agent.acquire.schedule import Slots, instant_of
from agent.clock import NS
from agent.model import Flag, Instant, Observation, Severity, Trust, Why
from drivers.contract import NoAnswerError
from tests.acquire.rig import START_S, WALL_NS, Rig


@given(period_s=st.floats(0.1, 86400), steps_ns=st.lists(st.integers(0, 10**15), min_size=1, max_size=20))
def test_slots_are_given_once_in_order_and_on_the_grid(period_s: float, steps_ns: list[int]) -> None:
    """However late anyone looks, slot k is start + k * period and comes exactly once."""
    slots, now_ns, given_slots = Slots(period_s), 7, 0
    slots.start(now_ns)
    period_ns = round(period_s * NS)
    for step_ns in steps_ns:
        now_ns += step_ns
        taken = slots.take(now_ns)
        assert taken == range(
            7 + given_slots * period_ns, 7 + (given_slots + len(taken)) * period_ns, period_ns
        )
        given_slots += len(taken)
        assert now_ns < slots.next_ns <= now_ns + period_ns


def test_a_slot_on_the_wall_clock_follows_the_offset_of_now() -> None:
    """A past slot is placed on today's wall clock, with today's trust in it."""
    now = Instant(1_000_000, 500, Trust.RTC)
    assert instant_of(200, now) == Instant(999_700, 200, Trust.RTC)


def test_everything_is_read_at_once_and_handed_over_as_one_batch() -> None:
    """The first step reads every sensor; what one cycle brings shares one commit."""
    rig = Rig()
    rig.add("a", 10)
    rig.add("b", 60)
    assert rig.step() == 10.0
    assert [[str(r.channel) for r in batch if isinstance(r, Observation)] for batch in rig.batches] == [
        ["a/ph", "a/temperature", "b/ph", "b/temperature"]
    ]


def test_a_step_before_its_time_asks_nothing_and_writes_nothing() -> None:
    """Somebody may wake the poller early; that is no reason to read."""
    rig = Rig()
    sensor = rig.add("a", 10)
    rig.step()
    rig.clock.advance(4)
    assert rig.step() == 6.0
    assert sensor.asked_s == [0.0]
    assert len(rig.batches) == 1


def test_each_reading_carries_the_time_right_after_its_own_read() -> None:
    """Slow neighbours do not smear a reading's time."""
    rig = Rig()
    rig.add("a", 60, 0.25)
    rig.add("b", 60, 0.5)
    rig.step()
    assert [rig.observations(name)[0].at.mono_ns / NS - START_S for name in "ab"] == [0.25, 0.75]


def test_schedule_does_not_drift_when_reads_take_time_and_wake_ups_are_late() -> None:
    """After a thousand slots the thousandth is still at its place."""
    rig = Rig()
    sensor = rig.add("a", 1.0, *[0.03] * 2000)
    rig.run(999.5, late_s=0.004)
    assert len(sensor.asked_s) == 1000
    assert all(k <= asked_s < k + 0.01 for k, asked_s in enumerate(sensor.asked_s))


@pytest.mark.parametrize("jump_s", [-7200, 7200])
def test_a_step_of_the_wall_clock_changes_stamps_and_nothing_else(jump_s: int) -> None:
    """The clock is set two hours back or forth: the sampling does not notice."""
    rig = Rig()
    sensor = rig.add("a", 10)
    rig.run(20)
    rig.clock.wall_ns += jump_s * NS
    rig.run(50)
    assert sensor.asked_s == [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]
    walls_s = [(observation.at.wall_ns - WALL_NS) / NS for observation in rig.observations("a")]
    assert walls_s == [0, 10, 20, 30 + jump_s, 40 + jump_s, 50 + jump_s]


def test_slots_that_a_slow_read_swallows_are_recorded_and_not_caught_up() -> None:
    """A read of 3.5 periods costs three slots, each on record at its own time; the phase stays."""
    rig = Rig()
    slow = rig.add("slow", 60, 35.0)
    quick = rig.add("quick", 10)
    rig.run(60)
    assert slow.asked_s == [0.0, 60.0]
    assert quick.asked_s == [35.0, 40.0, 50.0, 60.0]
    recorded = [(o.at.mono_ns // NS - START_S, o.flag, o.why) for o in rig.observations("quick")]
    overrun = (Flag.MISSING, Why.OVERRUN)
    good = (Flag.GOOD, Why.NONE)
    assert recorded == [
        (0, *overrun), (10, *overrun), (20, *overrun),
        (35, *good), (40, *good), (50, *good), (60, *good),
    ]  # fmt: skip


def test_a_very_long_gap_is_one_event_and_a_bounded_number_of_records() -> None:
    """A night of sleep at ten readings a second does not write a night of records."""
    rig = Rig()
    rig.add("a", 0.1)
    rig.step()
    rig.clock.advance(3600)
    rig.step()
    missing = [o for o in rig.observations("a") if o.flag is Flag.MISSING]
    raised, cleared = rig.events("gap")
    assert (raised.data["reason"], raised.data["records"]) == ("blocked", int(raised.text.split()[0]))
    untold = 36_000 - 1 - MISSED_ON_RECORD
    assert len(missing) == MISSED_ON_RECORD
    assert raised.text.startswith(f"{untold} readings were not taken")
    assert (raised.phase, cleared.phase, raised.severity) == ("raised", "cleared", Severity.INFO)
    assert raised.id == cleared.id == f"a/gap/{WALL_NS + NS // 10}"
    assert raised.at.mono_ns == START_S * NS + NS // 10
    assert cleared.at.mono_ns == START_S * NS + untold * NS // 10


def test_the_longest_waiting_goes_first_even_when_it_failed() -> None:
    """Who was left over from the last step is not overtaken by those who have just become due."""
    rig = Rig()
    rig.add("slow", 10, 0, LONGEST_STEP_S + 1)
    rig.add("late", 10, NoAnswerError("silent"))
    rig.add("fresh", 16)
    rig.run(16)
    last = [str(r.channel) for batch in rig.batches[-2:] for r in batch if isinstance(r, Observation)]
    assert last[-4:] == ["late/ph", "late/temperature", "fresh/ph", "fresh/temperature"]


def test_a_long_cycle_is_handed_over_in_parts_and_the_rest_goes_first() -> None:
    """A bus full of slow instruments holds back neither what was read nor the worker's beat."""
    rig = Rig()
    names = ["a", "b", "c"]
    for name in names:
        rig.add(name, 60, LONGEST_STEP_S * 0.6)
    assert rig.step() == 0.0
    rig.step()
    assert [[str(r.channel) for r in batch[::2] if isinstance(r, Observation)] for batch in rig.batches] == [
        ["a/ph", "b/ph"],
        ["c/ph"],
    ]
