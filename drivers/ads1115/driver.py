"""One input of an ADS1115, read by the unmodified Adafruit driver, in single-shot mode only.

The chip's continuous mode is not used: with release 3.0.5 of that driver it can return the configuration
register as a measurement. That driver also waits for "conversion done" without any bound, so every
conversion runs under the bus's deadline. Register numbers and limits: TI data sheet SBAS444.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from adafruit_ads1x15.ads1115 import ADS1115

from drivers.ads1115.channels import FULL_SCALE_V, channels
from drivers.contract import BadAnswerError, BusError, Doubt, DriverError, NoAnswerError, Reading

if TYPE_CHECKING:
    from drivers.ads1115.settings import Ads1115Settings
    from drivers.bus.i2c import I2cBus

_GAINS = {"2/3": 2 / 3, "1": 1, "2": 2, "4": 4, "8": 8, "16": 16}
# The multiplexer's number is at the same time what the Adafruit driver calls a pin.
_MUX = {"A0-A1": 0, "A0-A3": 1, "A1-A3": 2, "A2-A3": 3, "A0": 4, "A1": 5, "A2": 6, "A3": 7}
_ADDR_PIN = {0x48: "GND", 0x49: "VDD", 0x4A: "SDA", 0x4B: "SCL"}

_CODES = 0x8000  # of one half of the scale
_HIGHEST, _LOWEST = _CODES - 1, -_CODES
_CONFIG_REGISTER = b"\x01"
_CONVERSION_DONE = 0x8000
_CONFIG_MASK = 0x7FFF
_SLOWEST_CLOCK = 0.9  # the data rate is good to 10 %
_SLACK_S = 0.05
# A chip that is not there does not acknowledge; which number says so depends on the adapter's kernel driver.
_NOT_ACKNOWLEDGED = frozenset({errno.EREMOTEIO, errno.ENXIO})


def make(bus: I2cBus, model: str, settings: Ads1115Settings) -> Ads1115Driver:
    """The instrument on one input of the chip at an address."""
    return Ads1115Driver(bus, model, settings)


class Ads1115Driver:
    """One input of one chip; several may share the chip, since each conversion sets the whole of it."""

    def __init__(self, bus: I2cBus, model: str, settings: Ads1115Settings) -> None:
        self._bus = bus
        self._settings = settings
        self._full_scale_v = FULL_SCALE_V[settings.gain]
        self._deadline_s = 3 / (settings.rate_sps * _SLOWEST_CLOCK) + _SLACK_S
        self._chip: ADS1115 | None = None
        self.channels = channels(model, settings)

    def probe(self) -> str:
        """Read the configuration register, which changes nothing. Raises DriverError."""
        try:
            config = self._config()
        except OSError as error:
            raise self._blame(error) from error
        return f"a chip answers at {self._where()}, configuration 0x{config:04X}"

    def read(self) -> tuple[Reading, ...]:
        """The median of the conversions, in volts. Raises DriverError."""
        try:
            codes = sorted(self._convert() for _ in range(self._settings.samples))
        except (DriverError, OSError, ValueError) as error:
            self._chip = None
            if isinstance(error, DriverError):
                raise
            raise self._blame(error) from error
        return (self._reading(codes),)

    def _reading(self, codes: list[int]) -> Reading:
        low, high = codes[(len(codes) - 1) // 2], codes[len(codes) // 2]
        volts = (low + high) / 2 * self._full_scale_v / _CODES
        saturated = high >= _HIGHEST or low <= _LOWEST
        return Reading(self._settings.quantity, volts, Doubt.OVER_RANGE if saturated else Doubt.NONE)

    def _convert(self) -> int:
        """One conversion, and the proof that the chip kept its configuration over it."""
        chip = self._opened_chip()
        try:
            with self._bus.deadline(self._deadline_s):
                code: int = chip.read(_MUX[self._settings.input])
        except TimeoutError:
            code = self._late_code(chip)
        config = self._config()
        if config & _CONFIG_MASK != self._expected_config(chip):
            raise BadAnswerError(
                f"{self._where()} lost its configuration during a conversion: it reads 0x{config:04X}",
                "its supply drops out for a moment: check the wiring of VDD and what else is switched on",
            )
        return code

    def _opened_chip(self) -> ADS1115:
        if self._chip is None:
            settings = self._settings
            self._chip = ADS1115(
                self._bus,
                gain=_GAINS[settings.gain],
                data_rate=settings.rate_sps,
                address=settings.address,
            )
        return self._chip

    def _expected_config(self, chip: ADS1115) -> int:
        gain_code = tuple(_GAINS).index(self._settings.gain)
        rate_code: int = chip.rate_config[self._settings.rate_sps]
        single_shot, comparator_off = 0x0100, 0x0003
        return _MUX[self._settings.input] << 12 | gain_code << 9 | single_shot | rate_code | comparator_off

    def _config(self) -> int:
        word = bytearray(2)
        self._bus.writeto_then_readfrom(self._settings.address, _CONFIG_REGISTER, word)
        return int.from_bytes(word, "big")

    def _late_code(self, chip: ADS1115) -> int:
        """The result after all when this thread was late and not the chip; otherwise raises who is stuck."""
        config = self._config()
        if config & _CONVERSION_DONE:
            late: int = chip.get_last_result()
            return late
        if config == 0:
            # With SDA held low every address seems to answer and every bit reads 0.
            raise BusError(
                f"I2C bus {self._bus.name} is stuck: SDA is held low, every read gives 0",
                "switch the power of the instruments on this bus off and on; a reboot alone does not free it",
            )
        raise BadAnswerError(
            f"{self._where()} did not finish a conversion within {self._deadline_s * 1000:.0f} ms",
            f"is it an ADS1115? Its configuration reads 0x{config:04X}; switch its power off and on",
        )

    def _blame(self, error: Exception) -> DriverError:
        """Whose fault a failed transfer is."""
        # The Adafruit driver hides what the bus said behind a ValueError "No I2C device at address".
        cause = error.__context__ if isinstance(error, ValueError) else error
        if isinstance(cause, OSError) and cause.errno not in _NOT_ACKNOWLEDGED:
            return BusError(
                f"I2C bus {self._bus.name} failed while talking to {self._where()}: {cause}",
                "check SDA and SCL for shorts and length; lower the bus speed with dtparam=i2c_arm_baudrate",
            )
        address = self._settings.address
        return NoAnswerError(
            f"nothing answers at {self._where()}",
            f"check its power, and that its ADDR pin is wired to {_ADDR_PIN[address]}: "
            f"that is what makes it 0x{address:02X}",
        )

    def _where(self) -> str:
        return f"0x{self._settings.address:02X} on {self._bus.name}"
