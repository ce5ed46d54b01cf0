"""The simulated SDI-12 sensor does what the standard says, and the line what its faults say."""

from __future__ import annotations

import os
import time

import pytest

from drivers.bus.serial import SerialLine
from drivers.simulated.sdi12_instruments import teros_12
from drivers.simulated.sdi12_line import Fault, Sdi12Line, damaged
from drivers.simulated.sdi12_sensor import Measurement, Sdi12Sensor, paged

VALUES = ("+1.5", "-2.25")


def sensor(wait_s: int = 0, takes_s: float = 0.0) -> Sdi12Sensor:
    measured = Measurement(lambda: VALUES, wait_s, takes_s)
    return Sdi12Sensor("0", "13ACME    THING 100", {"": measured, "3": measured}, {"1": lambda: VALUES})


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (["0"], "0"),
        (["0I"], "013ACME    THING 100"),
        (["0M"], "00002"),
        (["0M3"], "00002"),
        (["0C"], "000002"),
        (["0M", "0D0"], "0+1.5-2.25"),
        (["0M", "0D1"], "0"),
        (["0D0"], "0"),
        (["0R1"], "0+1.5-2.25"),
        (["0M4"], None),
        (["0R2"], None),
        (["0XVW"], None),
    ],
)
def test_answers_of_the_standard(commands: list[str], answer: str | None) -> None:
    asked = sensor()
    assert [asked.answer(command, 0.0) for command in commands][-1] == answer


def test_a_break_aborts_m_and_not_c() -> None:
    for command, kept in (("0M", "0"), ("0C", "0+1.5-2.25")):
        asked = sensor(wait_s=5, takes_s=4.0)
        asked.answer(command, 0.0)
        asked.wake(1.0)
        assert asked.answer("0D0", 5.0) == kept


@pytest.mark.parametrize("early", ["0", "0D0", "0I", "0R1", "?"])
def test_asking_too_early_aborts_whatever_is_under_way(early: str) -> None:
    """Any question to this sensor, not that for the values alone."""
    for command in ("0C", "0M"):
        asked = sensor(wait_s=5, takes_s=4.0)
        asked.answer(command, 0.0)
        asked.answer(early, 3.0)
        assert asked.answer("0D0", 6.0) == "0"
        assert asked.attention_at() == float("inf")


def test_only_m_with_a_wait_asks_for_service_and_only_once() -> None:
    asked = sensor(wait_s=5, takes_s=4.0)
    asked.answer("0M", 10.0)
    assert asked.attention_at() == 14.0
    assert asked.ask_for_service() == "0"
    assert asked.attention_at() == float("inf")
    asked.answer("0C", 20.0)
    assert asked.attention_at() == float("inf")


def test_answers_are_as_full_as_both_limits_allow() -> None:
    assert paged(["+1.23", "+4.56", "-7.89"], 10, 99) == ["+1.23+4.56", "-7.89"]
    assert paged(["+1", "+2", "+3"], 75, 2) == ["+1+2", "+3"]
    assert paged([], 75, 4) == [""]


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        (Fault.SILENT, ""),
        (Fault.ECHO, "0D0!0+1.5\r\n"),
        (Fault.ECHO_LINE, "0D0!\r\n0+1.5\r\n"),
        (Fault.NO_VALUES, "0\r\n"),
        (Fault.WRONG_ADDRESS, "1+1.5\r\n"),
        (Fault.TRUNCATED, "0+1"),
        (Fault.DAMAGED, "0k1.5\r\n"),
        (Fault.BAD_CRC, "0+1.4\r\n"),
        (Fault.GARBAGE, "\x05\x7f~0+1.5\r\n"),
    ],
)
def test_what_a_fault_does_to_an_answer(fault: Fault, heard: str) -> None:
    assert damaged("0D0", "0+1.5", frozenset({fault})) == heard


def test_everybody_answers_a_question_to_anybody_and_nobody_a_strange_address() -> None:
    """`?!` is for a line with one sensor: with two, both speak."""
    with Sdi12Line([teros_12("4"), teros_12("z")]) as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        line.write(b"?!")
        assert sorted(line.read(6, time.monotonic() + 10).split()) == [b"4", b"z"]
        line.write(b"5!z!")
        assert line.read(3, time.monotonic() + 10) == b"z\r\n"
        line.close()


def test_a_line_that_nobody_reads_loses_its_words_and_lives() -> None:
    """On a real line these bytes would be gone as well."""
    with Sdi12Line([teros_12("0")]) as far_end:
        port = os.open(far_end.port, os.O_RDWR | os.O_NOCTTY)
        for _ in range(400):
            os.write(port, b"0I!")
        while len(far_end.heard) < 256:
            time.sleep(0.005)
        os.close(port)
