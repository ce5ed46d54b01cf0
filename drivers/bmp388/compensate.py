"""From the registers of a BMP388 or BMP390 to pressure and temperature. Pure.

Formulas: Bosch BMP388 data sheet (BST-BMP388-DS001), 9.1 to 9.3, in floating point.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

CALIBRATION_LENGTH = 21  # from 0x31
DATA_LENGTH = 6  # from 0x04
_NOTHING = 0x800000  # what stands where nothing was measured


class Calibration(NamedTuple):
    """The factory's numbers of one chip as the formulas want them: T1 to T3 and P1 to P11."""

    t: tuple[float, ...]
    p: tuple[float, ...]


class Air(NamedTuple):
    """Pressure as it is at the station, and the temperature of the chip."""

    pressure_hpa: float
    temperature_c: float


def parse(block: bytes) -> Calibration | None:
    """The calibration in 21 bytes from 0x31. None when it cannot be one: no chip has T1 = 0."""
    t1, t2, t3, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11 = struct.unpack("<HHbhhbbHHbbhbb", block)
    if not t1:
        return None
    return Calibration(
        (t1 * 2.0**8, t2 / 2.0**30, t3 / 2.0**48),
        (
            (p1 - 2.0**14) / 2.0**20,
            (p2 - 2.0**14) / 2.0**29,
            p3 / 2.0**32,
            p4 / 2.0**37,
            p5 * 2.0**3,
            p6 / 2.0**6,
            p7 / 2.0**8,
            p8 / 2.0**15,
            p9 / 2.0**48,
            p10 / 2.0**48,
            p11 / 2.0**65,
        ),
    )


def compensate(calibration: Calibration, data: bytes) -> Air | None:
    """What the six bytes from 0x04 mean for this chip. None where nothing was measured."""
    pressure, temperature = int.from_bytes(data[0:3], "little"), int.from_bytes(data[3:6], "little")
    if _NOTHING in (pressure, temperature):
        return None
    celsius = _temperature_c(calibration.t, temperature)
    return Air(_pressure_pa(calibration.p, pressure, celsius) / 100.0, celsius)


def _temperature_c(t: tuple[float, ...], code: int) -> float:
    above = code - t[0]
    return above * t[1] + above * above * t[2]


def _pressure_pa(p: tuple[float, ...], code: int, celsius: float) -> float:
    offset = p[4] + celsius * (p[5] + celsius * (p[6] + celsius * p[7]))
    slope = p[0] + celsius * (p[1] + celsius * (p[2] + celsius * p[3]))
    bend = p[8] + p[9] * celsius + p[10] * code
    return offset + code * (slope + code * bend)
