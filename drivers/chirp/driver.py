"""A Chirp probe. Reading a result gives the one before and starts the next measurement.

A result of the last period would be an old one with a new time, so each reading starts both measurements,
leaves the probe alone, and takes what they gave. Registers: Miceuz/i2c-moisture-sensor, src/main.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.bus.i2c_chip import I2cChip
from drivers.bus.triggered import Triggered
from drivers.chirp.channels import HIGHEST_COUNTS, channels
from drivers.chirp.registers import capacitance, temperature_c
from drivers.contract import BadAnswerError, Reading

if TYPE_CHECKING:
    from drivers.bus.i2c import I2cBus
    from drivers.chirp.settings import ChirpSettings

_CAPACITANCE, _TEMPERATURE, _VERSION, _BUSY = b"\x00", b"\x05", b"\x07", b"\x09"
_IDLE, _MEASURING = 0, 1
_MEASURE_S = 0.1  # three conversions of 0.1 ms in firmware 2.6; older ones smooth over more


def make(bus: I2cBus, model: str, settings: ChirpSettings) -> ChirpDriver:
    """The probe at an address."""
    return ChirpDriver(bus, model, settings)


class ChirpDriver(Triggered):
    """One probe."""

    def __init__(self, bus: I2cBus, model: str, settings: ChirpSettings) -> None:
        hint = "check its power and cable; its address is 0x20 unless somebody changed it: `i2cdetect -y 1`"
        super().__init__(I2cChip(bus, settings.address, hint), _MEASURE_S)
        self.channels = channels(model, settings)

    def probe(self) -> str:
        """Ask for the firmware's version, which starts nothing. Raises DriverError."""
        version = self._chip.ask(_VERSION, 1)[0]
        return f"a Chirp probe answers at {self._chip.where}, firmware {version >> 4}.{version & 0xF}"

    def _start(self) -> None:
        self._chip.ask(_TEMPERATURE, 2)
        self._chip.ask(_CAPACITANCE, 2)

    def _fetch(self) -> tuple[Reading, ...] | None:
        busy = self._chip.ask(_BUSY, 1)[0]
        if busy == _MEASURING:
            return None
        wet, warm = self._chip.ask(_CAPACITANCE, 2), self._chip.ask(_TEMPERATURE, 2)
        if not any(wet + warm):
            raise self._chip.stuck()
        counts = capacitance(wet)
        if busy != _IDLE or counts > HIGHEST_COUNTS:
            raise BadAnswerError(
                f"{self._chip.where} reads {counts} counts, and a Chirp has {HIGHEST_COUNTS} at the most",
                "lower the bus speed with dtparam=i2c_arm_baudrate=30000: the probe holds the clock, "
                "which a Raspberry Pi up to 4 does not always notice",
            )
        return Reading("soil_moisture", float(counts)), Reading("temperature", temperature_c(warm))

    def _forget(self) -> None:
        """Nothing is known of the probe beyond one measurement."""
