"""Model name -> driver. The only list of drivers: a new one is a line here, and the contract suite finds it.

Nothing is imported until a configuration names it: an I2C library costs nothing on a station without I2C.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.contract import Bus, ChannelSpec, Driver
    from drivers.settings import Settings

BusKind = Literal["serial", "i2c"]
PROFILES = Path(__file__).parent / "modbus" / "profiles"


class DriverEntry(NamedTuple):
    """How to get one driver: the kinds of bus it speaks on, where its settings and constructor live."""

    bus_kinds: tuple[BusKind, ...]
    module: str  # `settings_name`, a `Settings`, is in .settings; `channels` in .channels; `make` in .driver
    settings_name: str

    def settings(self) -> type[Settings]:
        """The class that validates this driver's keys of a `[[sensor]]` table."""
        return cast("type[Settings]", getattr(import_module(f"{self.module}.settings"), self.settings_name))

    def channels(self, model: str, settings: Any) -> tuple[ChannelSpec, ...]:
        """What such an instrument will deliver, known before any bus is open, without the wire's library."""
        channels: Callable[[str, Any], tuple[ChannelSpec, ...]]
        channels = import_module(f"{self.module}.channels").channels
        return channels(model, settings)

    def make(self, bus: Bus, model: str, settings: Any) -> Driver:
        """A driver for one instrument on an opened bus. Does no I/O."""
        make: Callable[[Bus, str, Any], Driver] = import_module(f"{self.module}.driver").make
        return make(bus, model, settings)


ADS1115 = DriverEntry(("i2c",), "drivers.ads1115", "Ads1115Settings")
MODBUS = DriverEntry(("serial",), "drivers.modbus", "ModbusSettings")
EZO = DriverEntry(("serial", "i2c"), "drivers.ezo", "EzoSettings")
EZO_COMPENSATED = DriverEntry(("serial", "i2c"), "drivers.ezo", "EzoCompensatedSettings")


def _models() -> dict[str, DriverEntry]:
    models = {
        "ads1115": ADS1115,
        "ezo-do": EZO_COMPENSATED,
        "ezo-ec": EZO_COMPENSATED,
        "ezo-orp": EZO,
        "ezo-ph": EZO_COMPENSATED,
        "ezo-rtd": EZO,
    }
    models.update((path.stem, MODBUS) for path in sorted(PROFILES.glob("*.toml")))
    return models


MODELS = _models()
