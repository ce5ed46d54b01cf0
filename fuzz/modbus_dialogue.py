"""A whole reading of a Modbus instrument over a line on which anything may be heard."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from drivers.bus.serial import LineSettings
from drivers.contract import DriverError, Later
from drivers.modbus.driver import make
from drivers.modbus.frame import crc16
from drivers.modbus.settings import ModbusSettings
from fuzz.target import Target

if TYPE_CHECKING:
    from drivers.bus.serial import SerialLine

_MODELS = ("sn-3002-tr", "keller-30", "trios-tph", "yosemitech-y510", "truebner-smt100")
_MOST_STEPS = 8


class _Line:
    """The wire: whatever is asked, these bytes come back, in this order, and then silence."""

    port = "line"
    settings = LineSettings(
        115200, "none", 1
    )  # the silence between frames is real time, so it had better be short

    def __init__(self, heard: bytes) -> None:
        self.heard = heard

    def flush_input(self) -> None:
        """Nothing is late here."""

    def write(self, data: bytes) -> None:
        """Questions go nowhere."""

    def read(self, size: int, _deadline: float) -> bytes:
        """The next bytes, without waiting for the deadline."""
        data, self.heard = self.heard[:size], self.heard[size:]
        return data


def _dialogue(data: bytes) -> None:
    """Any answers to any instrument: numbers, a pause that is asked for, or one of the drivers' errors."""
    model = _MODELS[data[0] % len(_MODELS)] if data else _MODELS[0]
    line = _Line(_repaired(data))
    driver = make(cast("SerialLine", line), model, ModbusSettings(unit=1))
    for _ in range(_MOST_STEPS):
        if not line.heard:
            break
        with suppress(DriverError):
            found = driver.read()
            if isinstance(found, Later):
                assert 0 <= found.after_s < math.inf
            else:
                assert len(found) == len(driver.channels)
                assert all(each.raw is None or math.isfinite(each.raw) for each in found)


def _repaired(data: bytes) -> bytes:
    """The frames in `data`, each behind its length; where it is odd, a right checksum is added."""
    frames, at = b"", 1
    while at < len(data):
        length = data[at]
        frame = data[at + 1 : at + 1 + length]
        frames += frame + crc16(frame).to_bytes(2, "little") if length % 2 else frame
        at += 1 + length
    return frames


def _seed(model: str, *frames: str) -> bytes:
    """Intact answers without their checksums; the length that is told is odd."""
    found = bytes((_MODELS.index(model),))
    for frame in map(bytes.fromhex, frames):
        found += bytes((len(frame),)) + frame
    return found


DIALOGUE = Target(
    _dialogue,
    (
        _seed("sn-3002-tr", "01 03 08 02 92 FF 9B 03 E8 00 38"),
        _seed("keller-30", "01 03 04 3F 75 F0 7B", "01 03 04 41 B5 C0 79"),
        _seed("trios-tph", "01 03 08 40 88 00 00 41 48 00 00"),
        _seed("yosemitech-y510", "01 03 00", "01 03 0A 00 00 92 41 00 00 2A 42 00 00", "01 03 00"),
        _seed("truebner-smt100", "01 03 06 31 FD 0D 70 05 F0"),
        _seed("sn-3002-tr", "01 83 02"),
        _seed("sn-3002-tr", "01 83 06"),
    ),
    (b"\x01\x03", b"\x01\x83", b"\x7f\xc0\x00\x00", b"\x7f\xff", b"\x80\x00"),
)
