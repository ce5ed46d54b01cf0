"""A seesaw soil sensor: write which result is wanted, wait, read it.

Adafruit's library for CircuitPython is not used: it takes the sign off the temperature, so that in frozen
ground it says more than 16000 degC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.bus.i2c_chip import I2cChip
from drivers.contract import BadAnswerError, DriverError, Reading
from drivers.seesaw_soil.channels import HIGHEST_COUNTS, channels
from drivers.seesaw_soil.registers import capacitance, temperature_c

if TYPE_CHECKING:
    from drivers.bus.i2c import I2cBus
    from drivers.seesaw_soil.settings import SeesawSoilSettings

_HARDWARE_ID, _TEMPERATURE, _MOISTURE = b"\x00\x01", b"\x00\x04", b"\x0f\x10"
_PAUSE_S = 0.008  # what Adafruit's libraries wait; 5 ms are enough for most
_SEESAWS = frozenset({0x55, *range(0x84, 0x8A)})  # SAMD09 and SAMD10, ATtiny of the 0 and 1 series


def make(bus: I2cBus, model: str, settings: SeesawSoilSettings) -> SeesawSoilDriver:
    """The sensor at an address."""
    return SeesawSoilDriver(bus, model, settings)


class SeesawSoilDriver:
    """One sensor."""

    def __init__(self, bus: I2cBus, model: str, settings: SeesawSoilSettings) -> None:
        self._chip = I2cChip(
            bus, settings.address, "check its power and cable, and the solder bridges AD0 and AD1 on its back"
        )
        self._known = False
        self.channels = channels(model, settings)

    def probe(self) -> str:
        """Ask for the chip's identity, which changes nothing. Raises DriverError."""
        return f"a seesaw answers at {self._chip.where}, hardware id 0x{self._identify():02X}"

    def read(self) -> tuple[Reading, ...]:
        """Capacitance in counts, temperature in degC; takes about 20 ms. Raises DriverError."""
        try:
            return self._readings()
        except DriverError:
            self._known = False
            raise

    def _readings(self) -> tuple[Reading, ...]:
        if not self._known:
            self._identify()
            self._known = True
        warm = self._chip.ask_slowly(_TEMPERATURE, 4, _PAUSE_S)
        wet = self._chip.ask_slowly(_MOISTURE, 2, _PAUSE_S)
        if not any(warm + wet):
            raise self._chip.stuck()
        counts = capacitance(wet)
        if counts > HIGHEST_COUNTS:
            raise BadAnswerError(
                f"{self._chip.where} reads {counts} counts, and has {HIGHEST_COUNTS} at the most",
                "lower the bus speed with dtparam=i2c_arm_baudrate=30000: the chip holds the clock, "
                "which a Raspberry Pi up to 4 does not always notice",
            )
        return Reading("soil_moisture", float(counts)), Reading("temperature", temperature_c(warm))

    def _identify(self) -> int:
        found = self._chip.ask_slowly(_HARDWARE_ID, 1, _PAUSE_S)[0]
        if found == 0:
            raise self._chip.stuck()
        if found not in _SEESAWS:
            raise BadAnswerError(
                f"the chip at {self._chip.where} is no seesaw: its hardware id reads 0x{found:02X}",
                "fuel gauges and angle sensors use 0x36 too: look at what is wired there",
            )
        return found
