"""What the poller does about silent, damaged and broken instruments, and about a bus that goes away."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent.clock import NS
from agent.model import Flag, Observation, Severity, Why
from drivers.contract import BadAnswerError, BusError, NoAnswerError, RefusedError
from tests.acquire.rig import START_S, WALL_NS, Rig, times


def silent() -> NoAnswerError:
    """Nobody there."""
    return NoAnswerError("unit 3 did not answer within 0.3 s", "check its power and its address")


def damaged() -> BadAnswerError:
    """Noise."""
    return BadAnswerError("CRC is 0x1234, not 0x4B37")


def broken() -> BusError:
    """The adapter is out."""
    return BusError("/dev/ttyUSB0 was unplugged.", "plug it in.")


def reasons(rig: Rig, sensor: str) -> list[Why]:
    """Why each observation of a sensor is not good."""
    return [observation.why for observation in rig.observations(sensor)]


def test_silence_is_recorded_for_every_channel_and_not_asked_again() -> None:
    """A silent instrument costs one deadline, and leaves one record per channel without any number."""
    rig = Rig()
    sensor = rig.add("a", 10, silent())
    rig.step()
    for quantity in ("ph", "temperature"):
        (observation,) = rig.observations("a", quantity)
        assert (observation.raw, observation.value) == (None, None)
        assert (observation.flag, observation.why) == (Flag.MISSING, Why.NO_ANSWER)
        assert observation.calibration.id.startswith("config-")
    assert len(sensor.asked_s) == 1


def test_a_damaged_answer_is_asked_for_once_more_at_once() -> None:
    """One noisy frame costs nothing but a second question."""
    rig = Rig()
    sensor = rig.add("a", 10, damaged())
    rig.step()
    assert [o.flag for o in rig.observations("a")] == [Flag.GOOD]
    assert sensor.asked_s == [0.0, 0.0]


def test_a_refusal_is_not_asked_for_again() -> None:
    """The instrument understood, and will say the same."""
    rig = Rig()
    sensor = rig.add("a", 10, RefusedError("exception 2: no such register", "is it the right model?"))
    rig.step()
    assert reasons(rig, "a") == [Why.BAD_ANSWER]
    assert sensor.asked_s == [0.0]


def test_two_damaged_answers_are_one_missing_observation() -> None:
    """Retries are bounded: the second answer is the last."""
    rig = Rig()
    sensor = rig.add("a", 10, damaged(), damaged())
    rig.step()
    assert reasons(rig, "a") == [Why.BAD_ANSWER]
    assert len(sensor.asked_s) == 2


def test_silence_after_a_damaged_answer_is_recorded_as_silence() -> None:
    """The reason is the last thing that happened."""
    rig = Rig()
    rig.add("a", 10, damaged(), silent())
    rig.step()
    assert reasons(rig, "a") == [Why.NO_ANSWER]


def test_a_dead_instrument_is_asked_less_and_less_often_until_ten_minutes() -> None:
    """After three failures in a row the pauses double; slots in between are on record, with no traffic."""
    rig = Rig()
    sensor = rig.add("a", 60, *times(20, silent))
    sensor.deadline_s = 1.0
    rig.run(3600)
    assert sensor.asked_s == [0, 60, 120, 240, 480, 960, 1560, 2160, 2760, 3360]
    assert len(rig.observations("a")) == 61
    asked = [o.why is Why.NO_ANSWER for o in rig.observations("a")]
    assert [60.0 * slot for slot, was_asked in enumerate(asked) if was_asked] == sensor.asked_s
    assert set(reasons(rig, "a")) == {Why.NO_ANSWER, Why.NOT_ASKED}


def test_a_fast_dead_instrument_backs_off_within_seconds() -> None:
    """Ten questions a second to nobody would starve the neighbours: the first pause is two seconds."""
    rig = Rig()
    sensor = rig.add("a", 0.1, *times(20, silent))
    rig.run(10)
    assert sensor.asked_s == [0, 0.1, 0.2, 2.2, 6.2]


def test_an_instrument_slower_than_the_longest_pause_is_asked_at_each_slot() -> None:
    """Backing off never makes a sensor that is read hourly miss an hour."""
    rig = Rig()
    sensor = rig.add("a", 3600, *times(20, silent))
    rig.run(6 * 3600)
    assert sensor.asked_s == [3600.0 * k for k in range(7)]


def test_years_of_absence_do_not_overflow_the_pause() -> None:
    """The doubling stops; a sensor may be away for years."""
    rig = Rig()
    sensor = rig.add("a", 600, *times(2000, silent))
    rig.run(600 * 1500)
    assert len(sensor.asked_s) == 1501


def test_after_its_return_an_instrument_is_read_at_every_slot_again() -> None:
    """One good answer ends the backing off."""
    rig = Rig()
    sensor = rig.add("a", 60, *times(4, silent))
    rig.run(600)
    assert sensor.asked_s == [0, 60, 120, 240, 480, 540, 600]


def test_slots_swallowed_while_backing_off_say_that_nobody_asked() -> None:
    """A busy bus is not the reason when the sensor would not have been asked anyway."""
    rig = Rig()
    rig.add("dead", 10, *times(20, silent))
    rig.add("slow", 21, 0, 25.0)
    rig.run(50)
    no, rest = Why.NO_ANSWER, Why.NOT_ASKED
    assert reasons(rig, "dead") == [no, no, no, rest, no, rest]


def test_a_fault_is_one_event_with_one_life_and_two_lines_in_the_log() -> None:
    """Raised after the third failure with its onset in the id, cleared by the first answer."""
    rig = Rig()
    rig.add("a", 10, 0, *times(5, silent))
    rig.run(200)
    raised, cleared = rig.events("sensor_fault")
    assert raised.id == cleared.id == f"a/sensor_fault/{WALL_NS + 10 * NS}"
    assert (raised.phase, cleared.phase) == ("raised", "cleared")
    assert raised.severity is Severity.YELLOW
    assert raised.at.mono_ns == (START_S + 30) * NS
    assert raised.title == "sensor a does not work"
    assert raised.text == "unit 3 did not answer within 0.3 s. check its power and its address."
    assert cleared.at.mono_ns == (START_S + 170) * NS
    assert "160 s" in cleared.text
    away, back = rig.logged.entries
    assert (away["event"], away["sensor"], away["bus"]) == ("sensor went away", "a", "rs485")
    assert away["hint"] == "check its power and its address"
    assert (back["event"], back["away_s"]) == ("sensor is back", 160.0)


def test_an_error_without_a_hint_is_still_a_sentence() -> None:
    """The text of an event never holds an empty advice."""
    rig = Rig()
    rig.add("a", 10, *times(20, damaged))
    rig.run(30)
    assert rig.events("sensor_fault")[0].text == "CRC is 0x1234, not 0x4B37."


def test_two_failures_in_a_row_wake_nobody() -> None:
    """Single losses are on record as observations only."""
    rig = Rig()
    rig.add("a", 10, silent(), silent(), 0, silent(), silent())
    rig.run(100)
    assert rig.events("sensor_fault") == []
    assert rig.logs() == []


def test_a_second_fault_has_a_new_id() -> None:
    """Each life of a fault is its own event."""
    rig = Rig()
    rig.add("a", 10, *times(3, silent), 0, *times(3, silent))
    rig.run(300)
    ids = [event.id for event in rig.events("sensor_fault")]
    assert len(ids) == 4
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_a_broken_bus_is_closed_at_once_and_neighbours_say_why() -> None:
    """Nobody reads on a wire that has just failed; all are missing for the same reason."""
    rig = Rig()
    rig.add("a", 10, broken())
    neighbour = rig.add("b", 10)
    rig.step()
    assert rig.wires[0].closed
    assert reasons(rig, "a") == reasons(rig, "b") == [Why.BUS_DOWN]
    assert neighbour.asked_s == []


def test_a_broken_bus_is_opened_again_at_the_next_due_time() -> None:
    """Re-plugged within a period, nothing but one slot is lost; drivers are made anew for the new wire."""
    rig = Rig()
    rig.add("a", 10, 0, broken())
    rig.run(20)
    assert rig.open_tries_s == [0, 20]
    assert [o.flag for o in rig.observations("a")] == [Flag.GOOD, Flag.MISSING, Flag.GOOD]
    assert rig.logs() == []


def test_a_bus_that_stays_away_is_looked_for_every_ten_seconds() -> None:
    """Gone for a day, it is read within seconds of its return; every slot till then says why."""
    rig = Rig(open_errors=1000)
    sensor = rig.add("a", 1)
    rig.run(60)
    waits_s = [b - a for a, b in pairwise(rig.open_tries_s)]
    assert waits_s == [1, 2, 4, 8, 10, 10, 10, 10]
    assert sensor.asked_s == []
    assert reasons(rig, "a") == [Why.BUS_DOWN] * 61


def test_a_bus_fault_is_one_event_and_two_lines_in_the_log_and_blames_no_sensor() -> None:
    """The adapter is out: one event for it, none for the instruments behind it."""
    rig = Rig(open_errors=5)
    rig.add("a", 1)
    rig.add("b", 1)
    rig.run(60)
    raised, cleared = rig.events("bus_fault")
    assert raised.id == cleared.id == f"rs485/bus_fault/{WALL_NS}"
    assert (raised.phase, cleared.phase) == ("raised", "cleared")
    assert raised.text == "/dev/ttyUSB0 is gone. plug the adapter in."
    assert rig.events("sensor_fault") == []
    assert rig.logs() == ["bus went away", "bus is back"]


def test_a_bus_that_cannot_be_opened_is_told_of_at_once() -> None:
    """Nothing to wait for: who starts the station without its adapter must hear of it."""
    rig = Rig(open_errors=100)
    rig.add("a", 60)
    rig.run(1)
    (raised,) = rig.events("bus_fault")
    assert (raised.phase, raised.subject) == ("raised", "rs485")
    assert rig.logs() == ["bus went away"]


def test_silence_of_an_instrument_proves_that_the_bus_is_back() -> None:
    """The wire carried the question; whose fault the silence is has changed."""
    rig = Rig(open_errors=3)
    rig.add("a", 10, silent())
    rig.run(40)
    raised, cleared = rig.events("bus_fault")
    assert (raised.phase, cleared.phase) == ("raised", "cleared")
    assert (cleared.at.mono_ns - raised.at.mono_ns) // NS == 30
    assert reasons(rig, "a")[3:] == [Why.NO_ANSWER, Why.NONE]


def test_a_stuck_line_opens_well_and_still_backs_off() -> None:
    """Opening proves nothing: the wait grows to a minute until a read comes through."""
    rig = Rig()
    rig.add("a", 1, *times(100, broken))
    rig.run(200)
    assert rig.open_tries_s == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    (raised,) = rig.events("bus_fault")
    assert (raised.phase, raised.text) == ("raised", "/dev/ttyUSB0 was unplugged. plug it in.")
    assert rig.events("sensor_fault") == []


def test_one_instrument_that_breaks_the_bus_does_not_take_it_from_its_neighbours() -> None:
    """Who breaks a working bus is asked last, and after three times less often: neighbours lose one slot."""
    rig = Rig()
    poison = rig.add("poison", 10, *times(1000, broken))
    rig.add("b", 10)
    rig.run(3600)
    lost = [o for o in rig.observations("b") if o.flag is not Flag.GOOD]
    assert len(lost) == 1
    assert len(poison.asked_s) < 20
    assert [event.phase for event in rig.events("sensor_fault")] == ["raised"]
    assert rig.events("bus_fault") == []


def test_a_bus_that_seems_down_is_tried_with_each_sensor_in_turn() -> None:
    """After an outage one instrument keeps breaking the bus; its neighbour, blamed once, gets through."""
    rig = Rig()
    rig.add("a", 10, 0, broken())
    rig.add("poison", 10, 0, *times(1000, broken))
    rig.run(3600)
    lost = [o.at.mono_ns // NS - START_S for o in rig.observations("a") if o.flag is not Flag.GOOD]
    assert lost == [10, 20]


def test_silent_instruments_do_not_delay_those_that_answer() -> None:
    """Who failed last time is asked after those who did not."""
    rig = Rig()
    silent_one = rig.add("silent", 10, silent(), silent())
    answering = rig.add("answering", 10, 1.0, 1.0)
    rig.run(10)
    assert silent_one.asked_s == [0, 11]
    assert answering.asked_s == [0, 10]


def test_a_driver_that_breaks_its_contract_does_not_cost_what_others_have_read() -> None:
    """A bug is the supervisor's to log; the cycle's observations are handed over all the same."""
    rig = Rig()
    rig.add("a", 10)
    bug: list[float] = [float("nan")]  # the clock cannot advance by it
    rig.add("b", 10, *bug)
    with pytest.raises(ValueError, match="NaN"):
        rig.step()
    assert [o.flag for o in rig.observations("a")] == [Flag.GOOD]
    rig.clock.advance(10)
    rig.step()
    assert [o.flag for o in rig.observations("b")] == [Flag.GOOD]


def test_status_tells_what_works_since_when_not_and_what_to_do() -> None:
    """A person who asks gets the last error and its hint."""
    rig = Rig()
    rig.add("a", 10, 0, silent())
    rig.add("b", 10)
    rig.run(10)
    status = rig.poller.status()
    sensors = status.pop("sensors")
    assert status == {
        "bus": "rs485", "open": True, "ok": True, "failing_since_mono_ns": None, "error": "", "hint": "",
    }  # fmt: skip
    assert sensors == [
        {
            "id": "a", "ok": False, "failing_since_mono_ns": (START_S + 10) * NS,
            "error": "unit 3 did not answer within 0.3 s", "hint": "check its power and its address",
            "reads": 2, "failures": 1,
        },
        {
            "id": "b", "ok": True, "failing_since_mono_ns": None, "error": "", "hint": "",
            "reads": 2, "failures": 0,
        },
    ]  # fmt: skip


def test_status_of_a_bus_that_cannot_be_opened_holds_the_advice() -> None:
    """The bus is closed, and says why."""
    rig = Rig(open_errors=1)
    rig.add("a", 10)
    rig.step()
    status = rig.poller.status()
    assert (status["open"], status["ok"]) == (False, False)
    assert (status["error"], status["hint"]) == ("/dev/ttyUSB0 is gone", "plug the adapter in")


def test_closing_lets_go_of_the_bus_and_may_come_before_it_was_open() -> None:
    """The worker's last act works in every state, more than once."""
    rig = Rig()
    rig.add("a", 10)
    rig.poller.close()
    rig.step()
    rig.poller.close()
    rig.poller.close()
    assert [wire.closed for wire in rig.wires] == [True]


def test_what_the_neighbours_said_is_handed_over_before_one_that_failed_is_asked_again() -> None:
    """A stop, or a crash, in the middle of its deadline costs none of their values."""
    rig = Rig()
    rig.add("well", 10)
    rig.add("ill", 10, 0, silent(), silent())
    rig.run(20)
    together = [
        {str(r.channel).split("/")[0] for r in batch if isinstance(r, Observation)} for batch in rig.batches
    ]
    assert together == [{"well", "ill"}, {"well", "ill"}, {"well"}, {"ill"}]
