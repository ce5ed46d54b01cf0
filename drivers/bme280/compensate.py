"""From the registers of a BME280 to temperature, pressure and humidity. Pure.

Formulas: Bosch BME280 data sheet (BST-BME280-DS001), 4.2.2 for the layout and 8.1 in double precision.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

CALIBRATION_LENGTH = 26  # from 0x88
HUMIDITY_LENGTH = 7  # from 0xE1
DATA_LENGTH = 8  # from 0xF7
_SKIPPED_20, _SKIPPED_16 = 0x80000, 0x8000  # what stands where nothing was measured


class Calibration(NamedTuple):
    """The factory's numbers of one chip: three for temperature, nine for pressure, six for humidity."""

    t: tuple[int, ...]
    p: tuple[int, ...]
    h: tuple[int, ...]


class Air(NamedTuple):
    """Pressure as it is at the station, the temperature of the chip, humidity at that temperature."""

    pressure_hpa: float
    temperature_c: float
    humidity_percent: float


def parse(block: bytes, humidity: bytes) -> Calibration | None:
    """The calibration in 26 bytes from 0x88 and 7 from 0xE1. None when it cannot be one."""
    words = struct.unpack_from("<HhhHhhhhhhhh", block)
    h2, h3, high_4, shared, high_5, h6 = struct.unpack("<hBbBbb", humidity)
    h4 = high_4 << 4 | shared & 0xF
    h5 = high_5 << 4 | shared >> 4
    # The formulas divide by P1, and no chip leaves the factory without T1.
    if not words[0] or not words[3]:
        return None
    return Calibration(words[:3], words[3:], (block[25], h2, h3, h4, h5, h6))


def compensate(calibration: Calibration, data: bytes) -> Air | None:
    """What the eight bytes from 0xF7 mean for this chip: pressure and temperature of 20 bits, humidity of 16.

    None where nothing was measured, or the formula has no answer.
    """
    pressure = int.from_bytes(data[0:3], "big") >> 4
    temperature = int.from_bytes(data[3:6], "big") >> 4
    humidity = int.from_bytes(data[6:8], "big")
    if _SKIPPED_20 in (pressure, temperature) or humidity == _SKIPPED_16:
        return None
    t_fine = _t_fine(calibration.t, temperature)
    pressure_pa = _pressure_pa(calibration.p, pressure, t_fine)
    if pressure_pa is None:
        return None
    return Air(pressure_pa / 100.0, t_fine / 5120.0, _humidity(calibration.h, humidity, t_fine))


def _t_fine(t: tuple[int, ...], code: int) -> float:
    """Temperature in units of 1/5120 degC, which the other two formulas need."""
    first = (code / 16384.0 - t[0] / 1024.0) * t[1]
    distance = code / 131072.0 - t[0] / 8192.0
    return first + distance * distance * t[2]


def _pressure_pa(p: tuple[int, ...], code: int, t_fine: float) -> float | None:
    warm = t_fine / 2.0 - 64000.0
    offset = warm * warm * p[5] / 32768.0 + warm * p[4] * 2.0
    offset = offset / 4.0 + p[3] * 65536.0
    slope = (p[2] * warm * warm / 524288.0 + p[1] * warm) / 524288.0
    slope = (1.0 + slope / 32768.0) * p[0]
    if slope == 0.0:
        return None
    pressure = (1048576.0 - code - offset / 4096.0) * 6250.0 / slope
    bend = p[8] * pressure * pressure / 2147483648.0 + pressure * p[7] / 32768.0
    return pressure + (bend + p[6]) / 16.0


def _humidity(h: tuple[int, ...], code: int, t_fine: float) -> float:
    """Relative humidity in %, kept within 0 to 100 as the data sheet does it."""
    warm = t_fine - 76800.0
    above = code - (h[3] * 64.0 + h[4] / 16384.0 * warm)
    bend = 1.0 + h[2] / 67108864.0 * warm
    bend *= 1.0 + h[5] / 67108864.0 * warm * bend
    wet = above * h[1] / 65536.0 * bend
    return min(100.0, max(0.0, wet * (1.0 - h[0] * wet / 524288.0)))
