"""The SDI-12 driver: sensors behind an adapter on a real serial port, and all that goes wrong on a line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.bus.serial import SerialLine
from drivers.contract import BadAnswerError, Doubt, DriverError, Later, NoAnswerError
from drivers.sdi12.wire import CHAR_S, Wire, is_raw
from drivers.simulated.sdi12_instruments import avw200, clarivue_10, teros_11, teros_12, vibwire_108
from drivers.simulated.sdi12_line import Fault, Sdi12Line
from tests.drivers.far_end_sdi12 import Sdi12FarEnd
from tests.drivers.sdi12_rig import (
    HASTY,
    SOIL,
    driver,
    finished,
    generic,
    level_shifter,
    on_line,
    raws,
    sensor_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.contract import Driver
    from drivers.simulated.sdi12_sensor import Sdi12Sensor

pytestmark = pytest.mark.timeout(30)


def test_v_sdi_7_a_soil_probe_gives_counts_temperature_and_conductivity() -> None:
    """V-SDI-7: the raw values; the counts become water content by a conversion."""
    with on_line(teros_12("1")) as (line, far_end):
        assert raws(driver(line, "teros-12", "1")) == SOIL
    assert list(far_end.heard) == ["1M", "1D0"]


@pytest.mark.parametrize(
    ("model", "sensor", "keys", "values"),
    [
        ("teros-11", teros_11("0"), {}, {"soil_moisture": 2401.3, "temperature": 18.4}),
        (
            "avw200",
            avw200("0"),
            {"input": 2, "quantity": "pore_pressure"},
            {
                "pore_pressure": 3013.64,
                "signal_amplitude": 8.901,
                "signal_to_noise": 180.4,
                "noise_frequency": 977.3,
                "decay_ratio": 0.9822,
                "temperature": 4714.1,
            },
        ),
        (
            "vibwire-108",
            vibwire_108("0", wait_s=0),
            {"input": 5, "quantity": "displacement"},
            {"displacement": 2900.5, "thermistor_voltage": 1300.5},
        ),
        ("clarivue-10", clarivue_10("0", wait_s=0), {}, {"turbidity": 12.4, "temperature": 9.81}),
    ],
)
def test_each_instrument_gives_what_its_manual_lists(
    model: str, sensor: Sdi12Sensor, keys: dict[str, Any], values: dict[str, float]
) -> None:
    with on_line(sensor) as (line, _):
        assert raws(driver(line, model, **keys)) == values


@pytest.mark.parametrize("command", ["M", "MC", "C", "CC", "R0", "RC0"])
def test_every_kind_of_measurement(command: str) -> None:
    """With and without a checksum; R needs no start."""
    with on_line(sensor_of("+1.5", "-2.25")) as (line, far_end):
        assert raws(driver(line, "sdi12-generic", **generic(command, 2))) == {"temperature": -2.25}
    assert far_end.heard[0] == f"0{command}"


def test_values_are_fetched_page_by_page_until_all_have_come() -> None:
    """What fits into no single answer: nine values of nine characters after M."""
    values = [f"+{n}.345678" for n in range(1, 10)]
    with on_line(sensor_of(*values)) as (line, far_end):
        assert raws(driver(line, "sdi12-generic", **generic("MC", 9))) == {"temperature": 9.345678}
    assert list(far_end.heard) == ["0MC", "0D0", "0D1", "0D2"]


def test_the_code_for_no_value_is_no_value() -> None:
    with on_line(sensor_of("-9999")) as (line, _):
        (reading,) = finished(driver(line, "sdi12-generic", **generic("M")))
    assert (reading.raw, reading.doubt) == (None, Doubt.INVALID)


@pytest.mark.parametrize("fault", [Fault.ECHO, Fault.ECHO_LINE, Fault.BYTE_BY_BYTE])
def test_an_adapter_may_echo_and_may_pass_on_single_characters(fault: Fault) -> None:
    with on_line(teros_12("0")) as (line, far_end):
        far_end.fault(fault)
        assert raws(driver(line, "teros-12")) == SOIL


def test_a_slow_answer_is_waited_for() -> None:
    with on_line(teros_12("0")) as (line, far_end):
        far_end.fault(Fault.DELAY, delay_s=0.2)
        assert raws(driver(line, "teros-12")) == SOIL


def test_the_real_speed_of_the_wire_needs_no_patience_beyond_the_default() -> None:
    """Answers that take as long as 1200 baud makes them, passed on by the character."""
    with on_line(teros_12("0"), paced=True) as (line, _):
        assert raws(driver(line, "teros-12", response_timeout_s=None)) == SOIL


def test_a_bare_level_shifter_wakes_the_line_and_drops_its_own_echo() -> None:
    """As far as a pseudo-terminal can show: it carries neither break nor parity."""
    with level_shifter(teros_12("0")) as (line, far_end):
        assert is_raw(line.settings)
        assert raws(driver(line, "teros-12")) == SOIL
    assert list(far_end.heard) == ["0M", "0D0"]


def test_a_port_that_hears_its_own_break_is_not_confused() -> None:
    """The break comes back as a zero."""
    with Sdi12FarEnd(b"\x000I!013ACME    THING 100\r\n") as far_end:
        line = SerialLine.open(far_end.port, 1200, "even", 1, 7)
        assert "is ACME THING" in driver(line, "teros-12").probe()
        line.close()


def asked(line_of: Callable[..., Any], retries: int) -> list[str]:
    """How often a sensor that is not there is asked."""
    with line_of() as (line, far_end), pytest.raises(NoAnswerError):
        Wire(line, "0", response_timeout_s=0.001, retries=retries).ask("M", bytes.hex, 8)
    return list(far_end.heard)


def test_silence_is_asked_again_as_often_as_the_standard_says() -> None:
    """A bare line: two repeats after each break, and two more breaks. An adapter makes a break each time."""
    assert asked(level_shifter, 2) == 9 * ["0M"]
    assert asked(level_shifter, 0) == 3 * ["0M"]
    assert asked(on_line, 2) == 3 * ["0M"]
    assert asked(on_line, 0) == ["0M"]


@pytest.mark.parametrize(
    "fault", [Fault.SILENT, Fault.DAMAGED, Fault.TRUNCATED, Fault.GARBAGE, Fault.WRONG_ADDRESS]
)
def test_a_fault_that_strikes_one_answer_in_five_costs_no_reading(fault: Fault) -> None:
    """The repeats are there for that."""
    with on_line(teros_12("0")) as (line, far_end):
        far_end.fault(fault, rate=0.2)
        probe = driver(line, "teros-12", retries=5, response_timeout_s=0.02)
        assert [raws(probe), raws(probe)] == [SOIL, SOIL]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.DAMAGED, "it begins with no address|does not say when|no sensor sends|breaks off"),
        (Fault.TRUNCATED, "breaks off"),
        (Fault.WRONG_ADDRESS, "address 1 answers instead"),
        (Fault.GARBAGE, "no sensor sends"),
    ],
)
def test_damage_is_named_and_the_next_reading_is_good(fault: Fault, said: str) -> None:
    with on_line(sensor_of("+1.5")) as (line, far_end):
        probe = driver(line, "sdi12-generic", **generic("MC"), retries=0, response_timeout_s=0.05)
        far_end.fault(fault)
        with pytest.raises(BadAnswerError, match=said) as caught:
            finished(probe)
        assert caught.value.hint
        far_end.clear()
        assert raws(probe) == {"temperature": 1.5}


def test_a_wrong_checksum_is_never_a_value() -> None:
    with on_line(sensor_of("+1.5")) as (line, far_end):
        probe = driver(line, "sdi12-generic", **generic("CC"), retries=1)
        far_end.heard.clear()
        assert raws(probe) == {"temperature": 1.5}
        far_end.fault(Fault.BAD_CRC)
        continuous = driver(line, "sdi12-generic", **generic("RC0"), retries=1)
        with pytest.raises(BadAnswerError, match="its checksum is wrong"):
            continuous.read()
    assert list(far_end.heard) == ["0CC", "0D0", "0RC0", "0RC0"]


def test_damage_between_silences_is_told_as_damage() -> None:
    """It proves that somebody is there: the advice differs."""
    with Sdi12FarEnd(b"0+x\r\n") as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        with pytest.raises(BadAnswerError, match="no SDI-12 values"):
            driver(line, "sdi12-generic", **generic("R0"), response_timeout_s=0.001, retries=1).read()
        line.close()


def test_an_aborted_measurement_says_so() -> None:
    with on_line(sensor_of("+1.5")) as (line, far_end):
        probe = driver(line, "sdi12-generic", **generic("M"))
        far_end.fault(Fault.NO_VALUES)
        with pytest.raises(BadAnswerError, match="its measurement was aborted"):
            finished(probe)
        far_end.clear()
        assert raws(probe) == {"temperature": 1.5}


def test_a_sensor_that_gives_more_or_fewer_values_than_it_said_is_not_believed() -> None:
    with Sdi12FarEnd(b"00001\r\n", b"0+1+2\r\n", b"00003\r\n", b"0+1+2\r\n", b"0\r\n") as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        for came in (2, 2):
            probe = driver(line, "sdi12-generic", **generic("M"))
            with pytest.raises(BadAnswerError, match=f"announced . values and gave {came}"):
                probe.read()
        line.close()


def test_an_instrument_with_fewer_values_than_its_model_is_another_one() -> None:
    with on_line(teros_11("0")) as (line, _), pytest.raises(BadAnswerError, match="gives 2 values") as caught:
        finished(driver(line, "teros-12"))
    assert "0I!" in caught.value.hint


def test_what_a_probe_says_at_power_up_is_not_taken_for_an_answer() -> None:
    """METER's serial text bursts onto the line whenever the probe gets power."""
    with on_line(teros_12("0")) as (line, far_end):
        far_end.say(b"0\t2401.3 18.4 152\rgZ\r\n")
        assert raws(driver(line, "teros-12")) == SOIL


def test_probing_tells_the_identification() -> None:
    with on_line(teros_12("0")) as (line, _):
        said = driver(line, "teros-12").probe()
    assert "METER TER12, firmware 402, serial number 0000456; set up as METER TEROS 12" in said


def test_silence_on_a_1200_baud_line_asks_for_the_right_framing() -> None:
    """The likeliest mistake with a bare level shifter is one that the driver can see."""
    with Sdi12Line([]) as far_end:
        line = SerialLine.open(far_end.port, 1200, "none", 1)
        with pytest.raises(NoAnswerError) as caught:
            driver(line, "teros-12", **HASTY).read()
        line.close()
    assert "1200 8N1" in caught.value.hint
    assert 'data_bits = 7, parity = "even"' in caught.value.hint


def test_a_late_answer_to_a_repeat_does_not_answer_the_next_question() -> None:
    """The answer to D0 comes after its repeat, and that to the repeat while D1 is asked: both are of D0."""
    with on_line(sensor_of("+1", "+2", most_values=1)) as (line, far_end):
        wire = Wire(line, "0", response_timeout_s=0.02)
        assert wire.ask("M", bytes, 8) == b"00002\r\n"
        far_end.fault(Fault.DELAY, delay_s=0.15)
        assert wire.ask("D0", bytes, 8) == b"0+1\r\n"
        far_end.clear()
        assert wire.ask("D1", bytes, 8) == b"0+2\r\n"
    assert list(far_end.heard) == ["0M", "0D0", "0D0", "0D1"]


def test_an_adapter_may_pass_on_a_long_answer_as_a_whole() -> None:
    """75 characters are on the wire for 0.7 s before the first is heard."""
    values = [f"+1.2345{n:02d}" for n in range(8)]
    with on_line(sensor_of(*values)) as (line, far_end):
        far_end.fault(Fault.DELAY, delay_s=0.7)
        keys = {**generic("R0"), "response_timeout_s": None, "retries": 0}
        assert raws(driver(line, "sdi12-generic", **keys)) == {"temperature": 1.2345}


def test_a_break_and_its_marking_come_before_the_command() -> None:
    """A pseudo-terminal does not carry them, but they take their time: at least 12 ms and 8.33 ms."""
    with level_shifter(sensor_of("+1")) as (line, _):
        begin = time.monotonic()
        Wire(line, "0").ask("", bytes, 8)
        assert time.monotonic() - begin >= 0.012 + 0.00833


def test_babble_without_end_is_listened_to_for_a_bounded_length() -> None:
    with Sdi12FarEnd(200 * b"0") as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        heard = Wire(line, "0", response_timeout_s=1.0, retries=0).ask("M", bytes, 8)
        line.close()
    assert len(heard) == len("0M!\r\n") + 8


def test_the_first_answer_has_more_time_than_the_standard_gives_it() -> None:
    """`0M!` with an answer of seven characters takes 119 ms with waking: no adapter is cut off."""
    exchange_s = 0.012 + 0.00833 + 3 * CHAR_S + 0.015 + 7 * CHAR_S
    assert exchange_s == pytest.approx(0.119, abs=0.0005)
    with on_line(sensor_of("+1.5")) as (line, far_end):
        far_end.fault(Fault.DELAY, delay_s=exchange_s)
        probe = driver(line, "sdi12-generic", **generic("M"), response_timeout_s=None, retries=0)
        assert raws(probe) == {"temperature": 1.5}


@pytest.fixture(scope="module")
def scripted() -> Iterator[Callable[[list[bytes]], Driver]]:
    """A hasty driver, and what the far end will say to it next."""
    with Sdi12FarEnd() as far_end:
        line = SerialLine.open(far_end.port, 115200, "none", 1)

        def next_answers(answers: list[bytes]) -> Driver:
            far_end.answers[:] = answers
            return driver(line, "sdi12-generic", **generic("R0"), response_timeout_s=0.001, retries=0)

        yield next_answers
        line.close()


@settings(max_examples=40, deadline=None)
@given(answer=st.tuples(st.sampled_from([b"", b"0", b"0+"]), st.binary(max_size=20)).map(b"".join))
def test_whatever_comes_back_is_readings_or_one_of_three_errors(
    scripted: Callable[[list[bytes]], Driver], answer: bytes
) -> None:
    """Noise that ends as an answer does: without an end it costs its deadline, which other tests do."""
    try:
        readings = scripted([answer + b"\r\n"]).read()
    except DriverError as error:
        said = error.hint
    else:
        assert not isinstance(readings, Later)
        said = str(len(readings))
    assert said
