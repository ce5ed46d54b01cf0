"""Whole answers in what was heard on a line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.frame import crc16
from drivers.scan.overheard import frames


def framed(body: bytes) -> bytes:
    """With its checksum, low byte first."""
    return body + crc16(body).to_bytes(2, "little")


UNITS = st.integers(1, 247)
ANSWERS = st.builds(
    lambda unit, function, words: framed(bytes((unit, function, 2 * words)) + bytes(2 * words)),
    UNITS, st.sampled_from([3, 4]), st.integers(0, 125),
)  # fmt: skip
REFUSALS = st.builds(
    lambda unit, function, code: framed(bytes((unit, function, code))),
    UNITS, st.sampled_from([0x83, 0x84]), st.integers(1, 11),
)  # fmt: skip


def test_an_answer_and_a_refusal_of_the_standard_are_found() -> None:
    """MODBUS over Serial Line V1.02: unit 1, one register, value 0; and exception 2 of function 3."""
    answer, refusal = bytes.fromhex("01 03 02 00 00 B8 44"), bytes.fromhex("01 83 02 C0 F1")
    assert frames(answer + refusal) == [answer, refusal]


def test_an_answer_inside_the_data_of_another_is_data() -> None:
    inner = framed(b"\x05\x83\x02")
    outer = framed(b"\x01\x03\x06" + inner + b"\0")
    assert frames(outer) == [outer]


@given(st.lists(ANSWERS | REFUSALS, max_size=3))
def test_answers_one_after_another_are_all_found(said: list[bytes]) -> None:
    assert frames(b"".join(said)) == said


@given(ANSWERS | REFUSALS)
def test_noise_around_an_answer_does_not_hide_it(said: bytes) -> None:
    """Zeros and ones of a line that nobody drives."""
    assert said in frames(b"\xff\x00\xff" + said + b"\xff")


@given(ANSWERS | REFUSALS, st.data())
def test_a_damaged_answer_is_none(said: bytes, data: st.DataObject) -> None:
    """One bit in its checksum is enough."""
    at, bit = data.draw(st.sampled_from([-1, -2])), data.draw(st.integers(0, 7))
    damaged = bytearray(said)
    damaged[at] ^= 1 << bit
    assert bytes(damaged) not in frames(bytes(damaged))


@given(st.binary(max_size=300))
def test_whatever_is_heard_is_looked_through(heard: bytes) -> None:
    """What comes out is part of it, and intact."""
    found = frames(heard)
    assert all(each in heard for each in found)
    assert all(crc16(each[:-2]) == int.from_bytes(each[-2:], "little") for each in found)
