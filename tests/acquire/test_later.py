"""An instrument that needs time for a measurement gives the bus back, and its slot waits for the end."""

from __future__ import annotations

import pytest

from agent.acquire.turn import LONGEST_S, MOST_QUESTIONS, SHORTEST_S
from agent.clock import NS, FastClock
from agent.model import Flag, Why
from drivers.contract import BadAnswerError, BusError, Later, NoAnswerError
from tests.acquire.rig import START_S, Line, Rig


def told(rig: Rig, sensor: str) -> list[tuple[float, Why]]:
    """When and why, by the time of the record."""
    return [((o.at.mono_ns - START_S * NS) / NS, o.why) for o in rig.observations(sensor)]


def test_others_are_served_while_an_instrument_measures() -> None:
    """The bus is free in between; the slot is one observation, at the time of the answer that held it."""
    rig = Rig()
    slow = rig.add("slow", 60, Later(3.0), Later(4.5))
    quick = rig.add("quick", 1)
    rig.run(10)
    assert slow.asked_s == [0, 3, 7.5]
    assert quick.asked_s == [*range(11)]
    assert told(rig, "slow") == [(7.5, Why.NONE)]
    assert told(rig, "quick") == [(t, Why.NONE) for t in range(11)]


def test_the_poller_wakes_for_the_end_of_a_measurement() -> None:
    """And nothing is committed before."""
    rig = Rig()
    rig.add("slow", 60, Later(3.0))
    assert rig.step() == 3.0
    assert rig.batches == []
    rig.clock.advance(1)
    assert rig.step() == 2.0
    assert rig.batches == []


def test_a_measurement_is_one_read_by_one_driver() -> None:
    """What the driver remembers of the dialogue is there at the next question."""
    rig = Rig()
    slow = rig.add("slow", 10, Later(1), Later(1), 0, Later(1))
    rig.run(15)
    assert slow.drivers == 1
    assert rig.poller.status()["sensors"][0]["reads"] == 2  # type: ignore[index]  # JSON values


def test_a_slot_that_comes_during_a_measurement_is_an_overrun() -> None:
    """A measurement of 25 s every 10 s: each second and third slot has nobody to serve it."""
    rig = Rig()
    rig.add("slow", 10, Later(25.0), 0, Later(25.0))
    rig.run(30)
    assert told(rig, "slow") == [(10, Why.OVERRUN), (20, Why.OVERRUN), (25, Why.NONE)]


def test_a_slot_that_comes_at_the_end_of_a_measurement_begins_the_next() -> None:
    """As long as the period: every slot has its measurement."""
    rig = Rig()
    slow = rig.add("slow", 10, Later(10.0), 0, Later(10.0), 0)
    rig.run(20)
    assert slow.asked_s == [0, 10, 10, 20, 20]
    assert [o.flag for o in rig.observations("slow")] == [Flag.GOOD] * 3


def test_silence_at_the_end_of_a_measurement_is_one_failure() -> None:
    """The slot says why, and the next begins with a driver that remembers nothing."""
    rig = Rig()
    slow = rig.add("slow", 10, Later(2.0), NoAnswerError("silent"))
    rig.run(10)
    assert told(rig, "slow") == [(2, Why.NO_ANSWER), (10, Why.NONE)]
    assert slow.drivers == 2


def test_silence_without_a_measurement_keeps_the_driver() -> None:
    """Nothing was under way, so nothing has to be forgotten."""
    rig = Rig()
    sensor = rig.add("a", 10, NoAnswerError("silent"))
    rig.run(10)
    assert sensor.drivers == 1


def test_a_damaged_end_is_asked_for_once_more() -> None:
    """As everywhere."""
    rig = Rig()
    rig.add("slow", 10, Later(2.0), BadAnswerError("noise"))
    rig.run(2)
    assert told(rig, "slow") == [(2, Why.NONE)]


def test_a_measurement_that_always_ends_damaged_fails_after_one_retry() -> None:
    """The retry measures again; damage at its end ends the slot, and the next slot has a retry of its own."""
    rig = Rig()
    always: list[Line] = [Later(2.0), BadAnswerError("noise")] * 8
    slow = rig.add("slow", 10, *always)
    rig.run(14)
    assert slow.asked_s == [0, 2, 2, 4, 10, 12, 12, 14]
    assert told(rig, "slow") == [(4, Why.BAD_ANSWER), (14, Why.BAD_ANSWER)]


def test_a_broken_bus_ends_every_measurement_on_it() -> None:
    """Somebody else breaks it: the slot says so at once; the next begins with a new driver."""
    rig = Rig()
    slow = rig.add("slow", 10, Later(5.0))
    rig.add("other", 3, 0, BusError("unplugged", "plug it in"))
    rig.run(10)
    assert told(rig, "slow") == [(3, Why.BUS_DOWN), (10, Why.NONE)]
    assert slow.asked_s == [0, 10]
    assert slow.drivers == 2


def test_a_bus_that_breaks_when_a_measurement_was_about_to_end_is_recorded_once() -> None:
    """Both are due in the same step and the other goes first: what was lost with the bus is not asked for."""
    rig = Rig()
    rig.add("other", 5, 0, BusError("unplugged"))
    slow = rig.add("slow", 60, Later(5.0))
    rig.run(6)
    assert told(rig, "slow") == [(5, Why.BUS_DOWN)]
    assert slow.asked_s == [0]


def test_a_bus_that_breaks_at_the_end_of_a_measurement_is_recorded_once() -> None:
    """The one who was asked is among those who lost their bus."""
    rig = Rig()
    rig.add("slow", 10, Later(5.0), BusError("unplugged"))
    rig.run(5)
    assert told(rig, "slow") == [(5, Why.BUS_DOWN)]


def test_an_instrument_that_is_never_done_is_given_up_after_so_many_questions() -> None:
    """Silence of its own kind, with words."""
    rig = Rig()
    sensor = rig.add("slow", 3600, *[Later(0.1)] * 500)
    rig.run(60)
    assert len(sensor.asked_s) == MOST_QUESTIONS
    assert [why for _, why in told(rig, "slow")] == [Why.NO_ANSWER]
    status = rig.poller.status()["sensors"][0]  # type: ignore[index]  # JSON values
    assert f"not over after {MOST_QUESTIONS} questions" in status["error"]
    assert "power off and on" in status["hint"]


@pytest.mark.parametrize("after_s", [LONGEST_S + 1, float("inf")])
def test_an_instrument_that_wants_too_long_is_not_waited_for(after_s: float) -> None:
    """Longer than any standard allows: the slot fails at once."""
    rig = Rig()
    rig.add("slow", 3600, Later(after_s))
    rig.run(1)
    assert told(rig, "slow") == [(0, Why.NO_ANSWER)]


def test_the_whole_of_a_measurement_is_bounded_and_not_each_part() -> None:
    """600 s and 600 s again are too long together; 999 s at once are what SDI-12 allows."""
    rig = Rig()
    rig.add("twice", 3600, Later(600.0), Later(600.0))
    rig.add("once", 3600, Later(999.0))
    rig.run(1000)
    assert told(rig, "twice") == [(600, Why.NO_ANSWER)]
    assert told(rig, "once") == [(999, Why.NONE)]


@pytest.mark.parametrize("after_s", [0.0, -1.0, float("nan")])
def test_a_wait_of_nothing_still_lends_the_bus_to_others(after_s: float) -> None:
    """A driver cannot keep the bus by asking for no time at all."""
    rig = Rig()
    sensor = rig.add("slow", 10, Later(after_s))
    rig.run(1)
    assert sensor.asked_s == [0, SHORTEST_S]


def test_an_instrument_that_is_dead_between_two_questions_trips_its_breaker() -> None:
    """Begun three times, never ended: asked less and less often like anybody else."""
    rig = Rig()
    begun_and_silent: list[Line] = [Later(2.0), NoAnswerError("silent")] * 4
    sensor = rig.add("slow", 10, *begun_and_silent)
    rig.run(60)
    assert sensor.asked_s == [0, 2, 10, 12, 20, 22, 40, 42]


def test_a_measurement_under_way_is_served_before_those_who_came_later() -> None:
    """Its turn came earlier than theirs: who waits longest goes first."""
    rig = Rig()
    slow = rig.add("slow", 60, Later(9.0))
    block = rig.add("block", 8, 0, 3.0)
    late = rig.add("late", 10)
    rig.run(12)
    assert (block.asked_s[1], slow.asked_s[1], late.asked_s[1]) == (8, 11, 11)
    assert [str(o.channel) for o in rig.batches[-1][::2]] == ["slow/ph", "late/ph"]  # type: ignore[union-attr]


def test_closing_gives_a_measurement_up_and_its_slot_says_so() -> None:
    """The station stops: the bus is let go at once, and no slot is left without a record."""
    rig = Rig()
    rig.add("slow", 60, Later(9.0))
    rig.step()
    rig.poller.close()
    assert rig.wires[0].closed
    assert [observation.why for observation in rig.observations("slow")] == [Why.NOT_ASKED]


def test_an_instrument_does_not_hurry_because_the_clock_does() -> None:
    """At sixty times the speed two seconds of the wire are two minutes of the station."""
    rig = Rig()
    rig.add("slow", 3600, Later(2.0))
    fast = FastClock(60.0, 0)
    rig.clock.seconds = fast.seconds  # type: ignore[method-assign]  # the hand's clock runs fast for once
    assert rig.step() == 120.0


def test_a_fast_clock_does_not_shorten_what_an_instrument_may_take() -> None:
    """The bound is in seconds of the wire too, over the whole of the measurement."""
    rig = Rig()
    rig.add("slow", 1e6, Later(500.0), Later(400.0))
    rig.clock.seconds = FastClock(60.0, 0).seconds  # type: ignore[method-assign]  # as above
    assert rig.step() == 30_000.0
    rig.clock.advance(30_000)
    assert rig.step() == 24_000.0
