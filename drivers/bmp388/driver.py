"""A BMP388 or BMP390 in forced mode: each reading starts one measurement and leaves the chip asleep.

Adafruit's library is not used: on a Raspberry Pi its import needs GPIO libraries, and it waits without a
bound. Register numbers: Bosch data sheet BST-BMP388-DS001.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.bmp388.channels import channels
from drivers.bmp388.compensate import CALIBRATION_LENGTH, DATA_LENGTH, Air, Calibration, compensate, parse
from drivers.bosch import BoschBarometer
from drivers.contract import BadAnswerError

if TYPE_CHECKING:
    from drivers.bmp388.settings import Bmp388Settings
    from drivers.bus.i2c import I2cBus
    from drivers.contract import Reading

_ID, _STATUS, _DATA, _CONTROL, _CALIBRATION = 0x00, 0x03, 0x04, 0x1B, 0x31
_NAMES = {0x50: "BMP388", 0x60: "BMP390"}
_BOTH_READY = 0x60
_FORCED, _ASLEEP = 0x13, 0x03  # pressure and temperature on
# Pressure sixteen times, temperature twice, no filter (data sheet, 3.4.1): "ultra high resolution".
_OVERSAMPLING, _NO_FILTER = 0x01 << 3 | 0x04, 0x00
_SETTINGS_LENGTH = 5  # control, oversampling, data rate, nothing, filter
_MEASURE_S = 0.04  # 0.234 + 0.392 + 16 * 2.02 + 0.163 + 2 * 2.02 ms (data sheet, 3.9.2), and 3 more


def make(bus: I2cBus, model: str, settings: Bmp388Settings) -> Bmp388Driver:
    """The barometer at an address."""
    return Bmp388Driver(bus, model, settings)


class Bmp388Driver(BoschBarometer[Calibration]):
    """One chip, which nobody else on the bus drives."""

    def __init__(self, bus: I2cBus, model: str, settings: Bmp388Settings) -> None:
        super().__init__(bus, settings.address, _MEASURE_S, channels(model, settings))

    def _measure(self) -> None:
        self._chip.tell(bytes((_CONTROL + 1, _OVERSAMPLING)))
        self._chip.tell(bytes((_CONTROL + 4, _NO_FILTER)))
        self._chip.tell(bytes((_CONTROL, _FORCED)))

    def _fetch(self) -> tuple[Reading, ...] | None:
        settings = self._chip.ask(bytes((_CONTROL,)), _SETTINGS_LENGTH)
        block = self._chip.ask(bytes((_STATUS,)), 1 + DATA_LENGTH)
        if not any(settings) and not any(block):
            raise self._chip.stuck()
        if settings[0] not in (_FORCED, _ASLEEP) or settings[1] != _OVERSAMPLING or settings[4] != _NO_FILTER:
            raise self._lost(settings)
        if settings[0] == _FORCED or block[0] & _BOTH_READY != _BOTH_READY:
            return None
        return self._readings(block[1:])

    def _compensate(self, calibration: Calibration, data: bytes) -> Air | None:
        return compensate(calibration, data)

    def _identify(self) -> str:
        found = self._chip.ask(bytes((_ID,)), 1)[0]
        if found in _NAMES:
            return _NAMES[found]
        if found == 0:
            raise self._chip.stuck()
        raise BadAnswerError(
            f"the chip at {self._chip.where} is no BMP388: its identity reads 0x{found:02X}",
            "a BME280 sits at the same addresses; its model is bme280",
        )

    def _ask_calibration(self) -> bytes:
        return self._chip.ask(bytes((_CALIBRATION,)), CALIBRATION_LENGTH)

    def _parse(self, registers: bytes) -> Calibration | None:
        return parse(registers)
