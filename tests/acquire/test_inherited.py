"""Faults that the last run left open go on in this one under their own names, and end when they are over."""

from __future__ import annotations

from agent.model import Event, Instant, Severity, Trust
from drivers.contract import NoAnswerError
from tests.acquire.rig import Rig, times

LONG_AGO = Instant(1_700_000_000_000_000_000, 77, Trust.NTP)


def fault(subject: str, kind: str = "sensor_fault", number: int = 1) -> Event:
    return Event(
        f"{subject}/{kind}/{number}",
        kind,
        subject,
        "raised",
        Severity.YELLOW,
        LONG_AGO,
        "it went",
        "no answer",
    )


def silent() -> NoAnswerError:
    return NoAnswerError("unit 3 did not answer", "check its power")


def test_a_sensor_that_is_back_after_a_restart_ends_the_event_of_the_run_before() -> None:
    rig = Rig()
    rig.left_open = (fault("a"),)
    rig.add("a", 10)
    rig.step()
    (end,) = rig.events("sensor_fault")
    assert (end.id, end.phase, end.at) == ("a/sensor_fault/1", "cleared", rig.observations("a")[0].at)
    assert "when the station was started" in end.text


def test_a_sensor_that_is_still_away_after_a_restart_is_not_told_of_twice() -> None:
    rig = Rig()
    rig.left_open = (fault("a"),)
    rig.add("a", 10, *times(5, silent))
    rig.run(300)
    assert [(event.id, event.phase) for event in rig.events("sensor_fault")] == [
        ("a/sensor_fault/1", "cleared")
    ]


def test_the_fault_of_a_bus_goes_on_too() -> None:
    rig = Rig(open_errors=1)
    rig.left_open = (fault("rs485", "bus_fault"),)
    rig.add("a", 10)
    rig.run(30)
    assert [(event.id, event.phase) for event in rig.events("bus_fault")] == [
        ("rs485/bus_fault/1", "cleared")
    ]


def test_of_several_events_of_one_sensor_the_newest_goes_on_and_the_others_end() -> None:
    rig = Rig()
    rig.left_open = (fault("a", number=1), fault("a", number=2))
    rig.add("a", 10, *times(3, silent))
    rig.step()
    assert [(event.id, event.phase) for event in rig.events("sensor_fault")] == [
        ("a/sensor_fault/1", "cleared")
    ]


def test_a_fault_that_began_before_the_journal_was_open_keeps_its_own_event() -> None:
    rig = Rig()
    rig.left_open = None
    rig.add("a", 10, *times(4, silent))
    rig.run(40)
    (raised,) = rig.events("sensor_fault")
    rig.left_open = (fault("a"),)
    rig.run(200)
    told = [(event.id, event.phase) for event in rig.events("sensor_fault")]
    assert told == [(raised.id, "raised"), ("a/sensor_fault/1", "cleared"), (raised.id, "cleared")]


def test_the_faults_of_others_are_left_alone() -> None:
    rig = Rig()
    rig.left_open = (fault("b"), fault("a", "maintenance"))
    rig.add("a", 10)
    rig.run(30)
    assert rig.events("sensor_fault") == rig.events("maintenance") == []
