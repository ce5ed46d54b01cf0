"""A chip that measures when told to: start, free the bus, fetch."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from drivers.contract import BadAnswerError, DriverError, Later

if TYPE_CHECKING:
    from drivers.bus.i2c_chip import I2cChip
    from drivers.contract import Reading

_AGAIN_S = 0.02
_PATIENCE_S = 0.1  # with a chip that takes longer than its data sheet says


class Triggered(ABC):
    """The course of one measurement. A driver fills in what its chip wants to hear.

    Args:
        chip: who measures.
        measure_s: the longest that a measurement takes by the data sheet.
    """

    def __init__(self, chip: I2cChip, measure_s: float) -> None:
        self._chip = chip
        self._measure_s = measure_s
        self._due_s: float | None = None  # of `time.monotonic`; None while no measurement is under way

    def read(self) -> tuple[Reading, ...] | Later:
        """Start a measurement, or fetch the one that was started. Raises DriverError."""
        try:
            return self._step()
        except DriverError:
            self._due_s = None
            self._forget()
            raise

    def _step(self) -> tuple[Reading, ...] | Later:
        if self._due_s is None:
            self._start()
            self._due_s = time.monotonic() + self._measure_s
        left_s = self._due_s - time.monotonic()
        if left_s > 0:
            return Later(left_s)
        readings = self._fetch()
        if readings is not None:
            self._due_s = None
            return readings
        if left_s > -_PATIENCE_S:
            return Later(_AGAIN_S)
        waited_s = self._measure_s - left_s
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
