"""A Chirp probe as seen from its I2C pins (Miceuz/i2c-moisture-sensor, src/main.c)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from drivers.simulated.chip import SimulatedChip

if TYPE_CHECKING:
    from collections.abc import Callable

FIRMWARE = 0x26
_CAPACITANCE, _TEMPERATURE = 0x00, 0x05
_MEASURE_S = 0.0003


class Soil(NamedTuple):
    """What surrounds the probe: counts of capacitance, degC."""

    counts: int
    temperature_c: float


class Chirp(SimulatedChip):
    """One probe; `soil` is asked when a measurement is done."""

    def __init__(self, soil: Callable[[], Soil], clock: Callable[[], float] = time.monotonic) -> None:
        self._soil = soil
        super().__init__(clock)

    def power_on_reset(self) -> None:
        """The firmware measures before it answers, and keeps that for the first question."""
        super().power_on_reset()
        soil = self._soil()
        self._results = {_CAPACITANCE: soil.counts, _TEMPERATURE: round(soil.temperature_c * 10)}
        self._measuring = 0

    def _transact(self, write: bytes, _read_len: int) -> bytes:
        if not write:
            return b""
        match write[0]:
            case 0x00 | 0x05 as register:
                answer = (self._results[register] & 0xFFFF).to_bytes(2, "big")
                self._measuring = register
                self._begin(_MEASURE_S)
                return answer
            case 0x06:
                self.power_on_reset()
            case 0x07:
                return bytes((FIRMWARE,))
            case 0x09:
                return bytes((self._busy,))
        return b""

    def _finish(self) -> None:
        soil = self._soil()
        tenths = round(soil.temperature_c * 10)
        self._results[self._measuring] = soil.counts if self._measuring == _CAPACITANCE else tenths
