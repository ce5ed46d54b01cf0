"""Answers of Modbus instruments, and the profiles that describe them."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import get_args

from drivers.contract import BadAnswerError
from drivers.modbus import frame
from drivers.modbus.decode import Form, Order, Type, decode
from drivers.modbus.profile import FOLDER
from drivers.modbus.profile_schema import ProfileError, parse
from fuzz.target import Target

_TYPES: tuple[Type, ...] = get_args(Type)
_ORDERS: tuple[Order, ...] = get_args(Order)
_SCALES = (1.0, 0.1, -0.01, 1e6)
_OFFSETS = (0.0, -100.0, 1e6)
_INVALID: tuple[tuple[float, ...], ...] = ((), (32767, -32768), (0x7FFFFFFF,), (9999, 65535))

# A read of 4 registers, and answers to it from the data sheets of the instruments.
_REQUEST = bytes.fromhex("01 03 00 00 00 04 44 09")
_EXPECTED = 13
_ANSWERS = (
    "01 03 08 02 92 FF 9B 03 E8 00 38 57 B6",
    "01 03 08 40 88 00 00 41 48 00 00 0D C5",
    "01 83 02 C0 F1",
    "01 03 00 00 00 04 44 09 01 03 08 02 92 FF 9B 03 E8 00 38 57 B6",
    "02 03 02 02 67 F8 CE",
)


def _decode(data: bytes) -> None:
    """Any registers, in any form that a profile can ask for."""
    chosen = data[:1].ljust(1, b"\0")[0]
    form = Form(
        _TYPES[chosen % len(_TYPES)],
        _ORDERS[chosen % len(_ORDERS)],
        _SCALES[chosen // 4 % len(_SCALES)],
        _OFFSETS[chosen // 16 % len(_OFFSETS)],
        _INVALID[chosen // 64],
    )
    with suppress(BadAnswerError):
        value, doubt = decode(data[1:], form)
        assert value is None or math.isfinite(value), value
        assert (value is None) == (doubt.value in {"invalid", "over_range"}), (value, doubt)


def _frame(data: bytes) -> None:
    """Any bytes in place of an answer: a refusal is intact, and a flaw is always found in words."""
    code = frame.refusal(_REQUEST, data)
    assert code is None or (len(data) == frame.REFUSAL_LENGTH and frame.crc16(data) == 0)
    assert frame.flaw(_REQUEST, data, _EXPECTED)


def _profile(data: bytes) -> None:
    """Any text in place of a profile: it is read, or refused with the name of its file."""
    try:
        profile = parse(data.decode("utf-8", "replace"), "my.toml")
    except ProfileError as error:
        assert str(error).startswith("my.toml: ")  # noqa: PT017 - the fuzzer's findings are assertions
    else:
        assert all(any(each.within(block) for block in profile.read) for each in profile.channel)


DECODE = Target(
    _decode,
    tuple(
        bytes((form,)) + bytes.fromhex(numbers)
        for form in range(0, 256, 7)
        for numbers in ("42F6E979", "7FFF")
    ),
    tuple(map(bytes.fromhex, ("7FC00000", "7F800000", "FF800000", "8000", "7FFF", "FFFF", "7FFFFFFF"))),
)
FRAME = Target(_frame, tuple(map(bytes.fromhex, _ANSWERS)), (_REQUEST, _REQUEST[:2], b"\x01\x83"))
PROFILE = Target(
    _profile,
    tuple(path.read_bytes() for path in sorted(FOLDER.glob("*.toml"))),
    (
        b"[[channel]]\n",
        b"[[read]]\n",
        b"[line]\n",
        b"register = ",
        b"scale = ",
        b'type = "f32"\n',
        b"0xFFFF",
        b"nan",
    ),
)
