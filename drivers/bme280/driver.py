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
    Calibration,
    compensate,
    parse,
)
from drivers.bus.i2c_chip import I2cChip
from drivers.bus.triggered import Triggered
from drivers.contract import BadAnswerError, Reading

if TYPE_CHECKING:
    from drivers.bme280.settings import Bme280Settings
    from drivers.bus.i2c import I2cBus

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


class Bme280Driver(Triggered):
    """One chip, which nobody else on the bus drives."""

    def __init__(self, bus: I2cBus, model: str, settings: Bme280Settings) -> None:
        strap = "GND" if settings.address == 0x76 else "3.3 V"  # noqa: PLR2004  one of the two there are
        hint = f"check its power, and that SDO is wired to {strap}; CSB belongs to 3.3 V"
        super().__init__(I2cChip(bus, settings.address, hint), _MEASURE_S)
        self._calibration: Calibration | None = None
        self.channels = channels(model, settings)

    def probe(self) -> str:
        """Read the chip's identity, which changes nothing. Raises DriverError."""
        self._identify()
        return f"a BME280 answers at {self._chip.where}"

    def _start(self) -> None:
        if self._calibration is None:
            self._identify()
            self._calibration = self._read_calibration()
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

    def _readings(self, data: bytes) -> tuple[Reading, ...]:
        assert self._calibration is not None
        air = compensate(self._calibration, data)
        if air is None:
            raise BadAnswerError(
                f"{self._chip.where} measured nothing: its registers read {data.hex(' ')}",
                "switch its power off and on; if that does not help the chip is broken",
            )
        return tuple(Reading(spec.quantity, value) for spec, value in zip(self.channels, air, strict=True))

    def _forget(self) -> None:
        self._calibration = None

    def _identify(self) -> None:
        found = self._chip.ask(bytes((_ID,)), 1)[0]
        if found == _BME280:
            return
        if found == 0:
            raise self._chip.stuck()
        what = "a BMP280, which has no humidity" if found == _BMP280 else "not a BME280"
        raise BadAnswerError(
            f"the chip at {self._chip.where} is {what}: its identity reads 0x{found:02X}",
            "many boards sold as BME280 carry a BMP280; a BMP388 is model bmp388",
        )

    def _read_calibration(self) -> Calibration:
        """The factory's numbers, read twice: I2C has no checksum, and a wrong bit would stay for months."""
        blocks = [
            (
                self._chip.ask(bytes((_CALIBRATION,)), CALIBRATION_LENGTH),
                self._chip.ask(bytes((_HUMIDITY_CALIBRATION,)), HUMIDITY_LENGTH),
            )
            for _ in range(2)
        ]
        found = parse(*blocks[0])
        if blocks[0] != blocks[1] or found is None:
            raise BadAnswerError(
                f"the factory calibration of {self._chip.where} cannot be read",
                "the line is disturbed: shorten it, or lower its speed with dtparam=i2c_arm_baudrate",
            )
        return found
