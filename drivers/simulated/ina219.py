"""An INA219 as seen from its I2C pins (Texas Instruments data sheet SBOS448).

Its own arithmetic (current, power, calibration) is not modelled: the registers read what a chip without a
calibration says, 0.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from drivers.simulated.chip import SimulatedChip

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG_AT_RESET = 0x399F
_CONFIG, _BUS = 0, 2
_SAMPLE_S = 0.000532
_SHUNT_FULL_SCALE = (4000, 8000, 16000, 32000)  # codes of 10 uV, by gain
_BUS_FULL_SCALE = (4000, 8000)  # codes of 4 mV, by range
_READY = 0b10
_ONCE = (1, 2, 3)  # the modes that convert once and stop


class Line(NamedTuple):
    """What the chip sits in: volts at the load, volts across the shunt."""

    bus_v: float
    shunt_v: float


class Ina219(SimulatedChip):
    """One chip; `line` is asked when a conversion is done."""

    def __init__(self, line: Callable[[], Line], clock: Callable[[], float] = time.monotonic) -> None:
        self._line = line
        super().__init__(clock)

    def power_on_reset(self) -> None:
        """Back to continuous conversion with the settings of the data sheet."""
        super().power_on_reset()
        self._words = [CONFIG_AT_RESET, 0, 0, 0, 0, 0]
        self._pointer = 0
        self._begin(_duration_s(CONFIG_AT_RESET))

    def _transact(self, write: bytes, read_len: int) -> bytes:
        if write:
            self._pointer = min(write[0], len(self._words) - 1)
        if len(write) > 2 and self._pointer == _CONFIG:  # noqa: PLR2004  pointer, high byte, low byte
            self._configure(int.from_bytes(write[1:3], "big"))
        return self._words[self._pointer].to_bytes(2, "big") if read_len else b""

    def _configure(self, config: int) -> None:
        if config & 0x8000:
            self.power_on_reset()
            return
        self._words[_CONFIG] = config
        self._words[_BUS] &= ~_READY
        self._begin(_duration_s(config))

    def _finish(self) -> None:
        config, line = self._words[_CONFIG], self._line()
        shunt = _clip(line.shunt_v / 0.00001, _SHUNT_FULL_SCALE[config >> 11 & 0b11])
        bus = max(0, _clip(line.bus_v / 0.004, _BUS_FULL_SCALE[config >> 13 & 1]))
        self._words[1:3] = [shunt & 0xFFFF, bus << 3 | _READY]
        if config & 0b111 not in _ONCE:
            self._begin(_duration_s(config))


def _clip(code: float, limit: int) -> int:
    return max(-limit, min(limit, round(code)))


def _duration_s(config: int) -> float:
    """Of one conversion of both, by the settings of the two converters (data sheet, table 5)."""
    return sum(_SAMPLE_S * (2 ** (config >> at & 0b111) if config >> at & 0b1000 else 1) for at in (3, 7))
