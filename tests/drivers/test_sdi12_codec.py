"""SDI-12 as text: the standard's own examples, and that nothing else passes for them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BadAnswerError
from drivers.sdi12.codec import (
    ADDRESSES,
    LONGEST_ANSWER,
    LONGEST_IDENTITY,
    Identity,
    Start,
    body,
    checked,
    crc,
    has_checksum,
    identity,
    is_command,
    start,
    values,
)
from drivers.simulated import sdi12_sensor

# Printed in the standard, section 4.4.12 and its examples.
CHECKSUMS = [
    ("V-SDI-1", "0+3.14", "OqZ"),
    ("V-SDI-2", "0+3.14+2.718+1.414", "Ipz"),
    ("V-SDI-3", "0+1.11+2.22+3.33+4.44+5.55+6.66", "I]q"),
    ("V-SDI-3 second", "0+7.77+8.88+9.99", "IvW"),
    ("V-SDI-4", "0+3.14+2.718", "IWO"),
    ("V-SDI-4 second", "0+2.718", "Gbc"),
    ("V-SDI-4 third", "0+1.414", "GtW"),
    ("V-SDI-5", "1+1.23+2.34+345+4.4678", "KoO"),
    ("V-SDI-6", "0+1.234-4.56+12354-0.00045+2.223+145.5+7.7003+4328.8+9+10+11.433+12", "Ba]"),
    ("V-SDI-7", "1+2401.3+18.4+152", "OSg"),
]

VALUES = {
    "V-SDI-3": (1.11, 2.22, 3.33, 4.44, 5.55, 6.66),
    "V-SDI-6": (1.234, -4.56, 12354, -0.00045, 2.223, 145.5, 7.7003, 4328.8, 9, 10, 11.433, 12),
    "V-SDI-7": (2401.3, 18.4, 152),
}


@pytest.mark.parametrize(("payload", "mark"), [each[1:] for each in CHECKSUMS], ids=[e[0] for e in CHECKSUMS])
def test_published_checksums(payload: str, mark: str) -> None:
    """The codec and the simulated sensor, written apart, both agree with the standard."""
    assert crc(payload.encode()) == mark.encode()
    assert sdi12_sensor.crc(payload) == mark
    assert checked(f"{payload}{mark}\r\n".encode(), payload[0]) == payload[1:]


@pytest.mark.parametrize("vector", VALUES)
def test_published_values(vector: str) -> None:
    payload = next(text for name, text, _ in CHECKSUMS if name == vector)
    assert values(payload[1:]) == VALUES[vector]


@pytest.mark.parametrize("vector", [each[0] for each in CHECKSUMS])
def test_one_turned_bit_is_never_a_value(vector: str) -> None:
    """At every place of every published answer, checksum included."""
    _, payload, mark = next(each for each in CHECKSUMS if each[0] == vector)
    line = f"{payload}{mark}\r\n".encode()
    for at in range(len(line)):
        for bit in range(7):
            spoilt = bytearray(line)
            spoilt[at] ^= 1 << bit
            with pytest.raises(BadAnswerError):
                checked(bytes(spoilt), payload[0])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "breaks off"),
        (b"0+1.5", "breaks off"),
        (b"0+1.5\r", "breaks off"),
        (b"\r\n", "no sensor sends"),
        (b"0+1\x005\r\n", "no sensor sends"),
        (b"0+1\xb5\r\n", "no sensor sends"),
        (b"5+1.5\r\n", "address 5 answers instead"),
        (b"+1.5\r\n", "begins with no address"),
    ],
)
def test_a_line_that_is_no_answer_says_why_and_shows_itself(line: bytes, said: str) -> None:
    with pytest.raises(BadAnswerError, match=said) as caught:
        body(line, "0")
    assert repr(line) in caught.value.what
    assert caught.value.hint


def test_values_without_their_checksum_are_refused() -> None:
    for line in (b"0+3.14\r\n", b"0\r\n", b"0qZ\r\n"):
        with pytest.raises(BadAnswerError, match="checksum"):
            checked(line, "0")


@pytest.mark.parametrize(
    ("said", "command", "wait_s", "count"),
    [
        ("0013", "M", 1, 3),
        ("0000", "M1", 0, 0),
        ("9999", "MC", 999, 9),
        ("06016", "C", 60, 16),
        ("00009", "CC", 0, 9),
    ],
)
def test_when_values_will_be_ready_and_how_many(said: str, command: str, wait_s: int, count: int) -> None:
    assert start(said, command) == Start(wait_s, count)


@pytest.mark.parametrize(
    ("said", "command"),
    [("", "M"), ("001", "M"), ("00013", "M"), ("0013", "C"), ("0+13", "M"), ("00 3", "M")],
)
def test_a_start_with_a_lost_or_foreign_character_is_refused(said: str, command: str) -> None:
    """A lost digit would be a smaller number of values, or a shorter wait."""
    with pytest.raises(BadAnswerError, match="when values will be ready"):
        start(said, command)


@pytest.mark.parametrize(
    "said", ["1.5", "+", "+-1", "+1.2.3", "+1,5", "+1e5", "+1 ", "+12345678", "+1.23456789", "+."]
)
def test_what_the_standard_does_not_call_a_value_is_refused(said: str) -> None:
    with pytest.raises(BadAnswerError, match="no SDI-12 values"):
        values(said)


@pytest.mark.parametrize(
    ("said", "numbers"), [("", ()), ("+0", (0.0,)), ("-.5+5.", (-0.5, 5.0)), ("+1234567", (1234567.0,))]
)
def test_values_at_the_edge_of_what_the_standard_allows(said: str, numbers: tuple[float, ...]) -> None:
    assert values(said) == numbers


def test_an_identification_comes_apart_without_its_blanks() -> None:
    assert identity("13METER   TER12 4020000456", "1") == Identity(
        "1", "13", "METER", "TER12", "402", "0000456"
    )
    assert identity("13KEYNESCOVibWire-1080001", "a").model == "VibWir"
    assert identity("14CAMPBELLCLV10 001", "0").serial == ""


@pytest.mark.parametrize("said", ["", "13METER", "1xMETER   TER12 402", "13METER   TER12 402" + 14 * "9"])
def test_an_identification_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(BadAnswerError, match="identify"):
        identity(said, "0")


@pytest.mark.parametrize("command", ["M", "M1", "M9", "MC", "MC3", "C", "C1", "CC", "CC9", "R0", "R9", "RC0"])
def test_measurement_commands(command: str) -> None:
    assert is_command(command)
    assert has_checksum(command) == (command[1:2] == "C")


@pytest.mark.parametrize(
    "command", ["", "M0", "M10", "D0", "V", "I", "A1", "R", "RC", "XVW1", "m", "M!", "0M"]
)
def test_what_is_no_measurement_command(command: str) -> None:
    assert not is_command(command)


NUMBERS = st.integers(-9999999, 9999999).map(lambda n: f"{n:+d}") | st.builds(
    lambda sign, whole, part: f"{sign}{whole}.{part}",
    st.sampled_from("+-"),
    st.integers(0, 999),
    st.text(string.digits, min_size=1, max_size=4),
)


@given(address=st.sampled_from(ADDRESSES), texts=st.lists(NUMBERS, max_size=9))
def test_whatever_a_sensor_may_say_comes_back(address: str, texts: list[str]) -> None:
    """Also through the checksum that the simulated sensor makes."""
    payload = address + "".join(texts)
    line = f"{payload}{sdi12_sensor.crc(payload)}\r\n".encode()
    assert values(checked(line, address)) == tuple(float(text) for text in texts)


@given(line=st.binary(max_size=100) | st.text(string.printable, max_size=60).map(str.encode))
def test_any_bytes_are_an_answer_or_a_bad_answer(line: bytes) -> None:
    """Nothing else is ever raised, by any of the parsers; and what passes has the promised shape."""
    for parse in (body, checked):
        try:
            said = parse(line, "0")
        except BadAnswerError:
            continue
        for understand in (values, lambda text: start(text, "M"), lambda text: identity(text, "0")):
            try:
                assert isinstance(understand(said), tuple)
            except BadAnswerError as error:
                assert error.hint  # noqa: PT017  it is one of two right endings


@given(said=st.text(max_size=40))
def test_any_text_is_values_or_a_bad_answer(said: str) -> None:
    try:
        numbers = values(said)
    except BadAnswerError:
        return
    assert len(numbers) == sum(said.count(sign) for sign in "+-")


def test_no_answer_of_the_standard_is_longer_than_we_listen() -> None:
    assert len("0") + 75 + len("crc\r\n") == LONGEST_ANSWER
    assert len("0" + "13" + "METER   " + "TER12 " + "402" + 13 * "9" + "\r\n") == LONGEST_IDENTITY
