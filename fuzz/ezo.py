"""What EZO circuits say, over UART and over I2C."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

from drivers.ezo.answer import GarbledError, body, hear, info, slope, status, unpack
from drivers.ezo.command import CONTINUOUS, HUSH, INFO, OUTPUTS, SCALE, SLOPE, STATUS, reading
from fuzz.target import Target

if TYPE_CHECKING:
    from drivers.ezo.command import Command

_READING = reading(0.9, 19.5)
_COMMANDS = (_READING, INFO, STATUS, SLOPE, CONTINUOUS, OUTPUTS, SCALE, HUSH)


def _uart(data: bytes) -> None:
    """Any bytes on the line after any question: an answer that is found can be read."""
    for command in _COMMANDS:
        found = hear(data, command)
        if found.answer is not None:
            _understood(found.answer, command)


def _i2c(data: bytes) -> None:
    """Any bytes from the chip after any question."""
    with suppress(GarbledError):
        _, text = unpack(data)
        for command in _COMMANDS:
            with suppress(GarbledError):
                body(text, command)
                _understood(text, command)


def _understood(text: str, command: Command) -> None:
    if command is _READING:
        assert all(math.isfinite(float(each)) for each in body(text, command).split(","))
    elif command is INFO:
        assert info(text).name
    elif command is STATUS:
        assert math.isfinite(status(text).supply_v)
    elif command is SLOPE:
        assert math.isfinite(slope(text).acid_percent)


_TOKENS = (b"*OK\r", b"*ER\r", b"*RS\r", b"?Slope,", b"?i,pH,", b"\r", b"\n", b",", b"1.98")
UART = Target(
    _uart,
    (
        b"*RS\r*RE\r4.712\r*OK\r",
        b"?SLOPE,99.7,100.3\r",
        b"?Slope,93.5,81.5,-1.2\r",
        b"?Status,B,3.012\r",
        b"?i,pH,1.98\r*OK\r",
        b"?C,0\r?O,EC,TDS,S,SG\r?S,C\r",
    ),
    _TOKENS,
)
I2C = Target(
    _i2c,
    (b"\x014.712\0", b"\xfe\0", b"\xff", b"\x02", b"\x01?Slope,99.7,100.3,-0.89\0", b"\x81?Status,P,5.038\0"),
    (*_TOKENS, b"\0", b"\x01", b"\x81", b"\xfe"),
)
