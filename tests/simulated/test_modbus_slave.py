"""The simulated line of Modbus instruments: frames as the standard has them, and every way of going wrong."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulated.modbus_frame import Instrument, crc16, framed, is_intact, request_length, respond
from drivers.simulated.modbus_slave import Fault, FaultPlan, ModbusSlave, lead_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# From the manual of a family A soil probe: 65.8 %, -10.1 degC, 1000 uS/cm, pH 5.6.
REQUEST = bytes.fromhex("01 03 00 00 00 04 44 09")
ANSWER = bytes.fromhex("01 03 08 02 92 FF 9B 03 E8 00 38 57 B6")
SOIL = Instrument(lambda: {0: 0x0292, 1: 0xFF9B, 2: 0x03E8, 3: 0x0038})
OTHER = Instrument(lambda: {0: 7})
OTHER_REQUEST = framed(bytes.fromhex("02 03 00 00 00 01"))
OTHER_ANSWER = framed(bytes.fromhex("02 03 02 00 07"))
# Long enough for a loaded machine; only tests of silence wait for it.
PATIENCE_S = 5.0
SILENCE_S = 0.05


@pytest.fixture
def slave() -> Iterator[ModbusSlave]:
    with ModbusSlave({1: SOIL, 2: OTHER}) as slave:
        yield slave


@pytest.fixture
def ask(slave: ModbusSlave) -> Iterator[Callable[[bytes, int], bytes]]:
    """Send a frame and read so many bytes; 0 asks for silence."""
    with serial.Serial(slave.port, 9600, timeout=PATIENCE_S, write_timeout=1, exclusive=True) as port:

        def ask(frame: bytes, size: int) -> bytes:
            port.timeout = PATIENCE_S if size else SILENCE_S
            port.write(frame)
            return port.read(size or 1)

        yield ask


def test_crc_check_value() -> None:
    """The catalogued check value of CRC-16/MODBUS."""
    assert crc16(b"123456789") == 0x4B37


@pytest.mark.parametrize(
    "frame",
    [
        "01 03 00 00 00 03 05 CB",
        "01 06 07 D0 00 02 08 86",
        "01 10 07 D0 00 01 02 00 02 42 C1",
        "01 83 02 C0 F1",
        "01 03 04 3F 75 F0 7B E3 DE",
        "FD 03 00 00 00 01 90 36",
    ],
)
def test_printed_frames_are_intact(frame: str) -> None:
    """Frames from vendors' manuals carry the CRC that we compute."""
    assert is_intact(bytes.fromhex(frame))


@given(st.binary(min_size=2, max_size=200), st.integers(0), st.integers(0, 7))
def test_one_flipped_bit_breaks_the_crc(body: bytes, where: int, bit: int) -> None:
    frame = bytearray(framed(body))
    frame[where % len(frame)] ^= 1 << bit
    assert not is_intact(bytes(frame))


def test_too_short_is_not_intact() -> None:
    assert not is_intact(b"")
    assert not is_intact(framed(b"\x01"))


@pytest.mark.parametrize(
    ("head", "length"),
    [
        ("", 2),
        ("01", 2),
        ("01 03", 8),
        ("01 06 07", 8),
        ("01 10", 7),
        ("01 10 07 D0 00 01 02", 11),
        ("01 2B", 256),
    ],
)
def test_request_length_is_known_as_early_as_possible(head: str, length: int) -> None:
    assert request_length(bytes.fromhex(head)) == length


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("01 06 00 00 00 01", 1),
        ("01 10 00 00 00 01 02 00 01", 1),
        ("01 03 00 04 00 01", 2),
        ("01 03 00 03 00 02", 2),
        ("01 03 00 00 00 00", 3),
        ("01 03 00 00 00 7E", 3),
        ("01 03 00 00 00 01 00", 3),
    ],
)
def test_refusals(body: str, code: int) -> None:
    """Unknown function, unknown address and impossible count are refused with exceptions 1, 2 and 3."""
    request = framed(bytes.fromhex(body))
    assert respond(SOIL, request) == framed(bytes((1, request[1] | 0x80, code)))


def test_an_instrument_limits_its_functions_and_counts() -> None:
    """A device may know holding registers only, and refuse longer reads than its firmware serves."""
    limited = SOIL._replace(functions=frozenset({3}), most_registers=2)
    assert respond(limited, framed(bytes.fromhex("01 04 00 00 00 01"))) == framed(bytes.fromhex("01 84 01"))
    assert respond(limited, framed(bytes.fromhex("01 03 00 00 00 03"))) == framed(bytes.fromhex("01 83 03"))


def test_answers_over_the_wire(ask: Callable[[bytes, int], bytes], slave: ModbusSlave) -> None:
    """Function 3 and 4, through a real serial port; what was asked is remembered."""
    assert ask(REQUEST, len(ANSWER)) == ANSWER
    input_request = framed(bytes.fromhex("01 04 00 03 00 01"))
    assert ask(input_request, 7) == framed(bytes.fromhex("01 04 02 00 38"))
    assert list(slave.heard) == [REQUEST, input_request]


@pytest.mark.parametrize(
    "frame",
    [
        framed(bytes.fromhex("09 03 00 00 00 01")),
        framed(bytes.fromhex("00 03 00 00 00 01")),
        REQUEST[:-1] + b"\x00",
        REQUEST[:5],
        b"\x01\x03" + b"\xff" * 6 + REQUEST,
        framed(bytes.fromhex("01 2B 0E 01 00"))[:-1],
    ],
    ids=[
        "absent unit",
        "broadcast",
        "bad CRC",
        "cut short",
        "damage without a pause",
        "unknown function cut short",
    ],
)
def test_silence_where_the_standard_wants_it(ask: Callable[[bytes, int], bytes], frame: bytes) -> None:
    """No answer to a foreign or damaged request, and the next good one is answered."""
    assert ask(frame, 0) == b""
    assert ask(REQUEST, len(ANSWER)) == ANSWER


def test_an_unknown_function_is_framed_by_silence(ask: Callable[[bytes, int], bytes]) -> None:
    assert ask(framed(bytes.fromhex("01 2B 0E 01 00")), 5) == framed(bytes.fromhex("01 AB 01"))


def test_requests_back_to_back_are_told_apart(ask: Callable[[bytes, int], bytes]) -> None:
    """A master that gave up waiting and asked again gets both answers, as on a slow real device."""
    assert ask(REQUEST + OTHER_REQUEST, len(ANSWER) + len(OTHER_ANSWER)) == ANSWER + OTHER_ANSWER


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (Fault.BAD_CRC, ANSWER[:-1] + b"\x49"),
        (Fault.TRUNCATED, ANSWER[:6]),
        (Fault.WRONG_UNIT, framed(b"\x02" + ANSWER[1:-2])),
        (Fault.EXCEPTION, bytes.fromhex("01 83 04 40 F3")),
        (Fault.ECHO, REQUEST + ANSWER),
        (Fault.GARBAGE, b"\x00\xff\x7e" + ANSWER),
        (Fault.BYTE_BY_BYTE, ANSWER),
    ],
)
def test_faults_of_the_answer(
    slave: ModbusSlave, ask: Callable[[bytes, int], bytes], fault: Fault, seen: bytes
) -> None:
    """Each fault shows on its unit, not on its neighbour, and is gone when cleared."""
    slave.fault(1, fault)
    assert ask(REQUEST, len(seen)) == seen
    assert ask(OTHER_REQUEST, len(OTHER_ANSWER)) == OTHER_ANSWER
    slave.clear(1)
    assert ask(REQUEST, len(ANSWER)) == ANSWER


def test_exception_code_can_be_chosen(slave: ModbusSlave, ask: Callable[[bytes, int], bytes]) -> None:
    slave.fault(1, Fault.EXCEPTION, code=6)
    assert ask(REQUEST, 5) == framed(bytes.fromhex("01 83 06"))


def test_a_silent_unit_leaves_its_neighbours_alone(
    slave: ModbusSlave, ask: Callable[[bytes, int], bytes]
) -> None:
    slave.fault(1, Fault.SILENT)
    assert ask(REQUEST, 0) == b""
    assert ask(OTHER_REQUEST, len(OTHER_ANSWER)) == OTHER_ANSWER


def test_a_delayed_answer_comes_late_and_whole(
    slave: ModbusSlave, ask: Callable[[bytes, int], bytes]
) -> None:
    """Nothing for longer than the silence that we wait, then everything."""
    slave.fault(1, Fault.DELAY, delay_s=SILENCE_S * 4)
    assert ask(REQUEST, 0) == b""
    assert ask(b"", len(ANSWER)) == ANSWER


def test_closing_does_not_wait_for_a_delay() -> None:
    """A slave closes at once even in the middle of an hour's delay."""
    slave = ModbusSlave({1: SOIL})
    slave.fault(1, Fault.DELAY, delay_s=3600)
    with slave, serial.Serial(slave.port) as port:
        port.write(REQUEST)
        while not slave.heard:
            time.sleep(0.001)


def test_a_rate_strikes_some_answers_and_is_repeatable() -> None:
    """A fault with rate 0.5 hits about half of 200 answers, the same ones for the same seed."""

    def struck(seed: int) -> list[bool]:
        with (
            ModbusSlave({2: OTHER}, seed=seed) as slave,
            serial.Serial(slave.port, timeout=PATIENCE_S) as port,
        ):
            slave.fault(2, Fault.BAD_CRC, rate=0.5)
            answers = []
            for _ in range(200):
                port.write(OTHER_REQUEST)
                answers.append(port.read(len(OTHER_ANSWER)) != OTHER_ANSWER)
            return answers

    first = struck(1)
    assert 60 < sum(first) < 140
    assert first == struck(1)
    assert first != struck(2)


def test_planned_faults_are_asked_at_each_request() -> None:
    """A plan that depends on time takes effect without anybody touching the slave."""
    noisy = threading.Event()

    def planned(unit: int) -> list[FaultPlan]:
        return [FaultPlan(Fault.EXCEPTION)] if noisy.is_set() and unit == 1 else []

    with (
        ModbusSlave({1: SOIL}, planned=planned) as slave,
        serial.Serial(slave.port, timeout=PATIENCE_S) as port,
    ):
        port.write(REQUEST)
        assert port.read(len(ANSWER)) == ANSWER
        noisy.set()
        port.write(REQUEST)
        assert port.read(5) == framed(bytes.fromhex("01 83 04"))


@pytest.mark.parametrize(("baud", "expected_s"), [(1200, 0.095833), (9600, 0.011979), (57600, 0.003139)])
def test_a_paced_answer_waits_for_the_request_and_the_silence(baud: int, expected_s: float) -> None:
    """8 characters and 3.5 more, or 1.75 ms above 19200 baud (MODBUS over Serial Line V1.02)."""
    assert lead_s(8, baud) == pytest.approx(expected_s, abs=1e-6)


@pytest.mark.parametrize("byte_by_byte", [False, True])
def test_a_paced_slave_answers_the_same(*, byte_by_byte: bool) -> None:
    """Pacing changes when the bytes come, not which."""
    with ModbusSlave({1: SOIL}, baud=115200) as slave, serial.Serial(slave.port, timeout=PATIENCE_S) as port:
        if byte_by_byte:
            slave.fault(1, Fault.BYTE_BY_BYTE)
        port.write(REQUEST)
        assert port.read(len(ANSWER)) == ANSWER


def test_bytes_that_nobody_reads_are_lost_and_do_not_block() -> None:
    """A master that only writes cannot stop the slave, even after 100 answers of 255 bytes."""
    full = Instrument(lambda: dict.fromkeys(range(125), 0))
    request = framed(bytes.fromhex("01 03 00 00 00 7D"))
    with ModbusSlave({1: full}) as slave, serial.Serial(slave.port, timeout=PATIENCE_S) as port:
        for asked in range(1, 101):
            port.write(request)
            deadline = time.monotonic() + PATIENCE_S
            while len(slave.heard) < asked and time.monotonic() < deadline:
                time.sleep(0.0005)
        assert len(slave.heard) == 100
        port.timeout = SILENCE_S
        while port.read(4096):
            pass
        port.timeout = PATIENCE_S
        port.write(request)
        assert is_intact(port.read(255))


def test_closing_hangs_up() -> None:
    """To a master, a closed slave is an adapter that was pulled out; no thread stays behind."""
    with ModbusSlave({1: SOIL}) as slave:
        port = serial.Serial(slave.port, timeout=PATIENCE_S)
    with port, pytest.raises(serial.SerialException):
        port.read(1)
    assert not [each for each in threading.enumerate() if each.name.startswith("simulated-rs485")]
