"""What the barometers of Bosch have in common: straps, a calibration from the factory, and how they fail."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

from drivers.bus.i2c_chip import I2cChip
from drivers.bus.triggered import Triggered
from drivers.contract import BadAnswerError, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.bus.i2c import I2cBus
    from drivers.contract import ChannelSpec

_SDO_LOW = 0x76  # the address with SDO at GND; it is one higher with SDO at 3.3 V
_Calibration = TypeVar("_Calibration")


class BoschBarometer(Triggered, Generic[_Calibration]):
    """One chip, which nobody else on the bus drives. A driver adds its registers and formulas.

    Args:
        bus: open.
        address: 0x76 or 0x77.
        measure_s: the longest that a measurement takes by the data sheet.
        channels: what the chip delivers, in the order in which its formulas give it.
    """

    def __init__(
        self, bus: I2cBus, address: int, measure_s: float, channels: tuple[ChannelSpec, ...]
    ) -> None:
        strap = "GND" if address == _SDO_LOW else "3.3 V"
        hint = f"check its power, and that SDO is wired to {strap}; CSB belongs to 3.3 V"
        super().__init__(I2cChip(bus, address, hint), measure_s)
        self._calibration: _Calibration | None = None
        self.channels = channels

    def probe(self) -> str:
        """Read the chip's identity, which changes nothing. Raises DriverError."""
        return f"a {self._identify()} answers at {self._chip.where}"

    def _start(self) -> None:
        if self._calibration is None:
            self._identify()
            self._calibration = self._read_calibration()
        self._measure()

    def _forget(self) -> None:
        self._calibration = None

    def _readings(self, data: bytes) -> tuple[Reading, ...]:
        assert self._calibration is not None
        air = self._compensate(self._calibration, data)
        if air is None:
            raise BadAnswerError(
                f"{self._chip.where} measured nothing: its registers read {data.hex(' ')}",
                "switch its power off and on; if that does not help the chip is broken",
            )
        return tuple(Reading(spec.quantity, value) for spec, value in zip(self.channels, air, strict=True))

    def _read_calibration(self) -> _Calibration:
        """The factory's numbers, read twice: I2C has no checksum, and a wrong bit would stay for months."""
        first, second = (self._ask_calibration() for _ in range(2))
        found = self._parse(first)
        if first != second or found is None:
            raise BadAnswerError(
                f"the factory calibration of {self._chip.where} cannot be read",
                "the line is disturbed: shorten it, or lower its speed with dtparam=i2c_arm_baudrate",
            )
        return found

    @abstractmethod
    def _identify(self) -> str:
        """The chip's name. Raises DriverError when another one sits there."""

    @abstractmethod
    def _ask_calibration(self) -> bytes:
        """The registers that hold the factory's numbers."""

    @abstractmethod
    def _parse(self, registers: bytes) -> _Calibration | None:
        """The numbers in those registers, None when they cannot be any."""

    @abstractmethod
    def _measure(self) -> None:
        """Write the settings, and begin a measurement."""

    @abstractmethod
    def _compensate(self, calibration: _Calibration, data: bytes) -> Sequence[float] | None:
        """What the result means for this chip, one value per channel; None where nothing was measured."""
