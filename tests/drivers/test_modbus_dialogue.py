"""Instruments that need time: they warm up, wipe, settle, are busy; meanwhile the bus is free for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drivers.bus.serial import SerialLine
from drivers.contract import BadAnswerError, Doubt, Later, NoAnswerError, Reading, RefusedError
from drivers.modbus.driver import ModbusDriver, make
from drivers.modbus.frame import framed
from drivers.modbus.median import median
from drivers.modbus.profile import load
from drivers.modbus.settings import ModbusSettings
from drivers.simulated.modbus_frame import Instrument
from drivers.simulated.modbus_slave import Fault, ModbusSlave
from drivers.simulated.yosemitech import Turbidity
from tests.drivers.far_end import FarEnd
from tests.drivers.kits_modbus import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator

UNIT = 5
STATE = SITE.at(0.0)._replace(water_temp_c=18.25, turbidity_ntu=42.5)
VALUES = [18.25, 42.5]
START, STOP, WIPE, LOOK = ("03 25 00 00 00", "03 2E 00 00 01", "10 31 00 00 00 00", "03 26 00 00 05")


class Bench:
    """A Y511 on a line, and a clock for its lamp and its wiper that a test moves."""

    def __init__(self, slave: ModbusSlave, line: SerialLine) -> None:
        self.slave = slave
        self._line = line
        self.now_s = 0.0

    def driver(self, **keys: Any) -> ModbusDriver:
        return make(
            self._line,
            "yosemitech-y511",
            ModbusSettings(unit=UNIT, **{"response_timeout_s": 10.0, **keys}),
        )

    def wait(self, step: object, seconds: float) -> None:
        """The driver asked for this time, and gets it."""
        assert step == Later(seconds)
        self.now_s += seconds

    @property
    def said(self) -> list[str]:
        """What the instrument heard, function and data."""
        return [request[1:-2].hex(" ").upper() for request in self.slave.heard]


@pytest.fixture
def bench() -> Iterator[Bench]:
    sensor = Turbidity(lambda: STATE, lambda: made.now_s, 40.0, has_wiper=True)
    with ModbusSlave({UNIT: sensor.instrument()}) as slave:
        line = SerialLine.open(slave.port, 9600, "none", 1)
        made = Bench(slave, line)
        yield made
        line.close()


def values(readings: object) -> list[float | None]:
    assert isinstance(readings, tuple)
    assert all(each.doubt is Doubt.NONE for each in readings)
    return [each.raw for each in readings]


def test_it_warms_up_once_and_is_started_settled_read_and_stopped_each_time(bench: Bench) -> None:
    driver = bench.driver()
    bench.wait(driver.read(), 8.0)
    bench.wait(driver.read(), 40.0)
    assert values(driver.read()) == VALUES
    assert bench.said == [LOOK, START, LOOK, STOP]
    bench.wait(driver.read(), 40.0)
    assert values(driver.read()) == VALUES
    assert bench.said[4:] == [START, LOOK, STOP]


def test_the_wiper_has_parked_before_it_is_started(bench: Bench) -> None:
    """A reading of the wiper would be a burst of 900 FNU."""
    driver = bench.driver(wipe=True)
    bench.wait(driver.read(), 8.0)
    bench.wait(driver.read(), 15.0)
    bench.wait(driver.read(), 40.0)
    assert values(driver.read()) == VALUES
    assert bench.said == [LOOK, WIPE, START, LOOK, STOP]


def test_several_samples_are_one_start_one_stop_and_their_median(bench: Bench) -> None:
    driver = bench.driver(samples=3, between_s=2.5)
    bench.wait(driver.read(), 8.0)
    bench.wait(driver.read(), 40.0)
    bench.wait(driver.read(), 2.5)
    bench.wait(driver.read(), 2.5)
    assert values(driver.read()) == VALUES
    assert bench.said == [LOOK, START, LOOK, LOOK, LOOK, STOP]


def test_after_silence_it_is_cold_again(bench: Bench) -> None:
    """Whoever was silent may have been without power, and has forgotten that it was started."""
    driver = bench.driver(response_timeout_s=0.05)
    bench.wait(driver.read(), 8.0)
    bench.wait(driver.read(), 40.0)
    bench.slave.fault(UNIT, Fault.SILENT)
    with pytest.raises(NoAnswerError):
        driver.read()
    bench.slave.clear(UNIT)
    bench.wait(driver.read(), 8.0)
    bench.wait(driver.read(), 40.0)
    assert values(driver.read()) == VALUES


def test_a_start_that_nobody_hears_is_silence(bench: Bench) -> None:
    driver = bench.driver(response_timeout_s=0.05)
    bench.wait(driver.read(), 8.0)
    bench.slave.fault(UNIT, Fault.SILENT)
    with pytest.raises(NoAnswerError, match=r"unit 5 on .* does not answer") as caught:
        driver.read()
    assert caught.value.hint


def test_a_damaged_answer_leaves_the_dialogue_where_it_was(bench: Bench) -> None:
    driver = bench.driver()
    bench.wait(driver.read(), 8.0)
    bench.slave.fault(UNIT, Fault.BAD_CRC)
    with pytest.raises(BadAnswerError, match="03 25 00 00 00: its checksum is wrong"):
        driver.read()
    bench.slave.clear(UNIT)
    bench.wait(driver.read(), 40.0)
    bench.slave.fault(UNIT, Fault.BAD_CRC)
    with pytest.raises(BadAnswerError):
        driver.read()
    bench.slave.clear(UNIT)
    assert values(driver.read()) == VALUES


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.BAD_CRC])
def test_values_stand_when_the_stop_is_not_heard(fault: Fault) -> None:
    """It is told again after the next reading."""
    answers = ["03 0A 00 00 92 41 00 00 2A 42 00 00", "03 00", "03 0A 00 00 92 41 00 00 2A 42 00 00"]
    frames = [framed(UNIT, bytes.fromhex(each)) for each in answers]
    if fault is Fault.BAD_CRC:
        frames.append(b"\x05\x03\x00\x00\x00")
    with FarEnd(*frames) as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        settings = ModbusSettings(unit=UNIT, response_timeout_s=0.05)
        driver = make(line, "yosemitech-y510", settings)
        assert driver.read() == Later(0.5)
        assert driver.read() == Later(22.0)
        assert values(driver.read()) == VALUES
        line.close()


@pytest.mark.timeout(5)
def test_a_start_that_is_refused_is_not_asked_for_again() -> None:
    """Newer instruments do not know it. The refusal ends the wait, whose limit is 10 s here."""
    with ModbusSlave({UNIT: Instrument(lambda: dict.fromkeys(range(0x2600, 0x2605), 0))}) as slave:
        line = SerialLine.open(slave.port, 9600, "none", 1)
        driver = make(line, "yosemitech-y510", ModbusSettings(unit=UNIT, response_timeout_s=10))
        assert driver.read() == Later(0.5)
        with pytest.raises(RefusedError, match="refuses the command 03 25 00 00 00: exception 3") as caught:
            driver.read()
        line.close()
    assert "Y510" in caught.value.hint


@pytest.fixture
def soil() -> Iterator[tuple[ModbusSlave, ModbusDriver]]:
    with ModbusSlave({1: Instrument(lambda: {0: 658, 1: 200, 2: 10, 3: 56})}) as slave:
        line = SerialLine.open(slave.port, 4800, "none", 1)
        yield slave, make(line, "sn-3002-tr", ModbusSettings(unit=1, response_timeout_s=10))
        line.close()


@pytest.mark.parametrize("code", [5, 6])
def test_a_busy_instrument_is_asked_again_after_a_pause(
    soil: tuple[ModbusSlave, ModbusDriver], code: int
) -> None:
    slave, driver = soil
    slave.fault(1, Fault.EXCEPTION, code=code)
    assert [driver.read() for _ in range(3)] == [Later(1.0)] * 3
    slave.clear(1)
    assert values(driver.read()) == [65.8, 20.0, 10.0, 5.6]


@pytest.mark.parametrize("code", [5, 6])
def test_one_that_stays_busy_is_given_up_and_begun_anew(
    soil: tuple[ModbusSlave, ModbusDriver], code: int
) -> None:
    slave, driver = soil
    slave.fault(1, Fault.EXCEPTION, code=code)
    for _ in range(2):
        assert [driver.read() for _ in range(3)] == [Later(1.0)] * 3
        with pytest.raises(BadAnswerError, match=f"exception {code}") as caught:
            driver.read()
        assert "period_s" in caught.value.hint


@pytest.mark.parametrize(("code", "kind"), [(1, RefusedError), (2, RefusedError), (3, RefusedError)])
def test_what_will_be_refused_again_says_so(
    soil: tuple[ModbusSlave, ModbusDriver], code: int, kind: type[Exception]
) -> None:
    """The poller asks damage twice, but these never."""
    slave, driver = soil
    slave.fault(1, Fault.EXCEPTION, code=code)
    with pytest.raises(kind):
        driver.read()


@pytest.mark.parametrize("code", [4, 8, 10, 11])
def test_other_refusals_may_be_gone_the_next_time(soil: tuple[ModbusSlave, ModbusDriver], code: int) -> None:
    slave, driver = soil
    slave.fault(1, Fault.EXCEPTION, code=code)
    with pytest.raises(BadAnswerError) as caught:
        driver.read()
    assert not isinstance(caught.value, RefusedError)


def samples(*raws: float | None) -> list[tuple[Reading, ...]]:
    """One channel, sampled; None is over range."""
    doubts = {True: Doubt.OVER_RANGE, False: Doubt.NONE}
    return [(Reading("turbidity", raw, doubts[raw is None]),) for raw in raws]


@pytest.mark.parametrize(
    ("raws", "expected"),
    [
        ((5.0,), 5.0),
        ((None,), None),
        ((9.0, 1.0, 5.0), 5.0),
        ((4.0, 1.0, 3.0, 2.0), 2.0),
        ((7.0, None, 900.0, 8.0), 8.0),
        ((7.0, None), None),
    ],
    ids=["one", "none", "odd", "even", "a bubble or two", "half of them doubtful"],
)
def test_a_median_is_a_number_that_was_read(raws: tuple[float | None, ...], expected: float | None) -> None:
    (reading,) = median(samples(*raws))
    assert reading == Reading("turbidity", expected, Doubt.OVER_RANGE if expected is None else Doubt.NONE)


def test_commands_that_take_no_time_follow_each_other_at_once() -> None:
    sensor = Turbidity(lambda: STATE, lambda: 0.0, 0.0)
    quick = load("yosemitech-y510")._replace(warm_up_s=0.0)
    assert quick.start is not None
    quick = quick._replace(start=quick.start._replace(wait_s=0.0))
    with ModbusSlave({UNIT: sensor.instrument()}) as slave:
        line = SerialLine.open(slave.port, 9600, "none", 1)
        driver = ModbusDriver(line, quick, ModbusSettings(unit=UNIT, response_timeout_s=10))
        assert values(driver.read()) == VALUES
        line.close()
