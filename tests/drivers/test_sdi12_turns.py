"""Time on an SDI-12 line: who may speak while a sensor measures, and what others may share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from drivers.bus.serial import SerialLine
from drivers.contract import BadAnswerError, BusError, Later
from drivers.sdi12.driver import Sdi12Driver
from drivers.sdi12.turns import Measurement, turns_of
from drivers.simulated.sdi12_instruments import avw200, clarivue_10, teros_12, vibwire_108
from drivers.simulated.sdi12_line import Sdi12Line
from tests.drivers.sdi12_rig import (
    SOIL,
    driver,
    finished,
    generic,
    on_line,
    raws,
    sensor_of,
)

if TYPE_CHECKING:
    from drivers.contract import Driver, Reading

pytestmark = pytest.mark.timeout(30)


def test_a_sensor_that_is_ready_early_is_read_early() -> None:
    """It announces 30 s and asks for service after a moment."""
    with on_line(sensor_of("+1.5", wait_s=30, takes_s=0.02)) as (line, _):
        assert [each.raw for each in finished_at_once(driver(line, "sdi12-generic", **generic("M")))] == [1.5]


def finished_at_once(driver: Driver) -> tuple[Reading, ...]:
    readings = driver.read()
    assert not isinstance(readings, Later)
    return readings


def test_a_sensor_that_takes_long_frees_the_thread_and_its_early_request_is_found_later() -> None:
    """The request comes while nobody listens, and waits in the port."""
    with on_line(sensor_of("+1.5", wait_s=30, takes_s=0.4)) as (line, _):
        probe = driver(line, "sdi12-generic", **generic("M"))
        first = probe.read()
        assert isinstance(first, Later)
        assert 29 < first.after_s <= 30.1
        assert raws_soon(probe) == [1.5]


def raws_soon(driver: Driver) -> list[float | None]:
    """Ask again sooner than it said, until it has an answer."""
    for _ in range(100):
        readings = driver.read()
        if not isinstance(readings, Later):
            return [each.raw for each in readings]
    pytest.fail("it never finished")


def test_a_concurrent_measurement_frees_the_line_for_other_sensors() -> None:
    with on_line(clarivue_10("0"), teros_12("1")) as (line, far_end):
        turbidity = driver(line, "clarivue-10", "0")
        waiting = turbidity.read()
        assert isinstance(waiting, Later)
        assert 10 < waiting.after_s <= 11.1
        assert raws(driver(line, "teros-12", "1")) == SOIL
        assert isinstance(turbidity.read(), Later)
    assert list(far_end.heard) == ["0CC", "1M", "1D0"]


def test_while_m_is_pending_nobody_else_speaks() -> None:
    """Any word on the line would abort it; they wait, and all get their values in the end."""
    with on_line(sensor_of("+1.5", wait_s=30, takes_s=0.5), teros_12("1")) as (line, far_end):
        slow = driver(line, "sdi12-generic", **generic("M"))
        soil, vapour = driver(line, "teros-12", "1"), driver(line, "sdi12-generic", "1", **generic("R0"))
        assert isinstance(slow.read(), Later)
        for other in (soil, vapour):
            waiting = other.read()
            assert isinstance(waiting, Later)
            assert 29 < waiting.after_s <= 30.1
        with pytest.raises(BadAnswerError, match="a measurement is under way") as caught:
            soil.probe()
        assert "ask again in 30 s" in caught.value.hint
        assert raws_soon(slow) == [1.5]
        assert raws(soil) == SOIL
    assert list(far_end.heard) == ["0M", "0D0", "1M", "1D0"]


def test_the_inputs_of_a_reader_share_one_measurement() -> None:
    """Eight gauges cost one scan of 60 s, not eight."""
    with on_line(vibwire_108("0", wait_s=1)) as (line, far_end):
        keys = {"quantity": "pore_pressure"}
        gauges = [driver(line, "vibwire-108", input=n, **keys) for n in range(8)]
        assert all(isinstance(gauge.read(), Later) for gauge in gauges)
        pressures = [finished(gauge)[0].raw for gauge in gauges]
        assert pressures == [2400.5 + 100 * n for n in range(8)]
        assert list(far_end.heard) == ["0C", "0D0", "0D1", "0D2", "0D3"]
        assert isinstance(gauges[0].read(), Later)
        assert far_end.heard[-1] == "0C"


def test_two_channels_that_need_commands_of_their_own_take_turns() -> None:
    with on_line(avw200("0", takes_s=0.4)) as (line, far_end):
        one, two = (driver(line, "avw200", input=n, quantity="displacement") for n in (1, 2))
        assert isinstance(one.read(), Later)
        assert isinstance(two.read(), Later)
        assert list(far_end.heard) == ["0M1"]
        assert raws_soon(one)[0] == 2597.88
        assert raws_soon(two)[0] == 3013.64
    assert list(far_end.heard) == ["0M1", "0D0", "0D1", "0M2", "0D0", "0D1"]


def test_a_measurement_that_nobody_fetched_in_time_is_made_again() -> None:
    """A reading is never older than half a minute when it gets its time."""
    with on_line(sensor_of("+1.5")) as (line, far_end):
        stale = Measurement("0", "C", 1, time.monotonic() - 31, values=(9.0,))
        turns_of(line).began(stale)
        assert raws(driver(line, "sdi12-generic", **generic("C"))) == {"temperature": 1.5}
        assert far_end.heard[0] == "0C"
        forgotten = driver(line, "sdi12-generic", **generic("C"))
        assert isinstance(forgotten, Sdi12Driver)
        forgotten._joined = stale  # what a read long ago has left behind
        assert raws(forgotten) == {"temperature": 1.5}


def test_turns_end_with_their_line() -> None:
    """A line that is opened again knows nothing of measurements from before."""
    with on_line(sensor_of("+1.5", wait_s=30, takes_s=30)) as (line, far_end):
        assert isinstance(driver(line, "sdi12-generic", **generic("C")).read(), Later)
        line.close()
        again = SerialLine.open(far_end.port, 9600, "none", 1)
        assert turns_of(again).wait_s("0", time.monotonic()) == 0
        assert turns_of(line).wait_s("0", time.monotonic()) > 29
        again.close()


def test_an_adapter_pulled_out_while_a_measurement_lasts_is_a_bus_error() -> None:
    with Sdi12Line([sensor_of("+1.5", wait_s=30, takes_s=30)]) as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        probe = driver(line, "sdi12-generic", **generic("M"))
        assert isinstance(probe.read(), Later)
    with pytest.raises(BusError):
        probe.read()
    line.close()
