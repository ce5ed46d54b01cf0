"""An INA219, one averaged measurement for each reading, and the chip idle in between.

Adafruit's library is not used: on a Raspberry Pi its import needs GPIO libraries. The calibration register is
not used either: the current is the shunt's voltage over its resistance, so a chip that forgot everything on a
load spike cannot give a wrong one. Register numbers: TI data sheet SBOS448.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.bus.i2c_chip import I2cChip
from drivers.bus.triggered import Triggered
from drivers.contract import Doubt, Reading
from drivers.ina219.channels import channels
from drivers.ina219.registers import BUS_FULL_SCALE_V, SHUNT_FULL_SCALE_V, bus_v, is_ready, shunt_v

if TYPE_CHECKING:
    from drivers.bus.i2c import I2cBus
    from drivers.ina219.settings import Ina219Settings

_CONFIG, _SHUNT, _BUS = 0, 1, 2
# Up to 32 V, 320 mV, each the mean of 128 samples: a charge controller switches some hundred times a second.
_MEASURE_ONCE = 1 << 13 | 0b11 << 11 | 0b1111 << 7 | 0b1111 << 3 | 0b011
_MEASURE_S = 0.15  # 2 * 68.1 ms, 10 % slower at the most (data sheet, table 5)


def make(bus: I2cBus, model: str, settings: Ina219Settings) -> Ina219Driver:
    """The supply monitor at an address."""
    return Ina219Driver(bus, model, settings)


class Ina219Driver(Triggered):
    """One chip, which nobody else on the bus drives."""

    def __init__(self, bus: I2cBus, model: str, settings: Ina219Settings) -> None:
        hint = "check its supply (VCC is not the line that it measures), and the solder bridges A0 and A1"
        super().__init__(I2cChip(bus, settings.address, hint), _MEASURE_S)
        self._shunt_ohm = settings.shunt_ohm
        self.channels = channels(model, settings)

    def probe(self) -> str:
        """Read the configuration register, which changes nothing. Raises DriverError."""
        return f"a chip answers at {self._chip.where}, configuration 0x{self._word(_CONFIG):04X}"

    def _start(self) -> None:
        self._chip.tell(bytes((_CONFIG,)) + _MEASURE_ONCE.to_bytes(2, "big"))

    def _fetch(self) -> tuple[Reading, ...] | None:
        bus, shunt, config = self._word(_BUS), self._word(_SHUNT), self._word(_CONFIG)
        if config == 0:
            raise self._chip.stuck()
        if config != _MEASURE_ONCE:
            raise self._lost(config.to_bytes(2, "big"))
        if not is_ready(bus):
            return None
        return (
            _reading("supply_voltage", bus_v(bus), BUS_FULL_SCALE_V, 1.0),
            _reading("supply_current", shunt_v(shunt), SHUNT_FULL_SCALE_V, self._shunt_ohm),
        )

    def _forget(self) -> None:
        """Nothing is known of the chip beyond one measurement."""

    def _word(self, register: int) -> int:
        return int.from_bytes(self._chip.ask(bytes((register,)), 2), "big")


def _reading(quantity: str, volts: float, full_scale_v: float, ohm: float) -> Reading:
    """At full scale the number is a limit and no measurement."""
    return Reading(quantity, volts / ohm, Doubt.OVER_RANGE if abs(volts) >= full_scale_v else Doubt.NONE)
