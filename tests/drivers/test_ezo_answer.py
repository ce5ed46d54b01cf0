"""What EZO circuits say, byte by byte."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ezo import answer, command
from drivers.ezo.answer import GarbledError, Heard, State, hear, unpack

READ = command.reading(0.9, None)
COMMANDS = (
    READ,
    command.INFO,
    command.STATUS,
    command.SLOPE,
    command.CONTINUOUS,
    command.OUTPUTS,
    command.SCALE,
    command.HUSH,
)
PARSERS = (answer.info, answer.status, answer.slope)


def test_v_ezo_1_events_stand_before_a_reading() -> None:
    """V-EZO-1: codes that nobody asked for are told apart from the answer, in order."""
    heard = hear(b"*RS\r*RE\r4.712\r*OK\r", READ)
    assert heard == Heard("4.712", is_refused=False, events=("*RS", "*RE"), noise=False)


def test_v_ezo_2_slope_with_and_without_zero_in_any_case() -> None:
    """V-EZO-2: older firmware gives no zero point and other letters; below 85 % is not fit."""
    old = hear(b"?SLOPE,99.7,100.3\r", command.SLOPE).answer
    new = hear(b"?Slope,93.5,81.5,-1.2\r", command.SLOPE).answer
    assert old is not None
    assert new is not None
    assert answer.slope(old) == (99.7, 100.3, None)
    assert answer.slope(old).is_fit
    assert answer.slope(new) == (93.5, 81.5, -1.2)
    assert not answer.slope(new).is_fit


@pytest.mark.parametrize(("percent", "is_fit"), [(84.9, False), (85.0, True), (105.0, True), (105.1, False)])
def test_an_electrode_is_fit_from_85_to_105_percent_on_both_sides(percent: float, is_fit: bool) -> None:  # noqa: FBT001  a column of the table
    assert answer.slope(f"?Slope,{percent},100.0").is_fit is is_fit
    assert answer.slope(f"?Slope,100.0,{percent}").is_fit is is_fit


def test_v_ezo_3_a_reading_over_i2c() -> None:
    """V-EZO-3: a status, text, and its end; what follows is padding."""
    assert unpack(bytes.fromhex("01 34 2E 37 31 32 00")) == (State.DONE, "4.712")
    assert unpack(bytes.fromhex("01 34 2E 37 31 32 00 FF 00")) == (State.DONE, "4.712")


@pytest.mark.parametrize(
    ("heard", "state"), [("FE 00 00", State.PENDING), ("FF", State.NO_DATA), ("02", State.REFUSED)]
)
def test_v_ezo_4_states_without_text(heard: str, state: State) -> None:
    """V-EZO-4: still at work, nothing to say, not understood."""
    assert unpack(bytes.fromhex(heard)) == (state, "")


def test_v_ezo_5_status_tells_a_brown_out() -> None:
    """V-EZO-5: why it started, and its supply."""
    text = hear(b"?Status,B,3.012\r", command.STATUS).answer
    assert text == "?Status,B,3.012"
    cause, supply_v = answer.status(text)
    assert "brown-out" in cause
    assert supply_v == 3.012


@pytest.mark.parametrize(
    ("code", "word"), [("P", "power"), ("S", "software"), ("W", "watchdog"), ("U", "unknown"), ("X", "X")]
)
def test_every_cause_of_a_restart_has_a_name(code: str, word: str) -> None:
    assert word in answer.status(f"?Status,{code},5.038").cause


def test_info_names_circuit_and_firmware() -> None:
    assert answer.info("?i,pH,1.98") == ("pH", "1.98")
    assert answer.info("?I,D.O.,2.1") == ("D.O.", "2.1")


@pytest.mark.parametrize(
    ("text", "wanted", "body"),
    [
        ("?C,0", command.CONTINUOUS, "0"),
        ("?,O,EC,TDS", command.OUTPUTS, "EC,TDS"),
        ("?O", command.OUTPUTS, ""),
        ("?S,c", command.SCALE, "c"),
    ],
)
def test_the_body_of_a_query_is_what_stands_behind_its_name(
    text: str, wanted: command.Command, body: str
) -> None:
    """Also with the comma that the data sheets print behind the question mark."""
    assert answer.body(text, wanted) == body


def test_the_first_bit_of_a_byte_may_be_spoilt() -> None:
    """The clock-stretching fault of the BCM2835 family turns it into a one."""
    assert unpack(bytes(byte | 0x80 for byte in b"\x014.712\0")) == (State.DONE, "4.712")
    assert unpack(b"\x82") == (State.REFUSED, "")


@pytest.mark.parametrize("heard", [b"", b"\x00", b"\x03", b"\x7e", b"\x014.712", b"\x014.\x0712\0"])
def test_what_is_no_i2c_answer_is_garbled(heard: bytes) -> None:
    """No status, an unknown one, text without an end or with control characters."""
    with pytest.raises(GarbledError):
        unpack(heard)


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize("text", ["", "4.712", "?Status,P", "?i,", "?Slope,99.7"])
def test_another_answer_is_garbled(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(GarbledError, match="no answer"):
        parse(text)


def test_a_line_that_has_not_ended_is_no_answer_yet() -> None:
    """Half of a number is a number too: only the carriage return makes it one."""
    assert hear(b"4.7", READ) == Heard(None, is_refused=False, events=(), noise=True)


@pytest.mark.parametrize(
    "heard", [b"\xfe4.712\r", b"4.7x2\r", b"4..2\r", b".712\r", b"12345678\r", b"4.7\0\r", b"1,2,3,4,5\r"]
)
def test_a_spoilt_number_is_noise(heard: bytes) -> None:
    assert hear(heard, READ) == Heard(None, is_refused=False, events=(), noise=True)


def test_its_own_words_and_plain_ends_of_lines_are_nothing() -> None:
    """An echo, an `*OK` and empty lines neither answer nor count as damage."""
    assert hear(b"\nR\r\n\r*OK\r\n", READ) == Heard(None, is_refused=False, events=(), noise=False)


def test_a_refusal_is_heard_in_any_case() -> None:
    assert hear(b"*er\r", READ).is_refused


def test_the_first_of_two_answers_counts() -> None:
    assert hear(b"4.712\r9.999\r", READ).answer == "4.712"


def test_a_reading_at_a_known_temperature_says_it() -> None:
    assert command.reading(0.9, 19.5).text == "RT,19.5"
    assert command.reading(0.9, 9.123456).text == "RT,9.12"
    assert command.reading(0.9, None).text == "R"


@given(st.binary(max_size=600), st.sampled_from(COMMANDS))
def test_any_bytes_over_uart_are_taken_apart(heard: bytes, wanted: command.Command) -> None:
    """Nothing is raised, and an answer is a whole line of its own shape."""
    found = hear(heard, wanted)
    if found.answer is not None:
        assert wanted.answer.fullmatch(found.answer)
        assert found.answer.encode() in heard


@given(st.binary(max_size=64))
def test_any_bytes_over_i2c_are_text_or_garbled(heard: bytes) -> None:
    with contextlib.suppress(GarbledError):
        state, text = unpack(heard)
        assert text.isascii()
        assert state is State.DONE or not text


@given(st.text(max_size=80), st.sampled_from(PARSERS))
def test_any_text_is_parsed_or_garbled(text: str, parse: object) -> None:
    assert callable(parse)
    with contextlib.suppress(GarbledError):
        parse(text)


@given(st.decimals(-1019, 1019, places=1), st.lists(st.sampled_from(["*RS", "*WA", "?i,pH,1.98", "R"])))
def test_a_number_is_found_whatever_stands_before_it(number: object, before: list[str]) -> None:
    lines = "".join(f"{line}\r" for line in [*before, str(number)])
    assert hear(lines.encode(), READ).answer == str(number)
