"""A BME280 in forced mode: each reading starts one measurement and leaves the chip asleep.

Adafruit's library is not used: on a Raspberry Pi its import needs GPIO libraries, it waits without a bound,
and it measures three times for three values. Register numbers: Bosch data sheet BST-BME280-DS001.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.bme280.channels import channels
from drivers.bme280.compensate import (
    CALIBRATION_LENGTH,
    DATA_LENGTH,
    HUMIDITY_LENGTH,
    Air,
    Calibration,
    compensate,
    parse,
)
from drivers.bosch import BoschBarometer
from drivers.contract import BadAnswerError

if TYPE_CHECKING:
    from drivers.bme280.settings import Bme280Settings
    from drivers.bus.i2c import I2cBus
    from drivers.contract import Reading

_ID, _CALIBRATION, _HUMIDITY_CALIBRATION = 0xD0, 0x88, 0xE1
_CTRL_HUM, _CTRL_MEAS, _DATA = 0xF2, 0xF4, 0xF7
_BME280, _BMP280 = 0x60, 0x58
_MEASURING = 0x08
# Pressure sixteen times, temperature and humidity once, no filter: 1.3 Pa of noise (data sheet, 3.5).
_HUM_ONCE = 0x01
_ASLEEP = 0x01 << 5 | 0x05 << 2
_FORCED = _ASLEEP | 0x01
_MEASURE_S = 0.047  # 1.25 + 2.3 + 16 * 2.3 + 0.575 + 2.3 + 0.575 ms at the most (data sheet, 9.1), and 3 more


def make(bus: I2cBus, model: str, settings: Bme280Settings) -> Bme280Driver:
    """The barometer at an address."""
    return Bme280Driver(bus, model, settings)


class Bme280Driver(BoschBarometer[Calibration]):
    """One chip, which nobody else on the bus drives."""

    def __init__(self, bus: I2cBus, model: str, settings: Bme280Settings) -> None:
        super().__init__(bus, settings.address, _MEASURE_S, channels(model, settings))

    def _measure(self) -> None:
        # The humidity setting takes effect with the write of the other (data sheet, 5.4.3).
        self._chip.tell(bytes((_CTRL_HUM, _HUM_ONCE)))
        self._chip.tell(bytes((_CTRL_MEAS, _FORCED)))

    def _fetch(self) -> tuple[Reading, ...] | None:
        """Settings, state and result come in one transfer, so that they belong together."""
        block = self._chip.ask(bytes((_CTRL_HUM,)), _DATA + DATA_LENGTH - _CTRL_HUM)
        if not any(block):
            raise self._chip.stuck()
        humidity_setting, status, setting = block[:3]
        if humidity_setting != _HUM_ONCE or setting not in (_FORCED, _ASLEEP):
            raise self._lost(block[:3])
        if setting == _FORCED or status & _MEASURING:
            return None
        return self._readings(block[_DATA - _CTRL_HUM :])

    def _compensate(self, calibration: Calibration, data: bytes) -> Air | None:
        return compensate(calibration, data)

    def _identify(self) -> str:
        found = self._chip.ask(bytes((_ID,)), 1)[0]
        if found == _BME280:
            return "BME280"
        if found == 0:
            raise self._chip.stuck()
        what = "a BMP280, which has no humidity" if found == _BMP280 else "not a BME280"
        raise BadAnswerError(
            f"the chip at {self._chip.where} is {what}: its identity reads 0x{found:02X}",
            "many boards sold as BME280 carry a BMP280; a BMP388 is model bmp388",
        )

    def _ask_calibration(self) -> bytes:
        block = self._chip.ask(bytes((_CALIBRATION,)), CALIBRATION_LENGTH)
        return block + self._chip.ask(bytes((_HUMIDITY_CALIBRATION,)), HUMIDITY_LENGTH)

    def _parse(self, registers: bytes) -> Calibration | None:
        return parse(registers[:CALIBRATION_LENGTH], registers[CALIBRATION_LENGTH:])
