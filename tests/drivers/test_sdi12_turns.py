"""Time on an SDI-12 line: who may speak while a sensor measures, and what others may share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from drivers.bus.serial import SerialLine
from drivers.contract import BadAnswerError, BusError, DriverError, Later, NoAnswerError
from drivers.sdi12.driver import Sdi12Driver
from drivers.sdi12.turns import Measurement, turns_of
from drivers.simulated.sdi12_instruments import avw200, clarivue_10, teros_12, vibwire_108
from drivers.simulated.sdi12_line import Fault, Sdi12Line
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
    from drivers.simulated.sdi12_sensor import Sdi12Sensor

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


def pending(line: SerialLine, model: str, address: str = "0", **keys: Any) -> Driver:
    """A driver whose sensor measures by now."""
    found = driver(line, model, address, **keys)
    assert isinstance(found.read(), Later)
    return found


def be_over(line: SerialLine, address: str = "0") -> None:
    """The time that the sensor asked for is over."""
    now = time.monotonic()
    standing = turns_of(line).standing(address, now)
    assert standing is not None
    standing.ready_at = now


def ready_at_once(*values: str) -> Sdi12Sensor:
    """It asks for a minute and needs no time at all."""
    return sensor_of(*values, wait_s=60)


def test_who_comes_first_fetches_for_who_measured_first() -> None:
    """Else the second would erase what the first waits for, and the first abort the second, for ever."""
    with on_line(avw200("0", takes_s=0.9, wait_s=1)) as (line, far_end):
        one, two = (pending(line, "avw200", input=n, quantity="displacement") for n in (1, 2))
        waiting = two.read()
        assert isinstance(waiting, Later)
        time.sleep(waiting.after_s)
        assert isinstance(two.read(), Later)
        assert list(far_end.heard) == ["0M1", "0D0", "0D1", "0M2"]
        assert finished_at_once(one)[0].raw == 2597.88
        assert far_end.heard[-1] == "0M2"
        assert finished(two)[0].raw == 3013.64
    assert list(far_end.heard) == ["0M1", "0D0", "0D1", "0M2", "0D0", "0D1"]


def test_what_is_fetched_for_another_is_read_as_its_command_says() -> None:
    """With the checksum that the other has asked for and we have not; also before a continuous reading."""
    for ours in ("C", "R0"):
        with on_line(ready_at_once("+1.5")) as (line, far_end):
            theirs = pending(line, "sdi12-generic", **generic("CC"))
            be_over(line)
            driver(line, "sdi12-generic", **generic(ours)).read()
            assert list(far_end.heard) == ["0CC", "0D0", f"0{ours}"]
            assert [each.raw for each in finished_at_once(theirs)] == [1.5]


def test_what_another_left_for_too_long_is_not_fetched_for_it() -> None:
    """Half a minute after its time nobody waits for it any more."""
    with on_line(avw200("0")) as (line, far_end):
        turns_of(line).began(Measurement("0", "M1", 6, time.monotonic() - 31))
        assert finished(driver(line, "avw200", input=2, quantity="displacement"))[0].raw == 3013.64
    assert list(far_end.heard) == ["0M2", "0D0", "0D1"]


def test_damage_to_what_is_fetched_for_another_is_told_to_that_one_alone() -> None:
    with on_line(ready_at_once("+1.5")) as (line, far_end):
        theirs = pending(line, "sdi12-generic", **generic("C"))
        be_over(line)
        far_end.fault(Fault.NO_VALUES)
        ours = pending(line, "sdi12-generic", **generic("CC"))
        far_end.clear()
        with pytest.raises(BadAnswerError, match="its measurement was aborted"):
            theirs.read()
        be_over(line)
        assert raws(ours) == {"temperature": 1.5}
    assert list(far_end.heard) == ["0C", "0D0", "0CC", "0D0"]


def test_silence_instead_of_what_is_fetched_for_another_costs_both_one_deadline() -> None:
    with on_line(ready_at_once("+1.5")) as (line, far_end):
        keys: dict[str, Any] = {"response_timeout_s": 0.02, "retries": 0}
        theirs = pending(line, "sdi12-generic", **generic("CC"))
        be_over(line)
        far_end.fault(Fault.SILENT)
        for each in (driver(line, "sdi12-generic", **generic("C"), **keys), theirs):
            with pytest.raises(NoAnswerError, match="does not answer 0D0!"):
                each.read()
    assert list(far_end.heard) == ["0CC", "0D0"]


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.SILENT])
def test_a_measurement_that_failed_has_failed_for_all_who_joined_it(fault: Fault) -> None:
    """Nobody asks for its values during the next one, which that would abort; the next serves all again."""
    with on_line(vibwire_108("0", wait_s=60)) as (line, far_end):
        keys: dict[str, Any] = {"quantity": "pore_pressure", "response_timeout_s": 0.05, "retries": 0}
        gauges = [pending(line, "vibwire-108", input=n, **keys) for n in range(3)]
        be_over(line)
        far_end.fault(fault)
        with pytest.raises(DriverError) as first:
            gauges[0].read()
        far_end.clear()
        assert isinstance(gauges[0].read(), Later)
        for other in gauges[1:]:
            with pytest.raises(type(first.value)) as caught:
                other.read()
            assert caught.value.what == first.value.what
            assert isinstance(other.read(), Later)
        assert list(far_end.heard) == ["0C", "0D0", "0C"]
        be_over(line)
        assert [finished_at_once(each)[0].raw for each in gauges] == [2400.5, 2500.5, 2600.5]
    assert list(far_end.heard) == ["0C", "0D0", "0C", "0D0", "0D1", "0D2", "0D3"]


def test_values_that_are_ready_wait_until_no_other_sensor_measures_after_m() -> None:
    """The question for them would abort it."""
    other = avw200("1", takes_s=0.4)
    with on_line(ready_at_once("+1.5"), other) as (line, far_end):
        ready = pending(line, "sdi12-generic", **generic("C"))
        slow = pending(line, "avw200", "1", input=1, quantity="displacement")
        be_over(line)
        waiting = ready.read()
        assert isinstance(waiting, Later)
        assert 2 < waiting.after_s <= 3.1
        assert raws_soon(slow)[0] == 2597.88
        assert [each.raw for each in finished_at_once(ready)] == [1.5]
    assert list(far_end.heard) == ["0C", "1M1", "1D0", "1D1", "0D0"]


def test_the_question_to_anybody_waits_for_every_measurement() -> None:
    """It is a question to the sensor that measures too, and would abort even what C began."""
    with on_line(ready_at_once("+1.5")) as (line, _):
        pending(line, "sdi12-generic", **generic("C"))
        assert turns_of(line).wait_s("1", time.monotonic()) == 0
        assert turns_of(line).wait_s("?", time.monotonic()) > 59


def test_a_measurement_that_nobody_fetched_in_time_is_made_again() -> None:
    """A reading is never older than half a minute when it gets its time."""
    with on_line(sensor_of("+1.5")) as (line, far_end):
        stale = Measurement("0", "C", 1, time.monotonic() - 31, outcome=(9.0,))
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
