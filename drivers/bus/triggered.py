"""A chip that measures when told to: start, free the bus, fetch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from drivers.contract import BadAnswerError, DriverError, Later

if TYPE_CHECKING:
    from drivers.bus.i2c_chip import I2cChip
    from drivers.contract import Reading

_AGAIN_S = 0.02
_LOOKS = 5


class Triggered(ABC):
    """The course of one measurement. A driver fills in what its chip wants to hear.

    Args:
        chip: who measures.
        measure_s: the longest that a measurement takes by the data sheet.
    """

    def __init__(self, chip: I2cChip, measure_s: float) -> None:
        self._chip = chip
        self._measure_s = measure_s
        self._looks_left = 0  # 0: no measurement is under way

    def read(self) -> tuple[Reading, ...] | Later:
        """Start a measurement, or fetch the one that was started. Raises DriverError."""
        try:
            return self._step()
        except DriverError:
            self._looks_left = 0
            self._forget()
            raise

    def _step(self) -> tuple[Reading, ...] | Later:
        if not self._looks_left:
            self._start()
            self._looks_left = _LOOKS
            return Later(self._measure_s)
        self._looks_left -= 1
        readings = self._fetch()
        if readings is not None:
            self._looks_left = 0
            return readings
        if self._looks_left:
            return Later(_AGAIN_S)
        waited_s = self._measure_s + (_LOOKS - 1) * _AGAIN_S
        raise BadAnswerError(
            f"{self._chip.where} did not finish a measurement within {waited_s * 1000:.0f} ms",
            "switch its power off and on; if that does not help the chip is broken",
        )

    def _lost(self, settings: bytes) -> BadAnswerError:
        """What it means when settings that were written do not stand there any more."""
        return BadAnswerError(
            f"{self._chip.where} lost its settings during a measurement: they read {settings.hex(' ')}",
            "its supply drops out for a moment, or the line is disturbed: check VDD, then SDA and SCL",
        )

    @abstractmethod
    def _start(self) -> None:
        """Begin a measurement."""

    @abstractmethod
    def _fetch(self) -> tuple[Reading, ...] | None:
        """Its result, None while it is under way."""

    @abstractmethod
    def _forget(self) -> None:
        """Whoever answers next may be another chip, or this one without its settings."""
