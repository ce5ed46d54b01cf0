"""Frames as manuals and the standard print them, beyond the plain reads of test_modbus_driver."""

from __future__ import annotations

import pytest

from drivers.bus.serial import LineSettings, SerialLine
from drivers.contract import BadAnswerError, Doubt
from drivers.modbus.decode import Form, decode, shifted
from drivers.modbus.frame import answers, framed, silence_s
from drivers.modbus.profile import Block, load
from drivers.modbus.settings import ModbusSettings
from drivers.modbus.wire import Wire
from tests.drivers.far_end import FarEnd
from tests.drivers.test_modbus_driver import instrument, profile_of, raws

TILT = profile_of(
    3,
    0x3D,
    ("x", 0x3D, "i16", 180 / 32768),
    ("y", 0x3E, "i16", 180 / 32768),
    ("z", 0x3F, "i16", 180 / 32768),
)


def read_by(model: str, answer: str, unit: int = 1) -> tuple[dict[str, float | None], str]:
    """What the shipped profile reads out of an answer, and what it asked."""
    settings = ModbusSettings(unit=unit, response_timeout_s=10)
    with instrument(load(model), bytes.fromhex(answer), settings=settings) as (driver, far_end):
        values = raws(driver)
    return values, far_end.heard[0].hex(" ").upper()


def test_v_mb_s1() -> None:
    """V-MB-S1: SMT100, 27.97 degC, 34.40 %, permittivity 15.20."""
    values, asked = read_by("truebner-smt100", "01 03 06 31 FD 0D 70 05 F0 48 E3")
    assert asked == "01 03 00 00 00 03 05 CB"
    assert values == {"temperature": 27.97, "soil_moisture": 34.4, "permittivity": 15.2}


def test_smt100_numbers_outside_their_range_are_no_values() -> None:
    """Moisture above 10000 and permittivity below 100; the limits themselves are values."""
    for words, moisture, permittivity in (("27 10 00 64", 100.0, 1.0), ("27 11 00 63", None, None)):
        body = bytes.fromhex("03 06 27 10") + bytes.fromhex(words)
        values, _ = read_by("truebner-smt100", framed(1, body).hex())
        assert values == {"temperature": 0.0, "soil_moisture": moisture, "permittivity": permittivity}


def test_v_mb_s2() -> None:
    """V-MB-S2: unit 253 reaches any SMT100, whose answer from unit 0 is nobody's we asked."""
    request, answer = framed(0xFD, bytes.fromhex("03 00 00 00 01")), framed(0, bytes.fromhex("03 02 31 FD"))
    assert request == bytes.fromhex("FD 03 00 00 00 01 90 36")
    assert not answers(request, answer, len(answer))
    settings = ModbusSettings(unit=247, response_timeout_s=1)
    profile = load("truebner-smt100")._replace(read=(Block(3, 0, 1),), channel=())
    with (
        instrument(profile, answer, settings=settings) as (driver, _),
        pytest.raises(BadAnswerError, match="unit 0 answered instead"),
    ):
        driver.read()


@pytest.mark.parametrize(
    ("unit", "body", "frame"),
    [
        pytest.param(1, "06 07 D0 00 02", "01 06 07 D0 00 02 08 86", id="V-MB-A3"),
        pytest.param(0, "06 00 04 00 05", "00 06 00 04 00 05 09 D9", id="V-MB-X2"),
        pytest.param(1, "10 07 D0 00 01 02 00 02", "01 10 07 D0 00 01 02 00 02 42 C1", id="V-MB-X3"),
        pytest.param(1, "03 25 00 00 00", "01 03 25 00 00 00 4E C6", id="V-MB-T4 start"),
        pytest.param(1, "03 2E 00 00 01", "01 03 2E 00 00 01 8D 22", id="V-MB-T4 stop"),
        pytest.param(1, "10 31 00 00 00 00", "01 10 31 00 00 00 00 74 94", id="V-MB-T4 wipe"),
        pytest.param(1, "03 00 64 00 14", "01 03 00 64 00 14 04 1A", id="VTN4xx"),
    ],
)
def test_frames_are_closed_as_printed(unit: int, body: str, frame: str) -> None:
    """Commands that set an address, go to everybody, or read nothing: unit, body and checksum."""
    assert framed(unit, bytes.fromhex(body)) == bytes.fromhex(frame)


@pytest.mark.parametrize("model", ["yosemitech-y510", "yosemitech-y511"])
def test_the_profile_holds_the_commands_of_v_mb_t4(model: str) -> None:
    profile = load(model)
    assert profile.start is not None
    assert profile.stop is not None
    assert framed(1, profile.start.body) == bytes.fromhex("01 03 25 00 00 00 4E C6")
    assert framed(1, profile.stop.body) == bytes.fromhex("01 03 2E 00 00 01 8D 22")
    if model == "yosemitech-y511":
        assert profile.wipe is not None
        assert framed(1, profile.wipe.body) == bytes.fromhex("01 10 31 00 00 00 00 74 94")


def test_v_mb_t3() -> None:
    """V-MB-T3: Yosemitech, little-endian: 18.25 degC, 42.5 FNU."""
    profile = load("yosemitech-y511")._replace(warm_up_s=0.0, start=None, stop=None)
    answer = bytes.fromhex("01 03 0A 00 00 92 41 00 00 2A 42 00 00 55 0B")
    with instrument(profile, answer) as (driver, far_end):
        assert raws(driver) == {"temperature": 18.25, "turbidity": 42.5}
    assert far_end.heard == [bytes.fromhex("01 03 26 00 00 05 8E 81")]


def test_v_mb_p2() -> None:
    """V-MB-P2: TriOS TpH, pH 4.25, 12.5 degC, big-endian."""
    values, asked = read_by("trios-tph", "01 03 08 40 88 00 00 41 48 00 00 0D C5")
    assert (values, asked) == ({"ph": 4.25, "temperature": 12.5}, "01 03 03 E8 00 04 C4 79")


def test_v_mb_p1_in_the_two_reads_of_the_shipped_profile() -> None:
    """V-MB-P1: with diagnostics, the electrode's zero of -2.1 mV and slope of 97.8 % come along."""
    settings = ModbusSettings(unit=1, response_timeout_s=10)
    frames = [framed(1, bytes.fromhex(body)) for body in ("03 04 00 B8 01 C4", "03 04 FF EB 03 D2")]
    with instrument(load("sup-ph8001"), *frames, settings=settings) as (driver, _):
        assert raws(driver) == {
            "temperature": 18.4,
            "ph": 4.52,
            "electrode_offset": -2.1,
            "electrode_slope": 97.8,
        }


def test_v_mb_l1() -> None:
    """V-MB-L1: QDY30A, 1234 with three decimals."""
    values, asked = read_by("qdy30a", "01 03 06 00 01 00 03 04 D2 6E 28")
    assert (values, asked) == ({"water_level": 1.234}, "01 03 00 02 00 03 A4 0B")


def test_more_decimals_than_a_number_has_are_no_decimals() -> None:
    answer = framed(1, bytes.fromhex("03 06 00 01 00 07 04 D2"))
    with (
        instrument(load("qdy30a"), answer) as (driver, _),
        pytest.raises(BadAnswerError, match="register of decimals says 7"),
    ):
        driver.read()


def test_v_mb_w1() -> None:
    """V-MB-W1: WitMotion at unit 80: 1.4996, -0.7526 and 90.0000 degrees."""
    answer = "50 03 06 01 11 FF 77 40 00 9C FA"
    values, asked = read_by("witmotion-tilt", answer, unit=0x50)
    assert asked == "50 03 00 3D 00 03 99 86"
    assert values == pytest.approx({"tilt_x": 1.4996, "tilt_y": -0.7526}, abs=5e-5)
    with instrument(TILT, bytes.fromhex(answer), settings=ModbusSettings(unit=0x50)) as (driver, _):
        assert raws(driver)["z"] == pytest.approx(90.0)


def test_the_example_of_the_sen0710() -> None:
    """Its maker's Modbus page: 337.4 NTU and 21.9 degC."""
    values, asked = read_by("dfrobot-sen0710", "01 03 04 0D 2E 00 DB D8 CD")
    assert (values, asked) == ({"turbidity": 337.4, "temperature": 21.9}, "01 03 00 00 00 02 C4 0B")


def test_a_tone_and_a_missing_gauge_of_a_vtn4xx() -> None:
    """0x3119 is 1256.9 Hz, and 9999 is no gauge."""
    form = load("vtn4xx").channel[0].form
    assert decode(bytes.fromhex("31 19"), form) == (1256.9, Doubt.NONE)
    assert decode(bytes.fromhex("27 0F"), form) == (None, Doubt.INVALID)


@pytest.mark.parametrize(
    ("registers", "at_4800", "at_9600", "at_19200", "late_at_9600"),
    [
        (1, 47.29, 23.65, 11.82, 39.64),
        (2, 51.46, 25.73, 12.86, 41.72),
        (4, 59.79, 29.90, 14.95, 45.89),
        (10, 84.79, 42.40, 21.20, 58.39),
    ],
)
def test_v_bus_1(
    registers: int, at_4800: float, at_9600: float, at_19200: float, late_at_9600: float
) -> None:
    """V-BUS-1: milliseconds of one transaction; the last column with an instrument that takes 20 ms."""

    def wire_ms(baud: int, latency_s: float = 0.0) -> float:
        char_s = LineSettings(baud, "none", 1).char_s
        quiet_s = silence_s(baud)
        asking_s, answering_s = 8 * char_s, (5 + 2 * registers) * char_s
        return 1000 * (asking_s + max(quiet_s, latency_s) + answering_s + quiet_s)

    times = [wire_ms(4800), wire_ms(9600), wire_ms(19200), wire_ms(9600, 0.020)]
    assert times == pytest.approx([at_4800, at_9600, at_19200, late_at_9600], abs=0.006)


def test_silence_above_19200_baud_no_longer_shrinks() -> None:
    """MODBUS over Serial Line V1.02, 2.5.1.1: 1.75 ms."""
    assert silence_s(38400) == 0.00175


def exchanged(request: bytes, answer: bytes) -> bytes:
    """What a raw exchange hears."""
    with FarEnd(answer) as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        heard = Wire(line, 0.05).exchange(request)
        line.close()
    return heard


START = bytes.fromhex("01 03 25 00 00 00 4E C6")


@pytest.mark.parametrize(
    "answer",
    [
        framed(1, bytes.fromhex("03 00")),
        framed(1, bytes.fromhex("03 04 01 02 03 04")),
        bytes.fromhex("01 83 02 C0 F1"),
    ],
    ids=["no data", "four bytes", "refused"],
)
def test_a_raw_answer_says_how_long_it_is_with_and_without_an_echo(answer: bytes) -> None:
    assert exchanged(START, answer) == answer
    assert exchanged(START, START + answer) == answer


def test_a_raw_answer_that_promises_more_than_comes_ends_at_the_deadline() -> None:
    assert exchanged(START, bytes.fromhex("01 03 FF 00 00 00")) == bytes.fromhex("01 03 FF 00 00 00")


def test_decimals_move_the_point() -> None:
    """A value that is none stays none."""
    form = Form("i16", invalid=(-1,))
    assert shifted(decode(b"\x04\xd2", form)[0], b"\x00\x00") == 1234.0
    assert shifted(decode(b"\xfb\x2e", form)[0], b"\x00\x06") == -0.001234
    assert shifted(decode(b"\xff\xff", form)[0], b"\x00\x02") is None
