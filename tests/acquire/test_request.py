"""What a person asks of a bus: done by the bus's own thread between slots, bounded, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.acquire.course import Course
from agent.acquire.judging import Judging
from agent.acquire.poller import LONGEST_STEP_S
from agent.acquire.quality.build import settings
from agent.acquire.request import RequestError
from agent.clock import NS
from agent.model import Flag, Why
from drivers.contract import BadAnswerError, BusError, Later, NoAnswerError
from tests.acquire.rig import START_S, Rig, Wire, times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.contract import Bus


def silent() -> NoAnswerError:
    """Nobody there."""
    return NoAnswerError("unit 3 did not answer", "check its power")


def units(rig: Rig, count: int, step_s: float) -> Callable[[Bus], Iterator[int]]:
    """A search that takes `step_s` for each of `count` questions and yields the number of each."""

    def work(bus: Bus) -> Iterator[int]:
        assert isinstance(bus, Wire)
        for unit in range(count):
            assert not bus.closed
            rig.clock.advance(step_s)
            yield unit

    return work


def now_s(rig: Rig) -> float:
    """Seconds since the start."""
    return (rig.clock.mono_ns - START_S * NS) / NS


# A look at one sensor.


def test_a_sensor_is_read_now_and_nothing_of_it_is_stored() -> None:
    """Between its slots, with the driver that is there; the next slot is as if nobody had asked."""
    rig = Rig()
    sensor = rig.add("a", 60)
    rig.step()
    stored = len(rig.batches)
    rig.clock.advance(10)
    promise = rig.poller.look("a", 5)
    assert rig.poller.wake.is_set()
    assert not promise.is_over
    assert rig.step() == 50.0
    look = promise.result()
    assert [(str(o.channel), o.raw, o.value, o.flag) for o in look.observations] == [
        ("a/ph", 6.5, 6.5, Flag.GOOD),
        ("a/temperature", 11.25, 11.25, Flag.GOOD),
    ]
    assert look.error is None
    assert look.observations[0].at.mono_ns == (START_S + 10) * NS
    assert len(rig.batches) == stored
    assert rig.latest.snapshot()["a/ph"].last.at.mono_ns == START_S * NS
    rig.run(60)
    assert sensor.asked_s == [0, 10, 60]
    assert sensor.drivers == 1


def test_a_look_says_of_its_values_what_is_known_against_them() -> None:
    """What `read` shows must not be better than what the same reading is in the journal."""
    rig = Rig()
    rig.add("a", 60)
    rig.judging = Judging([Course("a/ph", settings("ph", {"syntax": [6.5]}), 60.0, (0.0, 14.0))], rig.latest)
    rig.step()
    rig.maintenance.begin("station", 600, "")
    rig.clock.advance(10)
    promise = rig.poller.look("a", 5)
    rig.step()
    ph, temperature = promise.result().observations
    assert (ph.flag, ph.why) == (Flag.FAIL, Why.SYNTAX | Why.MAINTENANCE)
    assert (temperature.flag, temperature.why) == (Flag.SUSPECT, Why.MAINTENANCE)


def test_a_silent_sensor_is_told_with_the_reason_and_the_advice() -> None:
    """Missing observations, and the words of the driver."""
    rig = Rig()
    rig.add("a", 60, 0, silent())
    rig.step()
    rig.clock.advance(10)
    promise = rig.poller.look("a", 5)
    rig.step()
    look = promise.result()
    assert [(o.flag, o.why) for o in look.observations] == [(Flag.MISSING, Why.NO_ANSWER)] * 2
    assert (look.error and look.error.hint) == "check its power"


def test_looking_at_a_silent_sensor_does_not_make_it_look_dead() -> None:
    """Only slots count for the breaker: somebody who asks ten times in a row changes nothing."""
    rig = Rig()
    sensor = rig.add("a", 60, 0, *times(10, silent))
    rig.step()
    for _ in range(10):
        rig.clock.advance(1)
        rig.poller.look("a", 5)
        rig.step()
    rig.run(60)
    assert sensor.asked_s[-1] == 60
    assert rig.events("sensor_fault") == []


def test_a_sensor_that_is_left_alone_as_dead_is_read_and_comes_back() -> None:
    """Who has just repaired it need not wait ten minutes for the station to notice."""
    rig = Rig()
    sensor = rig.add("a", 60, *times(6, silent))
    rig.run(600)
    assert sensor.asked_s == [0, 60, 120, 240, 480]
    rig.poller.look("a", 5)
    rig.step()
    promise = rig.poller.look("a", 5)
    rig.step()
    assert promise.result().error is None
    assert [event.phase for event in rig.events("sensor_fault")] == ["raised", "cleared"]
    rig.run(660)
    assert sensor.asked_s[-1] == 660


def test_a_look_waits_for_a_sensor_that_needs_time_and_lends_the_bus_meanwhile() -> None:
    """The neighbours are served as ever."""
    rig = Rig()
    rig.add("a", 60, 0, Later(3.0))
    quick = rig.add("quick", 1)
    rig.run(10)
    promise = rig.poller.look("a", 30)
    rig.run(12)
    assert not promise.is_over
    rig.run(13)
    assert promise.result().observations[0].at.mono_ns == (START_S + 13) * NS
    assert quick.asked_s == [*range(14)]
    assert len(rig.observations("a")) == 1


def test_a_measurement_under_way_serves_its_slot_and_who_looks() -> None:
    """It is not begun a second time."""
    rig = Rig()
    sensor = rig.add("a", 60, Later(5.0))
    rig.run(2)
    promise = rig.poller.look("a", 30)
    rig.run(10)
    assert promise.result().observations == [*rig.observations("a"), *rig.observations("a", "temperature")]
    assert sensor.asked_s == [0, 5]


def test_a_slot_that_comes_while_somebody_looks_takes_what_comes_of_it() -> None:
    """A person who looks does not cost the station a value; a second slot in the same time is lost."""
    rig = Rig()
    sensor = rig.add("a", 10, 0, Later(15.0))
    rig.step()
    rig.clock.advance(8)
    promise = rig.poller.look("a", 30)
    rig.run(30)
    assert promise.result().error is None
    assert sensor.asked_s == [0, 8, 23, 30]
    assert [(o.at.mono_ns // NS - START_S, o.why) for o in rig.observations("a")] == [
        (0, Why.NONE), (20, Why.OVERRUN), (23, Why.NONE), (30, Why.NONE),
    ]  # fmt: skip


def test_a_look_that_breaks_the_bus_is_told_so() -> None:
    """The bus is closed like after any such error, and nobody is blamed for what a person did."""
    rig = Rig()
    rig.add("a", 60, 0, BusError("unplugged", "plug it in"))
    rig.step()
    promise = rig.poller.look("a", 5)
    rig.step()
    with pytest.raises(BusError, match="unplugged"):
        promise.result()
    assert rig.wires[0].closed
    assert rig.poller.status()["sensors"][0]["failures"] == 0  # type: ignore[index]  # JSON values


def test_a_look_on_a_bus_that_somebody_else_breaks_is_told_so() -> None:
    """While it waits for the end of its measurement."""
    rig = Rig()
    rig.add("a", 60, 0, Later(5.0))
    rig.add("b", 2, 0, BusError("unplugged"))
    rig.step()
    promise = rig.poller.look("a", 30)
    rig.run(2)
    with pytest.raises(BusError, match="unplugged"):
        promise.result()


def test_a_look_is_over_in_time_whatever_the_sensor_does() -> None:
    """The person gives up after 4 s, the measurement ends at 9 s, and its driver is where it should be."""
    rig = Rig()
    sensor = rig.add("a", 60, 0, Later(9.0))
    rig.step()
    promise = rig.poller.look("a", 4)
    rig.run(4)
    with pytest.raises(RequestError, match="not done within 4 s") as caught:
        promise.result()
    assert caught.value.hint
    rig.run(60)
    assert sensor.asked_s == [0, 0, 9, 60]
    assert len(rig.observations("a")) == 2


# A search of the bus.


def test_a_search_has_the_bus_to_itself_between_slots() -> None:
    """All of it at once where nobody is due; its results in the order in which they came."""
    rig = Rig()
    rig.add("a", 60)
    rig.step()
    promise = rig.poller.search(units(rig, 10, 0.1), 60)
    assert rig.poller.wake.is_set()
    rig.step()
    assert promise.result() == [*range(10)]
    assert now_s(rig) == pytest.approx(1.0)


def test_a_slot_waits_for_one_question_of_a_search_at_the_most() -> None:
    """A search of 30 s beside a sensor that is read each second."""
    rig = Rig()
    sensor = rig.add("a", 1)
    rig.step()
    promise = rig.poller.search(units(rig, 100, 0.3), 60)
    rig.run(40)
    assert promise.result() == [*range(100)]
    assert len(sensor.asked_s) == 41
    assert all(asked_s - slot < 0.3 + 1e-6 for slot, asked_s in enumerate(sensor.asked_s))


def test_a_search_goes_on_even_where_the_bus_is_never_idle() -> None:
    """One question in each step, however busy the sensors keep the bus."""
    rig = Rig()
    rig.add("a", 1, *[1.2] * 100)
    rig.step()
    promise = rig.poller.search(units(rig, 10, 0.1), 60)
    for _ in range(12):
        rig.step()
    assert promise.result() == [*range(10)]


def test_a_long_search_does_not_hold_back_the_beat() -> None:
    """A step ends after some seconds, also where no sensor is due for an hour."""
    rig = Rig()
    rig.add("a", 3600)
    rig.step()
    promise = rig.poller.search(units(rig, 100, 0.5), 60)
    assert rig.step() == 0.0
    assert now_s(rig) == LONGEST_STEP_S
    assert not promise.is_over


def test_a_search_that_takes_too_long_is_ended() -> None:
    """Its own end is run, so that it can put things right; nothing is asked any more."""
    rig = Rig()
    rig.add("a", 3600)
    rig.step()
    ended: list[float] = []

    def work(_bus: Bus) -> Iterator[int]:
        try:
            while True:
                rig.clock.advance(1)
                yield 1
        finally:
            ended.append(now_s(rig))

    promise = rig.poller.search(work, 7)
    rig.run(20)
    with pytest.raises(RequestError, match="not done within 7 s"):
        promise.result()
    assert ended == [7]


def test_a_search_that_nobody_waits_for_is_ended() -> None:
    """Ctrl-C at the terminal."""
    rig = Rig()
    rig.add("a", 3600)
    rig.step()
    promise = rig.poller.search(units(rig, 1000, 1.0), 60)
    rig.step()
    promise.abandon()
    assert rig.step() > 0
    assert now_s(rig) == LONGEST_STEP_S
    assert rig.poller.search(units(rig, 1, 0), 60)


@pytest.mark.parametrize("error", [silent(), BadAnswerError("noise")])
def test_an_error_of_a_search_is_its_result(error: NoAnswerError | BadAnswerError) -> None:
    """The bus is fine."""
    rig = Rig()
    rig.add("a", 60)
    rig.step()

    def work(_bus: Bus) -> Iterator[int]:
        yield 1
        raise error

    promise = rig.poller.search(work, 60)
    rig.step()
    with pytest.raises(type(error)):
        promise.result()
    assert not rig.wires[0].closed
    assert rig.events("bus_fault") == []


def test_a_search_that_breaks_the_bus_closes_it() -> None:
    """As a driver would; the next slot opens it again."""
    rig = Rig()
    sensor = rig.add("a", 60)
    rig.step()

    def work(_bus: Bus) -> Iterator[int]:
        yield 1
        raise BusError("unplugged", "plug it in")

    promise = rig.poller.search(work, 60)
    rig.step()
    with pytest.raises(BusError, match="unplugged"):
        promise.result()
    assert rig.wires[0].closed
    rig.run(60)
    assert sensor.asked_s == [0, 60]


def test_a_bug_in_a_search_is_told_to_both_sides() -> None:
    """The supervisor logs it; the person is not given half a result."""
    rig = Rig()
    rig.add("a", 60)
    rig.step()

    def work(_bus: Bus) -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    promise = rig.poller.search(work, 60)
    with pytest.raises(ZeroDivisionError):
        rig.step()
    rig.step()
    with pytest.raises(RequestError, match="inside the station"):
        promise.result()
    assert rig.poller.search(units(rig, 1, 0), 60)


# Both.


def test_one_request_at_a_time() -> None:
    """The second is refused with words, and may come again once the first is over."""
    rig = Rig()
    rig.add("a", 60, 0, Later(5.0))
    rig.step()
    first = rig.poller.look("a", 30)
    with pytest.raises(RequestError, match="bus rs485 is busy with another request") as caught:
        rig.poller.search(units(rig, 1, 0), 30)
    assert "ask again" in caught.value.hint
    rig.run(5)
    assert first.is_over
    second = rig.poller.search(units(rig, 1, 0), 30)
    rig.step()
    assert second.result() == [0]


def test_a_bus_that_is_down_says_so_and_why() -> None:
    """With the advice that its own fault has."""
    rig = Rig(open_errors=100)
    rig.add("a", 60)
    rig.step()
    promise = rig.poller.look("a", 5)
    rig.step()
    with pytest.raises(RequestError, match="bus rs485 is down: /dev/ttyUSB0 is gone") as caught:
        promise.result()
    assert caught.value.hint == "plug the adapter in"


def test_a_person_who_asks_may_be_the_first_to_find_the_bus_open_again() -> None:
    """The adapter is back: a request opens it, without waiting for a slot."""
    rig = Rig(open_errors=1)
    sensor = rig.add("a", 3600)
    rig.step()
    rig.clock.advance(5)
    promise = rig.poller.look("a", 5)
    rig.step()
    assert promise.result().error is None
    assert sensor.asked_s == [5]
    assert [event.phase for event in rig.events("bus_fault")] == ["raised", "cleared"]


def test_who_waits_is_told_when_the_bus_is_closed_for_good() -> None:
    """The station stops."""
    rig = Rig()
    rig.add("a", 60)
    rig.step()
    promise = rig.poller.search(units(rig, 10, 0), 60)
    rig.poller.close()
    with pytest.raises(RequestError, match="being closed"):
        promise.result()


def test_a_promise_is_kept_or_broken_once() -> None:
    """What came first stays."""
    rig = Rig()
    rig.add("a", 60)
    rig.step()
    promise = rig.poller.search(units(rig, 1, 0), 60)
    rig.step()
    promise.fail(RequestError("too late"))
    promise.keep([])
    assert promise.result() == [0]
