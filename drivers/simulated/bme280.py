"""A BME280 as seen from its I2C pins (Bosch data sheet BST-BME280-DS001).

It finds its codes with the data sheet's formulas in whole numbers; a driver may take those in floating point,
which the data sheet states apart from them.
"""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, NamedTuple

from drivers.simulated.chip import RegisterChip

if TYPE_CHECKING:
    from collections.abc import Callable

# Temperature and pressure from the worked example of the BMP280 data sheet (BST-BMP280-DS001, 3.12), whose
# formulas are the same; humidity as a real chip has them.
T = (27504, 26435, -1000)
P = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
H = (75, 362, 0, 324, 50, 30)
_STATUS, _CTRL_MEAS, _DATA, _RESET = 0xF3, 0xF4, 0xF7, 0xE0
_NOTHING = bytes.fromhex("80 00 00 80 00 00 80 00")
_MEASURE_S = 0.0438


class Air(NamedTuple):
    """What surrounds the chip: degC, Pa, %."""

    temperature_c: float
    pressure_pa: float
    humidity: float


class Bme280(RegisterChip):
    """One chip; `air` is asked when a measurement starts.

    Attributes:
        identity: what the chip says that it is.
    """

    def __init__(self, air: Callable[[], Air], clock: Callable[[], float] = time.monotonic) -> None:
        self._air = air
        self.identity = 0x60
        super().__init__(clock)

    def power_on_reset(self) -> None:
        """Settings and results are gone; the calibration is for ever."""
        super().power_on_reset()
        self.registers = bytearray(256)
        self.registers[0xD0] = self.identity
        self.registers[0x88:0xA2] = struct.pack("<HhhHhhhhhhhhxB", *T, *P, H[0])
        shared = H[3] & 0xF | (H[4] & 0xF) << 4
        self.registers[0xE1:0xE8] = struct.pack("<hBbBbb", H[1], H[2], H[3] >> 4, shared, H[4] >> 4, H[5])
        self.registers[_DATA : _DATA + 8] = _NOTHING

    def _written(self, register: int, value: int) -> None:
        if register == _RESET:
            self.power_on_reset()
            return
        super()._written(register, value)
        if register == _CTRL_MEAS and value & 0b11:
            self.registers[_STATUS] = 0x08
            self._begin(_MEASURE_S)

    def _finish(self) -> None:
        """The chip falls asleep by itself after one measurement."""
        self.registers[_STATUS] = 0
        self.registers[_CTRL_MEAS] &= 0xFC
        air = self._air()
        temperature = _code(t_fine, air.temperature_c * 5120.0, 20)
        fine = t_fine(temperature)
        # The higher the pressure, the lower its code.
        pressure = _code(lambda code: -pressure_256th(code, fine), -air.pressure_pa * 256.0, 20)
        humidity = _code(lambda code: humidity_1024th(code, fine), air.humidity * 1024.0, 16)
        self.registers[_DATA : _DATA + 8] = (
            (pressure << 4).to_bytes(3, "big")
            + (temperature << 4).to_bytes(3, "big")
            + humidity.to_bytes(2, "big")
        )


def _code(law: Callable[[int], float], wanted: float, bits: int) -> int:
    """The lowest code at which a rising law reaches what is wanted."""
    low, high = 0, (1 << bits) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if law(middle) >= wanted else (middle + 1, high)
    return low


def t_fine(code: int) -> int:
    """Temperature in 1/5120 degC (data sheet 4.2.3)."""
    first = ((code >> 3) - (T[0] << 1)) * T[1] >> 11
    distance = (code >> 4) - T[0]
    return first + ((distance * distance >> 12) * T[2] >> 14)


def pressure_256th(code: int, fine: int) -> int:
    """Pressure in Pa / 256 (data sheet 4.2.3, 64-bit)."""
    warm = fine - 128000
    offset = warm * warm * P[5] + (warm * P[4] << 17) + (P[3] << 35)
    slope = (warm * warm * P[2] >> 8) + (warm * P[1] << 12)
    slope = ((1 << 47) + slope) * P[0] >> 33
    pressure = ((1048576 - code << 31) - offset) * 3125 // slope
    first = P[8] * (pressure >> 13) * (pressure >> 13) >> 25
    second = P[7] * pressure >> 19
    return (pressure + first + second >> 8) + (P[6] << 4)


def humidity_1024th(code: int, fine: int) -> int:
    """Relative humidity in % / 1024 (data sheet 4.2.3)."""
    warm = fine - 76800
    above = (code << 14) - (H[3] << 20) - H[4] * warm + 16384 >> 15
    bend = (warm * H[5] >> 10) * ((warm * H[2] >> 11) + 32768) >> 10
    wet = above * ((bend + 2097152) * H[1] + 8192 >> 14)
    wet -= ((wet >> 15) * (wet >> 15) >> 7) * H[0] >> 4
    return max(0, min(419430400, wet)) >> 12
