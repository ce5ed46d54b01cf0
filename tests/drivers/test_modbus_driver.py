"""The Modbus driver: published frames through a real serial port, and all that goes wrong on a line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.bus.serial import LineSettings, SerialLine
from drivers.contract import BadAnswerError, Doubt, DriverError, Later, NoAnswerError, Reading, RefusedError
from drivers.modbus.driver import ModbusDriver, make
from drivers.modbus.fit import fitted
from drivers.modbus.profile import load
from drivers.modbus.profile_schema import parse
from drivers.modbus.settings import ModbusSettings
from drivers.simulated.modbus_frame import Instrument, framed
from drivers.simulated.modbus_slave import Fault, ModbusSlave
from tests.drivers.far_end import FarEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drivers.modbus.profile import Profile

PATIENT = ModbusSettings(unit=1, response_timeout_s=10)
HASTY = ModbusSettings(unit=1, response_timeout_s=0.02)

SOIL = load("sn-3002-tr")
KELLER = load("keller-30")._replace(warm_up_s=0.0)  # it has had its power for long
A1 = ("01 03 00 00 00 04 44 09", "01 03 08 02 92 FF 9B 03 E8 00 38 57 B6")
A1_VALUES = [65.8, -10.1, 1000.0, 5.6]
SOIL_REGISTERS = Instrument(lambda: {0: 0x0292, 1: 0xFF9B, 2: 0x03E8, 3: 0x0038})


@contextmanager
def instrument(
    profile: Profile, *answers: bytes, settings: ModbusSettings = PATIENT
) -> Iterator[tuple[ModbusDriver, FarEnd]]:
    """A driver on a line whose far end says these answers."""
    usual = profile.line or LineSettings(9600, "none", 1)
    with FarEnd(*answers) as far_end:
        line = SerialLine.open(far_end.port, usual.baud, usual.parity, usual.stop_bits)
        yield ModbusDriver(line, profile, settings), far_end
        line.close()


def read(driver: ModbusDriver) -> tuple[Reading, ...]:
    """What an instrument says that needs no time."""
    readings = driver.read()
    assert not isinstance(readings, Later)
    return readings


def raws(driver: ModbusDriver) -> dict[str, float | None]:
    return {each.quantity: each.raw for each in read(driver)}


def text_of(count: int, first: int, *channels: tuple[str, int, str, float]) -> str:
    """The text of a profile for a frame that no shipped one asks for: one read, and numbers in it."""
    head = (
        'title = "T"\nmanufacturer = "M"\nsource = "S"\ntrust = "manual"\nresponse_timeout_s = 1.0\n'
        f"line.baud = 9600\n[[read]]\nregister = {first}\ncount = {count}\n"
    )
    tables = (
        f'[[channel]]\nquantity = "{name}"\nunit = "x"\nregister = {register}\ntype = "{kind}"\n'
        f"scale = {scale}\nlow = -1e6\nhigh = 1e6\n"
        for name, register, kind, scale in channels
    )
    return head + "".join(tables)


def profile_of(count: int, first: int, *channels: tuple[str, int, str, float]) -> Profile:
    """The profile itself."""
    return parse(text_of(count, first, *channels), "vector")


PH_AND_DIAGNOSTICS = profile_of(
    5,
    0,
    ("temperature", 0, "i16", 0.1),
    ("ph", 1, "u16", 0.01),
    ("signal", 2, "i16", 0.1),
    ("zero", 3, "i16", 0.1),
    ("slope", 4, "u16", 0.1),
)

# For each id: the profile, its requests with their responses, and the values in them.
VECTORS: list[tuple[str, Profile, Sequence[tuple[str, str]], dict[str, float]]] = [
    (
        "V-MB-A1",
        SOIL,
        [A1],
        {"soil_moisture": 65.8, "temperature": -10.1, "conductivity": 1000, "ph": 5.6},
    ),
    (
        "V-MB-A2",
        profile_of(3, 0, ("moisture", 0, "u16", 0.1), ("temperature", 1, "i16", 0.1), ("ec", 2, "u16", 1)),
        [("01 03 00 00 00 03 05 CB", "01 03 06 01 EF 01 44 00 04 B5 59")],
        {"moisture": 49.5, "temperature": 32.4, "ec": 4},
    ),
    (
        "V-MB-B1 V-MB-B2 V-MB-B3",
        load("jxbs-3001"),
        [
            ("01 03 00 06 00 01 64 0B", "01 03 02 02 67 F8 CE"),
            ("01 03 00 12 00 02 64 0E", "01 03 04 01 41 FF 9B AB 80"),
            ("01 03 00 15 00 01 95 CE", "01 03 02 03 E8 B8 FA"),
        ],
        {"ph": 6.15, "soil_moisture": 32.1, "temperature": -10.1, "conductivity": 1000},
    ),
    (
        "V-MB-P1",
        PH_AND_DIAGNOSTICS,
        [("01 03 00 00 00 05 85 C9", "01 03 0A 00 B8 01 C4 05 B7 FF EB 03 D2 06 73")],
        {"temperature": 18.4, "ph": 4.52, "signal": 146.3, "zero": -2.1, "slope": 97.8},
    ),
    (
        "V-MB-T1",
        profile_of(1, 0x0101, ("turbidity", 0x0101, "u16", 0.1)),
        [("01 03 01 01 00 01 D4 36", "01 03 02 00 5B F9 BF")],
        {"turbidity": 9.1},
    ),
    (
        "V-MB-T2",
        load("daviteq-mbrtu-tbd"),
        [("01 03 01 00 00 02 C5 F7", "01 03 04 01 00 00 97 BA 61")],
        {"temperature": 25.6, "turbidity": 15.1},
    ),
    (
        "V-MB-K1",
        profile_of(2, 0x0002, ("pressure", 0x0002, "f32", 1)),
        [("01 03 00 02 00 02 65 CB", "01 03 04 3F 75 F0 7B E3 DE")],
        {"pressure": 0.960701},
    ),
    (
        "V-MB-K2",
        profile_of(2, 0x0008, ("temperature", 0x0008, "f32", 1)),
        [("01 03 00 08 00 02 45 C9", "01 03 04 41 B5 C0 79 6E 0B")],
        {"temperature": 22.719},
    ),
    (
        "V-MB-K3",
        KELLER,
        [("01 03 01 00 00 04 45 F5", "01 03 08 3F 75 E3 D2 41 B6 1C 20 A0 C7")],
        {"pore_pressure": 0.960508, "temperature": 22.7637},
    ),
    (
        "V-MB-K3 barometer",
        load("keller-30-barometer")._replace(warm_up_s=0.0),
        [("01 03 01 00 00 04 45 F5", "01 03 08 3F 75 E3 D2 41 B6 1C 20 A0 C7")],
        {"barometric_pressure": 0.960508, "temperature": 22.7637},
    ),
]


@pytest.mark.parametrize(
    ("profile", "frames", "values"), [each[1:] for each in VECTORS], ids=[each[0] for each in VECTORS]
)
def test_published_frames(
    profile: Profile, frames: Sequence[tuple[str, str]], values: dict[str, float]
) -> None:
    """The driver asks byte for byte what the manual prints, and reads out of the answer what it says."""
    answers = [bytes.fromhex(answer) for _, answer in frames]
    tolerance = 5e-5 if profile.channel[0].form.type == "f32" else 0.0  # a manual rounds what is a float
    with instrument(profile, *answers) as (driver, far_end):
        assert raws(driver) == pytest.approx(values, abs=tolerance)
    assert far_end.heard == [bytes.fromhex(request) for request, _ in frames]


def test_v_mb_p1_as_the_shipped_profile_reads_it() -> None:
    """The electrode's own profile asks for temperature and pH alone."""
    with instrument(fitted("sup-ph8001", PATIENT), framed(bytes.fromhex("01 03 04 00 B8 01 C4"))) as (
        driver,
        far_end,
    ):
        assert raws(driver) == {"temperature": 18.4, "ph": 4.52}
    assert far_end.heard == [framed(bytes.fromhex("01 03 00 00 00 02"))]


def misread(*answers: str, settings: ModbusSettings = PATIENT) -> BadAnswerError:
    """What reading the soil probe raises on this answer; the read after it must be good."""
    frames = [bytes.fromhex(each) for each in answers]
    with instrument(SOIL, *frames, bytes.fromhex(A1[1]), settings=settings) as (driver, far_end):
        with pytest.raises(BadAnswerError) as caught:
            driver.read()
        assert far_end.port in caught.value.what
        assert caught.value.hint
        if settings is PATIENT:
            assert list(raws(driver).values()) == A1_VALUES
    return caught.value


@pytest.mark.timeout(5)
def test_v_mb_x1_a_refusal_says_what_it_means() -> None:
    """V-MB-X1. It ends the wait at once: the timeout here is 10 s, the test's own 5."""
    error = misread("01 83 02 C0 F1")
    assert isinstance(error, RefusedError)
    assert "refuses to give registers 0x0000 to 0x0003: exception 2, illegal data address" in error.what
    assert "SN-3002-TR" in error.hint


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    ("code", "words", "hint"),
    [
        (1, "illegal function", "is it really a"),
        (3, "illegal data value", "is it really a"),
        (4, "device failure", "power off and on"),
        (8, "memory parity", "replace it"),
        (10, "gateway found no path", "look at the gateway"),
        (11, "gateway got no answer", "look at the gateway"),
        (99, "its maker's own", "is it really a"),
    ],
)
def test_every_refusal_has_words(code: int, words: str, hint: str) -> None:
    error = misread(framed(bytes((1, 0x83, code))).hex())
    assert f"exception {code}, " in error.what
    assert words in error.what
    assert hint in error.hint


@pytest.mark.parametrize("at", range(13))
def test_v_mb_x4_one_changed_byte_is_never_a_value(at: int) -> None:
    """V-MB-X4, at every place of the answer."""
    frame = bytearray.fromhex(A1[1])
    frame[at] ^= 0x10
    assert "its checksum is wrong" in misread(frame.hex()).what


def test_v_mb_x5_an_answer_from_another_unit_is_an_error() -> None:
    """V-MB-X5, first half."""
    assert "unit 2 answered instead" in misread(framed(b"\x02" + bytes.fromhex(A1[1])[1:-2]).hex()).what


@pytest.mark.parametrize("model", ["sn-3002-tr", "jxbs-3001"])
def test_v_mb_x5_an_echo_in_front_of_the_answer_is_discarded(model: str) -> None:
    """V-MB-X5, second half: some adapters hear themselves; answers longer and shorter than the echo."""
    registers = Instrument(lambda: dict.fromkeys(range(0x20), 0x0267))
    with ModbusSlave({1: registers}) as slave:
        slave.fault(1, Fault.ECHO)
        line = SerialLine.open(slave.port, 9600, "none", 1)
        driver = make(line, model, PATIENT)
        assert raws(driver)["ph"] == (6.15 if model == "jxbs-3001" else 61.5)
        line.close()


def test_an_echo_and_nothing_else_is_silence() -> None:
    with (
        instrument(SOIL, bytes.fromhex(A1[0]), settings=HASTY) as (driver, _),
        pytest.raises(NoAnswerError, match="does not answer"),
    ):
        driver.read()


def test_an_answer_that_breaks_off_says_how_far_it_came() -> None:
    assert "only 6 of 13 bytes came (heard 01 03 08 02 92 ff)" in misread(A1[1][:17], settings=HASTY).what


def test_an_answer_to_another_question_is_an_error() -> None:
    """The length byte says 6 where 8 were asked for, with the right checksum over it."""
    assert "another question" in misread(framed(bytes.fromhex("01 03 06") + bytes(8)).hex()).what


def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    """What lies in the buffer when the question goes out cannot be its answer."""
    with instrument(SOIL, bytes.fromhex(A1[1])) as (driver, far_end):
        far_end.say(framed(bytes.fromhex("01 03 08") + bytes(8)))
        assert list(raws(driver).values()) == A1_VALUES


def test_silence_names_the_unit_and_the_usual_reasons() -> None:
    with instrument(SOIL, settings=HASTY) as (driver, far_end), pytest.raises(NoAnswerError) as caught:
        driver.read()
    assert caught.value.what == f"unit 1 on {far_end.port} does not answer"
    assert "A and B" in caught.value.hint


def test_silence_on_a_line_with_other_settings_says_that_first() -> None:
    """The likeliest reason is one that the driver can see: 9600 and not 4800."""
    with FarEnd() as far_end:
        line = SerialLine.open(far_end.port, 9600, "even", 1)
        with pytest.raises(NoAnswerError) as caught:
            make(line, "sn-3002-tr", HASTY).read()
        line.close()
    assert "the line runs at 9600 8E1" in caught.value.hint
    assert "leaves the factory at 4800 8N1" in caught.value.hint


def test_a_slow_instrument_is_waited_for_as_long_as_the_settings_say() -> None:
    with ModbusSlave({1: SOIL_REGISTERS}) as slave:
        slave.fault(1, Fault.DELAY, delay_s=0.3)
        line = SerialLine.open(slave.port, 4800, "none", 1)
        assert list(raws(make(line, "sn-3002-tr", PATIENT)).values()) == A1_VALUES
        with pytest.raises(NoAnswerError):
            make(line, "sn-3002-tr", HASTY).read()
        line.close()


def test_an_answer_in_single_bytes_is_put_together() -> None:
    with ModbusSlave({1: SOIL_REGISTERS}) as slave:
        slave.fault(1, Fault.BYTE_BY_BYTE)
        line = SerialLine.open(slave.port, 4800, "none", 1)
        assert list(raws(make(line, "sn-3002-tr", PATIENT)).values()) == A1_VALUES
        line.close()


def test_an_inactive_channel_has_no_value() -> None:
    """Keller: NaN is an inactive channel, infinity an overflow. The other values stand."""
    answer = framed(bytes.fromhex("01 03 08 7F C0 00 00 41 B6 1C 20"))
    overflow = framed(bytes.fromhex("01 03 08 7F 80 00 00 41 B6 1C 20"))
    with instrument(KELLER, answer, overflow) as (driver, _):
        pressure, temperature = read(driver)
        assert (pressure.raw, pressure.doubt) == (None, Doubt.INVALID)
        assert temperature.doubt is Doubt.NONE
        pressure, _ = read(driver)
        assert (pressure.raw, pressure.doubt) == (None, Doubt.OVER_RANGE)


def test_input_registers_are_read_with_function_4() -> None:
    profile = parse(text_of(1, 7, ("value", 7, "u16", 1)).replace("[[read]]", "[[read]]\nfunction = 4"), "x")
    with instrument(profile, framed(bytes.fromhex("01 04 02 00 2A"))) as (driver, far_end):
        assert raws(driver) == {"value": 42.0}
    assert far_end.heard == [framed(bytes.fromhex("01 04 00 07 00 01"))]


def test_probing_asks_for_the_first_block_alone() -> None:
    with instrument(load("jxbs-3001"), bytes.fromhex("01 03 02 02 67 F8 CE")) as (driver, far_end):
        said = driver.probe()
    assert said.startswith(f"unit 1 on {far_end.port} answers as a JXBS-3001 soil probe")
    assert far_end.heard == [bytes.fromhex("01 03 00 06 00 01 64 0B")]


def test_several_instruments_share_a_line_and_a_reopened_one() -> None:
    """The library keeps a memory of ports by name: neither a second unit nor a new opening may meet it."""
    with ModbusSlave({1: SOIL_REGISTERS, 2: SOIL_REGISTERS}) as slave:
        for _ in range(2):
            line = SerialLine.open(slave.port, 4800, "none", 1)
            drivers = [make(line, "sn-3002-tr", ModbusSettings(unit=unit)) for unit in (1, 2)]
            assert [list(raws(each).values()) for each in drivers] == [A1_VALUES, A1_VALUES]
            line.close()


@pytest.fixture(scope="module")
def scripted() -> Iterator[Callable[[bytes], ModbusDriver]]:
    """A hasty driver, and what the far end will say to it next."""
    with FarEnd() as far_end:
        line = SerialLine.open(far_end.port, 115200, "none", 1)
        driver = make(line, "sn-3002-tr", ModbusSettings(unit=1, response_timeout_s=0.005))

        def next_answer(answer: bytes) -> ModbusDriver:
            far_end.answers[:] = [answer]
            return driver

        yield next_answer
        line.close()


@settings(max_examples=40, deadline=None)
@given(
    answer=st.one_of(
        st.binary(max_size=20), st.binary(max_size=12).map(lambda body: framed(b"\x01\x03" + body))
    )
)
def test_whatever_comes_back_is_readings_or_one_of_three_errors(
    scripted: Callable[[bytes], ModbusDriver], answer: bytes
) -> None:
    """Noise, and frames whose checksum is right and whose content is not."""
    try:
        readings = read(scripted(answer))
    except DriverError as error:
        said = error.hint
    else:
        said = str(len(readings))
    assert said
