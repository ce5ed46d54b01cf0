"""An ADS1115 as seen from its I2C pins (Texas Instruments data sheet SBAS444), on which a real driver runs.

What the driver cannot see is not modelled: the comparator's alert pin and the analogue errors.
"""

from __future__ import annotations

import time
from collections import deque
from errno import EREMOTEIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG_AT_RESET = 0x8583
_RESET = (0x0000, CONFIG_AT_RESET, 0x8000, 0x7FFF)  # conversion, config, low and high threshold
_CONVERSION, _CONFIG = 0, 1
_OS = 0x8000
_SINGLE_SHOT = 0x0100
_FULL_SCALE_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)
_RATE_SPS = (8, 16, 32, 64, 128, 250, 475, 860)
_MUX: tuple[tuple[int, int | None], ...] = (
    (0, 1),
    (0, 3),
    (1, 3),
    (2, 3),
    (0, None),
    (1, None),
    (2, None),
    (3, None),
)
_CLAMP_V = 0.3  # the input protection diodes conduct beyond the rails by this much
_REGISTER_WRITE = 3  # pointer, high byte, low byte


class Ads1115:
    """One chip. `transfer` is its wire; the public attributes are the ways in which a chip misbehaves.

    Args:
        input_v: volts at pin 0..3 against ground, asked when a conversion starts.
        supply_v: inputs are clamped to 0.3 V beyond 0 and this.
        clock: seconds of the wire's time; a conversion takes 1 / rate of them.

    Attributes:
        absent: nobody acknowledges the address.
        never_ready: conversions start but never finish.
        stuck_code: every conversion ends with this code.
        brown_out: the supply dips half-way through the next conversion; cleared once it has happened.
        errnos: what the next transfers fail with, first in first out; 0 lets one through.
    """

    def __init__(
        self,
        input_v: Callable[[int], float],
        *,
        supply_v: float = 3.3,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._input_v = input_v
        self._supply_v = supply_v
        self._clock = clock
        self.absent = False
        self.never_ready = False
        self.stuck_code: int | None = None
        self.brown_out = False
        self.errnos: deque[int] = deque()
        self.power_on_reset()

    def power_on_reset(self) -> None:
        """What the chip wakes up with after its supply was gone."""
        self._registers = list(_RESET)
        self._pointer = 0
        self._ready_s: float | None = None  # when the running conversion ends; None when idle
        self._dip_s: float | None = None
        self._next_code = 0

    def transfer(self, write: bytes, read_len: int) -> bytes:
        """One transaction: bytes written, a repeated start, bytes read. Raises OSError when not answered."""
        self._answer_or_fail()
        self._catch_up()
        if write:
            self._take(write)
        # Beyond the register's two bytes nobody drives the line, and the pull-up reads as ones.
        return self._register().to_bytes(2, "big").ljust(read_len, b"\xff")[:read_len]

    def _answer_or_fail(self) -> None:
        if self.absent:
            raise OSError(EREMOTEIO, "nobody acknowledges this address")
        code = self.errnos.popleft() if self.errnos else 0
        if code:
            raise OSError(code, "the adapter reports a failed transfer")

    def _take(self, write: bytes) -> None:
        self._pointer = write[0] & 0b11
        if len(write) < _REGISTER_WRITE or self._pointer == _CONVERSION:
            return
        self._registers[self._pointer] = int.from_bytes(write[1:_REGISTER_WRITE], "big")
        if self._pointer == _CONFIG:
            self._configure()

    def _configure(self) -> None:
        config = self._registers[_CONFIG]
        if not config & _SINGLE_SHOT or (config & _OS and self._ready_s is None):
            self._start(self._clock())

    def _start(self, now_s: float) -> None:
        config = self._registers[_CONFIG]
        period_s = 1 / _RATE_SPS[config >> 5 & 0b111]
        self._next_code = self._convert(config)
        self._ready_s = now_s + period_s
        self._dip_s = now_s + period_s / 2 if self.brown_out else None

    def _catch_up(self) -> None:
        """Let happen what has happened since the last transfer."""
        now_s = self._clock()
        if self._dip_s is not None and now_s >= self._dip_s:
            self.brown_out = False
            self.power_on_reset()
        elif self._ready_s is not None and now_s >= self._ready_s and not self.never_ready:
            self._registers[_CONVERSION] = self._next_code & 0xFFFF
            self._ready_s = None
            if not self._registers[_CONFIG] & _SINGLE_SHOT:
                self._start(now_s)

    def _register(self) -> int:
        value = self._registers[self._pointer]
        if self._pointer != _CONFIG:
            return value
        return value & ~_OS if self._ready_s is not None else value | _OS

    def _convert(self, config: int) -> int:
        if self.stuck_code is not None:
            return self.stuck_code
        plus, minus = _MUX[config >> 12 & 0b111]
        volts = self._pin_v(plus) - (0.0 if minus is None else self._pin_v(minus))
        full_scale_v = _FULL_SCALE_V[config >> 9 & 0b111]
        return max(-0x8000, min(0x7FFF, round(volts * 0x8000 / full_scale_v)))

    def _pin_v(self, pin: int) -> float:
        return max(-_CLAMP_V, min(self._supply_v + _CLAMP_V, self._input_v(pin)))
