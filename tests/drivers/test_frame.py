"""What a frame of Modbus RTU says beyond its values."""

from __future__ import annotations

import pytest

from drivers.modbus.frame import crc16, flaw, refusal
from drivers.simulated.modbus_frame import framed

REQUEST = bytes.fromhex("01 03 00 00 00 04 44 09")
ANSWER = bytes.fromhex("01 03 08 02 92 FF 9B 03 E8 00 38 57 B6")


def test_crc_check_value() -> None:
    """The catalogued check value of CRC-16/MODBUS."""
    assert crc16(b"123456789") == 0x4B37


def test_v_mb_x1() -> None:
    """V-MB-X1: an intact refusal names its code."""
    assert refusal(REQUEST, bytes.fromhex("01 83 02 C0 F1")) == 2


@pytest.mark.parametrize(
    "answer",
    ["01 83 02 C0 F2", "01 84 02 C2 C1", "02 83 02 30 F1", "01 83 02", ""],
    ids=["damaged", "other function", "other unit", "cut short", "nothing"],
)
def test_only_an_intact_answer_to_this_request_is_a_refusal(answer: str) -> None:
    assert refusal(REQUEST, bytes.fromhex(answer)) is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ANSWER[:7], "only 7 of 13 bytes came"),
        (ANSWER[:-1] + b"\0", "its checksum is wrong"),
        (framed(b"\x07" + ANSWER[1:-2]), "unit 7 answered instead"),
        (framed(b"\x01\x04" + ANSWER[2:-2]), "it belongs to another question"),
    ],
)
def test_the_flaw_of_an_answer_in_words(answer: bytes, words: str) -> None:
    """Cut, damaged, foreign or off the question: a technician looks for something else each time."""
    assert flaw(REQUEST, answer, len(ANSWER)) == words
