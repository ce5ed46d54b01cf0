"""A BMP388 or BMP390 in forced mode: each reading starts one measurement and leaves the chip asleep.

Adafruit's library is not used: on a Raspberry Pi its import needs GPIO libraries, and it waits without a
bound. Register numbers: Bosch data sheet BST-BMP388-DS001.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.bmp388.channels import channels
from drivers.bmp388.compensate import CALIBRATION_LENGTH, DATA_LENGTH, Calibration, compensate, parse
from drivers.bus.i2c_chip import I2cChip
from drivers.bus.triggered import Triggered
from drivers.contract import BadAnswerError, Reading

if TYPE_CHECKING:
    from drivers.bmp388.settings import Bmp388Settings
    from drivers.bus.i2c import I2cBus

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


class Bmp388Driver(Triggered):
    """One chip, which nobody else on the bus drives."""

    def __init__(self, bus: I2cBus, model: str, settings: Bmp388Settings) -> None:
        strap = "GND" if settings.address == 0x76 else "3.3 V"  # noqa: PLR2004  one of the two there are
        hint = f"check its power, and that SDO is wired to {strap}; CSB belongs to 3.3 V"
        super().__init__(I2cChip(bus, settings.address, hint), _MEASURE_S)
        self._calibration: Calibration | None = None
        self.channels = channels(model, settings)

    def probe(self) -> str:
        """Read the chip's identity, which changes nothing. Raises DriverError."""
        return f"a {self._identify()} answers at {self._chip.where}"

    def _start(self) -> None:
        if self._calibration is None:
            self._identify()
            self._calibration = self._read_calibration()
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

    def _read_calibration(self) -> Calibration:
        """The factory's numbers, read twice: I2C has no checksum, and a wrong bit would stay for months."""
        first, second = (self._chip.ask(bytes((_CALIBRATION,)), CALIBRATION_LENGTH) for _ in range(2))
        found = parse(first)
        if first != second or found is None:
            raise BadAnswerError(
                f"the factory calibration of {self._chip.where} cannot be read",
                "the line is disturbed: shorten it, or lower its speed with dtparam=i2c_arm_baudrate",
            )
        return found
