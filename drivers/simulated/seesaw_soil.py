"""A seesaw soil sensor (Adafruit product 4026) as seen from its I2C pins (Adafruit seesaw guide)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from drivers.simulated.chip import SimulatedChip

if TYPE_CHECKING:
    from collections.abc import Callable

_HARDWARE_ID, _VERSION, _TEMPERATURE = b"\x00\x01", b"\x00\x02", b"\x00\x04"
_RESET, _MOISTURE = b"\x00\x7f", b"\x0f\x10"
_SAMD09 = 0x55
_PRODUCT_AND_DATE = 4026 << 16 | 0x2A5B
_COMMAND_LENGTH = 2


class Soil(NamedTuple):
    """What surrounds the sensor: counts of capacitance, degC."""

    counts: int
    temperature_c: float


class SeesawSoil(SimulatedChip):
    """One sensor; `soil` is asked when a result is fetched.

    Attributes:
        identity: the hardware id that the chip gives.
        bad_reads: how many moisture results to come are 0xFFFF, as when the chip was not ready.
    """

    def __init__(self, soil: Callable[[], Soil], clock: Callable[[], float] = time.monotonic) -> None:
        self._soil = soil
        self.identity = _SAMD09
        self.bad_reads = 0
        super().__init__(clock)

    def power_on_reset(self) -> None:
        """Forget which register was chosen."""
        super().power_on_reset()
        self._chosen = b""

    def _transact(self, write: bytes, read_len: int) -> bytes:
        if write:
            self._chosen = write[:_COMMAND_LENGTH]
        if self._chosen == _RESET:
            self.power_on_reset()
        return self._answer() if read_len else b""

    def _answer(self) -> bytes:
        if self.never_ready:
            return b""
        if self._chosen == _HARDWARE_ID:
            return bytes((self.identity,))
        if self._chosen == _VERSION:
            return _PRODUCT_AND_DATE.to_bytes(4, "big")
        if self._chosen == _TEMPERATURE:
            return (round(self._soil().temperature_c * 0x10000) & 0xFFFFFFFF).to_bytes(4, "big")
        return self._moisture() if self._chosen == _MOISTURE else b""

    def _moisture(self) -> bytes:
        if self.bad_reads:
            self.bad_reads -= 1
            return b""
        return self._soil().counts.to_bytes(2, "big")
