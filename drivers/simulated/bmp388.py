"""A BMP388 as seen from its I2C pins (Bosch data sheet BST-BMP388-DS001).

It finds its codes with the formulas in whole numbers of the maker's own driver (BMP3 sensor API); a driver
may take those in floating point from the data sheet.
"""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, NamedTuple

from drivers.simulated.chip import RegisterChip

if TYPE_CHECKING:
    from collections.abc import Callable

# As a chip may have them: about 0 degC at T1, and 1000 hPa in the middle of the scale.
T = (27504, 18900, -7)
P = (1080, -900, 20, 0, 25000, 30000, 3, -7, 16000, 15, -60)
_IDENTITY, _STATUS, _DATA, _CONTROL, _OVERSAMPLING, _COMMAND = 0x00, 0x03, 0x04, 0x1B, 0x1C, 0x7E
_SOFT_RESET = 0xB6
_NOTHING = bytes.fromhex("00 00 80 00 00 80")
_MEASURE_S = 0.0372


class Air(NamedTuple):
    """What surrounds the chip: degC, Pa."""

    temperature_c: float
    pressure_pa: float


class Bmp388(RegisterChip):
    """One chip; `air` is asked when a measurement is done.

    Attributes:
        identity: what the chip says that it is.
    """

    def __init__(self, air: Callable[[], Air], clock: Callable[[], float] = time.monotonic) -> None:
        self._air = air
        self.identity = 0x50
        super().__init__(clock)

    def power_on_reset(self) -> None:
        """Settings and results are gone; the calibration is for ever."""
        super().power_on_reset()
        self.registers = bytearray(256)
        self.registers[_IDENTITY] = self.identity
        self.registers[_OVERSAMPLING] = 0x02
        self.registers[_STATUS] = 0x10
        self.registers[0x31:0x46] = struct.pack("<HHbhhbbHHbbhbb", *T, *P)
        self.registers[_DATA : _DATA + 6] = _NOTHING

    def _written(self, register: int, value: int) -> None:
        if register == _COMMAND and value == _SOFT_RESET:
            self.power_on_reset()
            return
        super()._written(register, value)
        if register == _CONTROL and value & 0x33 == 0x13:  # noqa: PLR2004  forced, both on
            self.registers[_STATUS] &= ~0x60 & 0xFF
            self._begin(_MEASURE_S)

    def _finish(self) -> None:
        """The chip falls asleep by itself after one measurement."""
        self.registers[_STATUS] |= 0x60
        self.registers[_CONTROL] &= 0x03
        air = self._air()
        temperature = _code(lambda code: celsius_100th(linear(code)), air.temperature_c * 100.0)
        warm = linear(temperature)
        # The higher the pressure, the lower its code.
        pressure = _code(lambda code: -pascal_100th(code, warm), -air.pressure_pa * 100.0)
        self.registers[_DATA : _DATA + 6] = pressure.to_bytes(3, "little") + temperature.to_bytes(3, "little")


def _code(law: Callable[[int], float], wanted: float) -> int:
    """The lowest code of 24 bits at which a rising law reaches what is wanted."""
    low, high = 0, (1 << 24) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if law(middle) >= wanted else (middle + 1, high)
    return low


def linear(code: int) -> int:
    """The temperature that the pressure formula needs, in degC / 65536."""
    above = code - 256 * T[0]
    return (T[1] * above * 262144 + above * above * T[2]) // 4294967296


def celsius_100th(warm: int) -> int:
    """Temperature in 0.01 degC."""
    return warm * 25 // 16384


def pascal_100th(code: int, warm: int) -> int:
    """Pressure in 0.01 Pa."""
    square = warm * warm
    cube = square // 64 * warm // 256
    offset = P[4] * 140737488355328 + P[7] * cube // 32 + P[6] * square * 16 + P[5] * warm * 4194304
    slope = (P[0] - 16384) * 70368744177664 + P[3] * cube // 32 + P[2] * square * 4
    slope += (P[1] - 16384) * warm * 2097152
    bend = (P[9] * warm + 65536 * P[8]) * code // 8192
    cubic = P[10] * code * code // 65536 * code // 128
    total = offset // 4 + slope // 16777216 * code + bend * code // 512 + cubic
    return total * 25 // 1099511627776
