"""The driver of EZO circuits on both wires: what it asks, what it believes, and what it says of trouble."""

from __future__ import annotations

import errno
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from drivers.bus.i2c import I2cBus
from drivers.bus.serial import SerialLine
from drivers.contract import BadAnswerError, BusError, Driver, Later, NoAnswerError, Reading, RefusedError
from drivers.simulated.ezo import Ezo
from drivers.simulated.ezo_i2c import EzoI2c
from drivers.simulated.ezo_uart import EzoFault, EzoUart
from drivers.simulated.i2c_server import I2cServer
from tests.drivers.kits import driver_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

ADDRESSES = {"ezo-do": 0x61, "ezo-orp": 0x62, "ezo-ph": 0x63, "ezo-ec": 0x64, "ezo-rtd": 0x66}
PREPARED = ["C,?", "i", "R"]
HUSHED = ["C,?", "C,0", "C,?", "i", "R"]


def finished(driver: Driver) -> tuple[Reading, ...]:
    """What comes of a read in the end; bounded by the driver's own deadlines."""
    while isinstance(found := driver.read(), Later):
        time.sleep(0.005)
    return found


def value(driver: Driver) -> float | None:
    (reading,) = finished(driver)
    return reading.raw


def trouble(driver: Driver) -> BadAnswerError:
    """The bad answer that a read ends with."""
    with pytest.raises(BadAnswerError) as caught:
        finished(driver)
    assert caught.value.hint
    return caught.value


def refusal(driver: Driver) -> BadAnswerError:
    """A trouble that asking again at once would not end."""
    error = trouble(driver)
    assert isinstance(error, RefusedError)
    return error


def ph(text: str = "4.712") -> Ezo:
    return Ezo("pH", lambda _temperature_c: text)


@contextmanager
def on_uart(
    circuit: Ezo, model: str = "ezo-ph", *, baud: int = 9600, interval_s: float = 1.0, **keys: Any
) -> Iterator[tuple[Driver, EzoUart]]:
    """A driver, and the circuit at the far end of its line."""
    with EzoUart(circuit, interval_s=interval_s, delay_s=0.05) as far_end:
        line = SerialLine.open(far_end.port, baud, "none", 1)
        try:
            yield driver_for(model, line, {"response_timeout_s": 0.2, **keys}), far_end
        finally:
            line.close()


@contextmanager
def on_i2c(
    folder: Path, circuit: Ezo, model: str = "ezo-ph", *, address: int = ADDRESSES["ezo-ph"], **keys: Any
) -> Iterator[tuple[Driver, EzoI2c]]:
    """A driver, and the circuit on its bus."""
    chip = EzoI2c(circuit)
    with I2cServer(folder / "i2c", {address: chip}):
        bus = I2cBus.open(f"unix:{folder / 'i2c'}")
        try:
            yield driver_for(model, bus, {"response_timeout_s": 0.2, **keys}), chip
        finally:
            bus.close()


def arrived(line: SerialLine, size: int) -> None:
    """Wait until so many bytes lie in the port's buffer."""
    deadline = time.monotonic() + 5
    while line._wire.in_waiting < size and time.monotonic() < deadline:
        time.sleep(0.001)


@pytest.fixture(params=["uart", "i2c"])
def wire(request: pytest.FixtureRequest) -> str:
    """Either of the two."""
    name: str = request.param
    return name


def on(
    wire: str, folder: Path, circuit: Ezo, model: str, **keys: Any
) -> AbstractContextManager[tuple[Driver, EzoUart | EzoI2c]]:
    """A driver on that wire, and its far end."""
    if wire == "uart":
        circuit.continuous = False
        return on_uart(circuit, model, **keys)
    return on_i2c(folder, circuit, model, address=ADDRESSES[model], **keys)


@pytest.mark.parametrize(
    ("model", "name", "text", "expected"),
    [
        ("ezo-ph", "pH", "4.712", 4.712),
        ("ezo-ec", "EC", "1413", 1413.0),
        ("ezo-orp", "ORP", "-125.3", -125.3),
        ("ezo-rtd", "RTD", "-9.125", -9.125),
        ("ezo-do", "DO", "7.82", 7.82),
        ("ezo-do", "D.O.", "7.82", 7.82),
    ],
)
def test_every_circuit_is_read_on_both_wires_at_its_factory_address(
    wire: str, tmp_path: Path, model: str, name: str, text: str, expected: float
) -> None:
    """Older firmware writes DO with dots."""
    circuit = Ezo(name, lambda _temperature_c: text)
    with on(wire, tmp_path, circuit, model) as (driver, _):
        assert value(driver) == expected


def test_the_bus_is_free_while_the_circuit_works(wire: str, tmp_path: Path) -> None:
    """A step only asks, and says how long the data sheet gives the answer."""
    with on(wire, tmp_path, ph(), "ezo-ph") as (driver, _):
        assert driver.read() == Later(0.3)
        finished(driver)
        assert driver.read() == Later(0.9)


def test_the_temperature_goes_with_every_reading(wire: str, tmp_path: Path) -> None:
    circuit = Ezo("pH", lambda temperature_c: f"{temperature_c / 10:.3f}")
    with on(wire, tmp_path, circuit, "ezo-ph", temperature_c=19.5) as (driver, _):
        assert value(driver) == 1.95
        circuit.restart("P")
        assert value(driver) == 1.95
        assert circuit.heard[-1] == "RT,19.5"


def test_without_a_temperature_the_circuit_uses_its_own(wire: str, tmp_path: Path) -> None:
    circuit = Ezo("EC", lambda temperature_c: f"{temperature_c:.2f}")
    with on(wire, tmp_path, circuit, "ezo-ec") as (driver, _):
        assert value(driver) == 25.0


def test_firmware_that_does_not_know_rt_is_named_as_the_cause(wire: str, tmp_path: Path) -> None:
    circuit = ph()
    circuit.knows_rt = False
    with on(wire, tmp_path, circuit, "ezo-ph", temperature_c=19.5) as (driver, _):
        error = trouble(driver)
        assert "RT,19.5" in error.what
        assert "temperature_c" in error.hint


def test_another_circuit_than_configured_is_refused(wire: str, tmp_path: Path) -> None:
    """Its numbers would be plausible, and of something else."""
    with on(wire, tmp_path, ph(), "ezo-orp") as (driver, _):
        error = refusal(driver)
        assert "an EZO pH answers" in error.what
        assert "not an EZO ORP" in error.what


@pytest.mark.parametrize(
    ("outputs", "text", "expected"),
    [
        ({"EC"}, "1413", 1413.0),
        ({"EC", "TDS"}, "1413,706", 1413.0),
        ({"EC", "TDS", "S", "SG"}, "1413,706,0.70,1.000", 1413.0),
    ],
)
def test_conductivity_stands_first_among_the_outputs(
    wire: str, tmp_path: Path, outputs: set[str], text: str, expected: float
) -> None:
    circuit = Ezo("EC", lambda _temperature_c: text)
    circuit.outputs = outputs
    with on(wire, tmp_path, circuit, "ezo-ec") as (driver, _):
        assert value(driver) == expected


@pytest.mark.parametrize(
    ("model", "name", "outputs"),
    [
        ("ezo-ec", "EC", {"TDS"}),
        ("ezo-ec", "EC", set()),
        ("ezo-do", "DO", {"mg", "%"}),
        ("ezo-do", "DO", {"%"}),
    ],
)
def test_outputs_that_do_not_tell_where_the_value_is_are_refused(
    wire: str, tmp_path: Path, model: str, name: str, outputs: set[str]
) -> None:
    """Not there at all, or in an order that depends on the firmware."""
    circuit = Ezo(name, lambda _temperature_c: "706")
    circuit.outputs = outputs
    with on(wire, tmp_path, circuit, model) as (driver, _):
        error = refusal(driver)
        assert "is set to give" in error.what
        assert "O," in error.hint


def test_outputs_that_somebody_changes_meanwhile_are_noticed(wire: str, tmp_path: Path) -> None:
    """And found in their new places at the next attempt."""
    text = "1413"
    circuit = Ezo("EC", lambda _temperature_c: text)
    with on(wire, tmp_path, circuit, "ezo-ec") as (driver, _):
        assert value(driver) == 1413.0
        circuit.outputs, text = {"EC", "TDS"}, "1500,750"
        assert "2 numbers instead of 1" in trouble(driver).what
        assert value(driver) == 1500.0


@pytest.mark.parametrize("scale", ["k", "f"])
def test_another_temperature_scale_is_refused(wire: str, tmp_path: Path, scale: str) -> None:
    circuit = Ezo("RTD", lambda _temperature_c: "282.275")
    circuit.scale = scale
    with on(wire, tmp_path, circuit, "ezo-rtd") as (driver, _):
        assert "S,c" in refusal(driver).hint


def test_probing_tells_who_it_is_and_why_it_started(wire: str, tmp_path: Path) -> None:
    """A brown-out is the one thing that nobody sees from outside. Probing changes nothing."""
    circuit = ph()
    circuit.restart("B")
    circuit.supply_v = 3.312
    with on(wire, tmp_path, circuit, "ezo-ph") as (driver, _):
        said = driver.probe()
    assert "EZO pH, firmware 2.16" in said
    assert "brown-out" in said
    assert "3.312 V" in said
    assert circuit.heard == ["i", "Status"]


def test_probing_in_the_middle_of_a_reading_leaves_the_next_one_whole(wire: str, tmp_path: Path) -> None:
    with on(wire, tmp_path, ph(), "ezo-ph") as (driver, _):
        assert isinstance(driver.read(), Later)
        assert driver.probe()
        assert value(driver) == 4.712


def test_a_circuit_as_it_leaves_the_factory_is_told_to_be_quiet_once() -> None:
    """In continuous mode a number that nobody asked for would pass for the answer."""
    circuit = ph()
    with on_uart(circuit, interval_s=0.002) as (driver, _):
        assert value(driver) == 4.712
        assert value(driver) == 4.712
    assert circuit.heard == [*HUSHED, "R"]


def test_what_piled_up_before_the_first_question_is_forgotten() -> None:
    """A circuit in continuous mode has filled the buffer while the station was starting."""
    with EzoUart(ph()) as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        far_end.say(b"9.999\r" * 100)
        arrived(line, 600)
        assert value(driver_for("ezo-ph", line, {})) == 4.712
        line.close()


def test_a_quiet_circuit_is_not_written_to() -> None:
    circuit = ph()
    circuit.continuous = False
    with on_uart(circuit) as (driver, _):
        assert value(driver) == 4.712
    assert circuit.heard == PREPARED


def test_response_codes_may_be_off() -> None:
    """Then `C,0` is answered by nothing, and its effect is asked for."""
    circuit = ph()
    circuit.codes = False
    with on_uart(circuit) as (driver, _):
        assert value(driver) == 4.712
    assert circuit.heard == HUSHED


def test_a_circuit_that_stays_in_continuous_mode_is_not_believed() -> None:
    with on_uart(ph()) as (driver, far_end):
        far_end.fault(EzoFault.STUBBORN)
        assert "continuous mode" in trouble(driver).what


@pytest.mark.parametrize(
    "fault",
    [EzoFault.BYTE_BY_BYTE, EzoFault.ECHO, EzoFault.NOISE, EzoFault.DELAY],
    ids=lambda each: each.value,
)
def test_a_bad_line_that_lets_the_answer_through_does_no_harm(fault: EzoFault) -> None:
    with on_uart(ph()) as (driver, far_end):
        far_end.fault(fault)
        assert value(driver) == 4.712
        assert value(driver) == 4.712


def test_of_a_line_that_loses_a_fifth_of_the_answers_every_value_is_right() -> None:
    """What is lost is silence, and the next attempt starts clean."""
    circuit = Ezo("RTD", lambda _temperature_c: "9.125")
    circuit.continuous = False
    values, losses = [], 0
    with on_uart(circuit, "ezo-rtd", response_timeout_s=0.05) as (driver, far_end):
        far_end.fault(EzoFault.SILENT, rate=0.2)
        for _ in range(12):
            try:
                values.append(value(driver))
            except NoAnswerError:
                losses += 1
    assert losses
    assert set(values) == {9.125}


def test_a_restart_instead_of_an_answer_is_named_and_survived() -> None:
    circuit = ph()
    with on_uart(circuit) as (driver, far_end):
        value(driver)
        far_end.fault(EzoFault.RESTART)
        error = trouble(driver)
        assert "*RS (it restarted)" in error.what
        circuit.heard.clear()
        assert value(driver) == 4.712
        assert circuit.heard == PREPARED


def test_a_restart_between_two_readings_is_noticed() -> None:
    """What it was told may be forgotten: it is prepared again."""
    circuit = ph()
    with EzoUart(circuit) as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        driver = driver_for("ezo-ph", line, {})
        value(driver)
        circuit.heard.clear()
        far_end.say(b"*RS\r*RE\r")
        arrived(line, 8)
        assert value(driver) == 4.712
        assert circuit.heard == PREPARED
        line.close()


def test_a_supply_out_of_range_is_told_and_no_value_taken() -> None:
    with on_uart(ph()) as (driver, far_end):
        value(driver)
        far_end.fault(EzoFault.UNDER_VOLTAGE)
        assert "*UV: its supply voltage is too low" in trouble(driver).what
        far_end.clear()
        assert value(driver) == 4.712


def test_a_refused_command_is_named_at_once() -> None:
    with on_uart(ph()) as (driver, far_end):
        far_end.fault(EzoFault.REFUSE)
        assert "refuses the command C,?" in trouble(driver).what


@pytest.mark.timeout(4)
def test_endless_talk_ends_the_wait() -> None:
    """Long before its time is up."""
    with on_uart(ph(), response_timeout_s=5.0) as (driver, far_end):
        far_end.fault(EzoFault.BABBLE)
        error = trouble(driver)
        assert "78 78 78" in error.what


@pytest.mark.parametrize(("baud", "word"), [(9600, "light"), (38400, "9600 8N1")])
def test_silence_on_a_uart_says_what_to_look_at(baud: int, word: str) -> None:
    """The speed, when it is not the factory's; else what can be seen at the circuit."""
    with on_uart(ph(), baud=baud, response_timeout_s=0.01) as (driver, far_end):
        far_end.fault(EzoFault.SILENT)
        with pytest.raises(NoAnswerError) as caught:
            finished(driver)
        assert word in caught.value.hint


def test_noise_at_another_speed_says_so() -> None:
    with on_uart(ph(), baud=38400, response_timeout_s=0.01) as (driver, far_end):
        far_end.fault(EzoFault.GARBAGE)
        assert "9600 8N1" in trouble(driver).hint


def test_a_circuit_at_work_is_asked_again_a_little_later(tmp_path: Path) -> None:
    """Up to 1.7 s where the data sheet says 0.9."""
    with on_i2c(tmp_path, ph()) as (driver, chip):
        value(driver)
        assert driver.read() == Later(0.9)
        chip.never_ready = True
        assert driver.read() == Later(0.1)
        chip.never_ready = False
        assert driver.read() == (Reading("ph", 4.712),)


def test_a_circuit_that_is_never_ready_ends_the_wait(tmp_path: Path) -> None:
    with on_i2c(tmp_path, ph(), response_timeout_s=0.01) as (driver, chip):
        chip.never_ready = True
        assert "still busy with i, 0.31 s after" in trouble(driver).what


def test_a_circuit_that_forgot_the_question_says_so(tmp_path: Path) -> None:
    with on_i2c(tmp_path, ph()) as (driver, chip):
        chip.forgets = True
        assert "has no answer to i" in trouble(driver).what


def test_a_syntax_error_over_i2c_is_a_refusal(tmp_path: Path) -> None:
    with on_i2c(tmp_path, ph()) as (driver, chip):
        chip.refuses = True
        assert "refuses the command i" in trouble(driver).what


def test_the_glitch_of_the_raspberry_pi_does_no_harm(tmp_path: Path) -> None:
    """It can only touch a bit that means nothing in ASCII."""
    with on_i2c(tmp_path, ph()) as (driver, chip):
        chip.glitch = True
        assert value(driver) == 4.712


def test_damage_over_i2c_shows_its_bytes(tmp_path: Path) -> None:
    with on_i2c(tmp_path, ph()) as (driver, chip):
        chip.spoilt = 0x0F
        error = trouble(driver)
        assert "its text does not end" in error.what
        assert "heard 01 3f 6f" in error.what
        assert "UART" in error.hint


def test_an_answer_to_something_else_is_no_reading(tmp_path: Path) -> None:
    with on_i2c(tmp_path, ph("no output")) as (driver, _):
        assert "'no output' answers something else" in trouble(driver).what


def test_a_bus_held_low_is_a_bus_error(tmp_path: Path) -> None:
    """All zeros is not a circuit that speaks."""
    with on_i2c(tmp_path, ph()) as (driver, chip):
        chip.stuck = True
        with pytest.raises(BusError, match="SDA is held low"):
            finished(driver)


@pytest.mark.parametrize("transfers_before", [0, 1])
@pytest.mark.parametrize("code", [errno.EIO, errno.ETIMEDOUT])
def test_a_failed_transfer_is_the_fault_of_the_bus(tmp_path: Path, code: int, transfers_before: int) -> None:
    """In asking and in listening; a stretched clock is one cause, and the way out is named."""
    with on_i2c(tmp_path, ph()) as (driver, chip):
        chip.errnos.extend([0] * transfers_before + [code])
        with pytest.raises(BusError) as caught:
            finished(driver)
        assert "i2c-gpio" in caught.value.hint
        assert value(driver) == 4.712


@pytest.mark.parametrize("code", [errno.EREMOTEIO, errno.ENXIO])
def test_an_address_that_nobody_acknowledges_is_silence(tmp_path: Path, code: int) -> None:
    """Which number says so depends on the adapter."""
    with on_i2c(tmp_path, ph()) as (driver, chip):
        chip.errnos.append(code)
        with pytest.raises(NoAnswerError, match="nothing answers at 0x63"):
            finished(driver)
