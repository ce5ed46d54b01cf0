"""Who is on an SDI-12 line: simulated sensors behind a transparent adapter."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from drivers.bus.serial import SerialLine
from drivers.scan import sdi12
from drivers.scan.found import Found, Progress
from drivers.sdi12.turns import Measurement, turns_of
from drivers.simulated.sdi12_instruments import avw200, clarivue_10, teros_11, teros_12, vibwire_108
from drivers.simulated.sdi12_line import Fault, Sdi12Line
from drivers.simulated.sdi12_sensor import Sdi12Sensor
from tests.drivers.far_end_sdi12 import Sdi12FarEnd

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drivers.scan.found import Step

HARMLESS = {"", "I"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulated sensor answers at once: nobody has to wait long for one that is not there."""
    monkeypatch.setattr("drivers.sdi12.wire._TRANSPARENT_TIMEOUT_S", 0.05)


@contextmanager
def opened(port: str) -> Iterator[SerialLine]:
    line = SerialLine.open(port, 9600, "none", 1)
    try:
        yield line
    finally:
        line.close()


def steps_on(port: str, addresses: Sequence[str]) -> list[Step]:
    """Each step of a search."""
    with opened(port) as line:
        return list(sdi12.search(line, addresses))


def found_on(port: str, addresses: Sequence[str]) -> dict[int | str, Found]:
    """Whom it finds."""
    return {step.place: step for step in steps_on(port, addresses) if isinstance(step, Found)}


def test_each_instrument_is_known_by_what_it_says() -> None:
    sensors = [teros_11("0"), teros_12("1"), avw200("2"), vibwire_108("A"), clarivue_10("a")]
    with Sdi12Line(sensors) as line:
        found = found_on(line.port, ["0", "1", "2", "3", "A", "a"])
        heard = list(line.heard)
    assert {place: each.models for place, each in found.items()} == {
        "0": ("teros-11",),
        "1": ("teros-12",),
        "2": ("avw200",),
        "A": ("vibwire-108",),
        "a": ("clarivue-10",),
    }
    assert all(each.sure for each in found.values())
    assert "METER TER12" in found["1"].who
    assert {command[1:] for command in heard} <= HARMLESS, "nobody is made to measure or to change"


def test_one_alone_is_asked_first() -> None:
    """`?!` is answered by anybody: the technician sees the only sensor at once."""
    with Sdi12FarEnd(b"7\r\n", b"7\r\n", b"713METER   TER11 4020000123\r\n") as far_end:
        steps = steps_on(far_end.port, ["?", "1", "7"])
        heard = list(far_end.heard)
    assert heard == [b"?!", b"7!", b"7I!", b"1!"]
    assert [step.place for step in steps if isinstance(step, Found)] == ["7"]
    assert steps[0] == Progress("?")


@pytest.mark.parametrize("noise", [b"77\r\n", b"\xb7\r\n", b"?\r\n", b"", b"\r\n"])
def test_several_at_once_are_asked_one_by_one(noise: bytes) -> None:
    """Their answers to `?!` fall on each other, or nobody answers it."""
    with Sdi12FarEnd(noise) as far_end:
        steps = steps_on(far_end.port, ["?", "1"])
        heard = list(far_end.heard)
    assert steps == [Progress("?"), Progress("1")]
    assert heard == [b"?!", b"1!"]


def test_an_unknown_instrument_is_named_by_its_own_words() -> None:
    with Sdi12Line([Sdi12Sensor("4", "13DECAGON 5TE   3501234", {})]) as line:
        found = found_on(line.port, ["4"])
    assert found["4"].models == ()
    assert not found["4"].sure
    assert "DECAGON 5TE" in found["4"].who


def test_one_that_does_not_say_who_it_is_is_there_all_the_same() -> None:
    with Sdi12FarEnd(b"4\r\n") as far_end:
        found = found_on(far_end.port, ["4"])
    assert found["4"].models == ()
    assert "does not say who it is" in found["4"].who


@pytest.mark.parametrize("answer", [b"4+1\r\n", b"5\r\n", b"\x14\r\n", b"4"])
def test_a_damaged_answer_is_somebody_in_trouble(answer: bytes) -> None:
    """It must not pass for silence: two sensors with one address sound like this."""
    with Sdi12FarEnd(answer) as far_end:
        found = found_on(far_end.port, ["4"])
    assert "damaged" in found["4"].who


def test_an_adapter_that_echoes_finds_the_same() -> None:
    with Sdi12Line([teros_12("3")]) as line:
        line.fault(Fault.ECHO)
        found = found_on(line.port, ["2", "3"])
    assert {place: each.models for place, each in found.items()} == {"3": ("teros-12",)}


def test_a_measurement_under_way_is_not_disturbed() -> None:
    """After M the line belongs to the sensor until it is ready: a break would abort it."""
    with Sdi12Line([teros_12("3")]) as far_end, opened(far_end.port) as line:
        turns_of(line).began(Measurement("0", "M", 3, time.monotonic() + 0.3))
        steps = sdi12.search(line, ["3"])
        assert next(steps) == Progress("3")
        assert list(far_end.heard) == []
        rest = list(steps)
    assert [step.place for step in rest if isinstance(step, Found)] == ["3"]
