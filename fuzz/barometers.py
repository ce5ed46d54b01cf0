"""The registers of barometers on I2C, calibration included: a bus that is stuck gives any."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from drivers.bme280 import compensate as bme280
from drivers.bmp388 import compensate as bmp388
from fuzz.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

_BMP388_CALIBRATION = 21
_BMP388_DATA = 6


def _bme280(data: bytes) -> None:
    """Any registers of a BME280: numbers, or none."""
    first, second = bme280.CALIBRATION_LENGTH, bme280.CALIBRATION_LENGTH + bme280.HUMIDITY_LENGTH
    registers = data.ljust(second + bme280.DATA_LENGTH, b"\0")
    calibration = bme280.parse(registers[:first], registers[first:second])
    if calibration is not None:
        _sound(bme280.compensate(calibration, registers[second : second + bme280.DATA_LENGTH]))


def _bmp388(data: bytes) -> None:
    """Any registers of a BMP388: numbers, or none."""
    registers = data.ljust(_BMP388_CALIBRATION + _BMP388_DATA, b"\0")
    calibration = bmp388.parse(registers[:_BMP388_CALIBRATION])
    if calibration is not None:
        at = slice(_BMP388_CALIBRATION, _BMP388_CALIBRATION + _BMP388_DATA)
        _sound(bmp388.compensate(calibration, registers[at]))


def _sound(air: Iterable[float] | None) -> None:
    assert air is None or all(map(math.isfinite, air))


_PATTERN = bytes(range(0x37, 0x37 + 41))
_EDGES = (b"\0\0", b"\xff\xff", b"\x7f\xff", b"\x80\x00", b"\x80\x00\x00")
BME280 = Target(_bme280, (_PATTERN, b"\xff" * 41, b"\x01" * 41), _EDGES)
BMP388 = Target(_bmp388, (_PATTERN, b"\xff" * 27, b"\x01" * 27), _EDGES)
