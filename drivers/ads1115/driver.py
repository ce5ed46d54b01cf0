"""One input of an ADS1115, read by the unmodified Adafruit driver, in single-shot mode only.

The chip's continuous mode is not used: with release 3.0.5 of that driver it can return the configuration
register as a measurement. That driver also waits for "conversion done" without any bound, so every
conversion runs under the bus's deadline. Register numbers and limits: TI data sheet SBAS444.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adafruit_ads1x15.ads1115 import ADS1115

from drivers.ads1115.channels import FULL_SCALE_V, channels
from drivers.bus.i2c_chip import I2cChip
from drivers.contract import BadAnswerError, Doubt, DriverError, Reading

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
# A supply further off than this is no supply: a broken wire, the wrong input, or a wrong `reference_v`.
_SUPPLY_TOLERANCE = 0.2


class _Sample(NamedTuple):
    volts: float
    saturated: bool


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
        self._library: ADS1115 | None = None
        self._chip = I2cChip(
            bus,
            settings.address,
            f"check its power, and that its ADDR pin is wired to {_ADDR_PIN[settings.address]}: "
            f"that is what makes it 0x{settings.address:02X}",
        )
        self.channels = channels(model, settings)

    def probe(self) -> str:
        """Read the configuration register, which changes nothing. Raises DriverError."""
        return f"a chip answers at {self._chip.where}, configuration 0x{self._config():04X}"

    def read(self) -> tuple[Reading, ...]:
        """The median of the conversions, in volts. Raises DriverError."""
        try:
            samples = sorted(self._sample() for _ in range(self._settings.samples))
        except (DriverError, OSError, ValueError) as error:
            self._library = None
            if isinstance(error, DriverError):
                raise
            # The Adafruit driver hides what the bus said behind a ValueError "No I2C device at address".
            cause = error.__context__ if isinstance(error, ValueError) else error
            assert isinstance(cause, OSError)
            raise self._chip.blame(cause) from error
        low, high = samples[(len(samples) - 1) // 2], samples[len(samples) // 2]
        doubt = Doubt.OVER_RANGE if low.saturated or high.saturated else Doubt.NONE
        return (Reading(self._settings.quantity, (low.volts + high.volts) / 2, doubt),)

    def _sample(self) -> _Sample:
        """One conversion; of a ratiometric instrument scaled to its nominal supply."""
        code = self._convert(self._settings.input)
        saturated = not _LOWEST < code < _HIGHEST
        volts = code * self._full_scale_v / _CODES
        if self._settings.reference_input is None:
            return _Sample(volts, saturated)
        # The supply is measured anew beside every conversion: between the two it has no time to drift.
        return _Sample(volts * self._settings.reference_v / self._supply_v(), saturated)

    def _supply_v(self) -> float:
        """What supplies the instrument at this moment. Raises BadAnswerError when that is no supply."""
        settings = self._settings
        code = self._convert(str(settings.reference_input))
        volts = code * self._full_scale_v / _CODES
        if code >= _HIGHEST or abs(volts / settings.reference_v - 1) > _SUPPLY_TOLERANCE:
            raise BadAnswerError(
                f"the supply at {settings.reference_input} of {self._chip.where} reads {volts:.3f} V, "
                f"not about {settings.reference_v:g} V",
                f"check the wire from the instrument's supply to {settings.reference_input}, and reference_v",
            )
        return volts

    def _convert(self, pins: str) -> int:
        """One conversion, and the proof that the chip kept its configuration over it."""
        library = self._opened_library()
        try:
            with self._bus.deadline(self._deadline_s):
                code: int = library.read(_MUX[pins])
        except TimeoutError:
            code = self._late_code(library)
        config = self._config()
        if config & _CONFIG_MASK != self._expected_config(library, pins):
            raise BadAnswerError(
                f"{self._chip.where} lost its configuration during a conversion: it reads 0x{config:04X}",
                "its supply drops out for a moment: check the wiring of VDD and what else is switched on",
            )
        return code

    def _opened_library(self) -> ADS1115:
        if self._library is None:
            settings = self._settings
            self._library = ADS1115(
                self._bus,
                gain=_GAINS[settings.gain],
                data_rate=settings.rate_sps,
                address=settings.address,
            )
        return self._library

    def _expected_config(self, library: ADS1115, pins: str) -> int:
        gain_code = tuple(_GAINS).index(self._settings.gain)
        rate_code: int = library.rate_config[self._settings.rate_sps]
        single_shot, comparator_off = 0x0100, 0x0003
        return _MUX[pins] << 12 | gain_code << 9 | single_shot | rate_code | comparator_off

    def _config(self) -> int:
        return int.from_bytes(self._chip.ask(_CONFIG_REGISTER, 2), "big")

    def _late_code(self, library: ADS1115) -> int:
        """The result after all when this thread was late and not the chip; otherwise raises who is stuck."""
        config = self._config()
        if config & _CONVERSION_DONE:
            late: int = library.get_last_result()
            return late
        if config == 0:
            raise self._chip.stuck()
        raise BadAnswerError(
            f"{self._chip.where} did not finish a conversion within {self._deadline_s * 1000:.0f} ms",
            f"is it an ADS1115? Its configuration reads 0x{config:04X}; switch its power off and on",
        )
