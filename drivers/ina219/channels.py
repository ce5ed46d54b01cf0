"""What an INA219 delivers (TI data sheet SBOS448): up to 26 V, and what its shunt lets pass at 320 mV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import ChannelSpec
from drivers.ina219.registers import SHUNT_FULL_SCALE_V

if TYPE_CHECKING:
    from drivers.ina219.settings import Ina219Settings

_HIGHEST_V = 26.0


def channels(_model: str, settings: Ina219Settings) -> tuple[ChannelSpec, ...]:
    """Voltage at the load, and the current to it; a battery that charges gives a negative one."""
    highest_a = SHUNT_FULL_SCALE_V / settings.shunt_ohm
    return (
        ChannelSpec("supply_voltage", "V", 0.0, _HIGHEST_V),
        ChannelSpec("supply_current", "A", -highest_a, highest_a),
    )
