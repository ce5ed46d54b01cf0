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
    from drivers.onboard import Point
    from drivers.settings import Settings

BusKind = Literal["serial", "i2c", "host"]
PROFILES = Path(__file__).parent / "modbus" / "profiles"
SDI12_PROFILES = Path(__file__).parent / "sdi12" / "profiles"


class DriverEntry(NamedTuple):
    """How to get one driver: the kinds of bus it speaks on, where its settings and constructor live."""

    bus_kinds: tuple[BusKind, ...]
    module: str  # `settings_name`, a `Settings`, is in .settings; `channels` in .channels; `make` in .driver
    settings_name: str
    calibrates: bool = False  # by itself: `points` in .onboard tells what it takes (drivers/onboard.py)

    def settings(self) -> type[Settings]:
        """The class that validates this driver's keys of a `[[sensor]]` table."""
        return cast("type[Settings]", getattr(import_module(f"{self.module}.settings"), self.settings_name))

    def channels(self, model: str, settings: Any) -> tuple[ChannelSpec, ...]:
        """What such an instrument will deliver, known before any bus is open, without the wire's library."""
        channels: Callable[[str, Any], tuple[ChannelSpec, ...]]
        channels = import_module(f"{self.module}.channels").channels
        return channels(model, settings)

    def points(self, model: str) -> tuple[Point, ...]:
        """The points of its own calibration that such an instrument takes; none where it keeps none."""
        if not self.calibrates:
            return ()
        points: Callable[[str], tuple[Point, ...]] = import_module(f"{self.module}.onboard").points
        return points(model)

    def make(self, bus: Bus, model: str, settings: Any) -> Driver:
        """A driver for one instrument on an opened bus. Does no I/O."""
        make: Callable[[Bus, str, Any], Driver] = import_module(f"{self.module}.driver").make
        return make(bus, model, settings)


ADS1115 = DriverEntry(("i2c",), "drivers.ads1115", "Ads1115Settings")
MODBUS = DriverEntry(("serial",), "drivers.modbus", "ModbusSettings", calibrates=True)
MODBUS_GENERIC = DriverEntry(("serial",), "drivers.modbus", "GenericSettings")
EZO = DriverEntry(("serial", "i2c"), "drivers.ezo", "EzoSettings", calibrates=True)
EZO_COMPENSATED = DriverEntry(("serial", "i2c"), "drivers.ezo", "EzoCompensatedSettings", calibrates=True)
SDI12 = DriverEntry(("serial",), "drivers.sdi12", "Sdi12Settings")
AVW200 = DriverEntry(("serial",), "drivers.sdi12", "Avw200Settings")
VIBWIRE_108 = DriverEntry(("serial",), "drivers.sdi12", "Vibwire108Settings")
SDI12_GENERIC = DriverEntry(("serial",), "drivers.sdi12", "Sdi12GenericSettings")
BME280 = DriverEntry(("i2c",), "drivers.bme280", "Bme280Settings")
BMP388 = DriverEntry(("i2c",), "drivers.bmp388", "Bmp388Settings")
CHIRP = DriverEntry(("i2c",), "drivers.chirp", "ChirpSettings")
HOST = DriverEntry(("host",), "drivers.host", "HostSettings")
INA219 = DriverEntry(("i2c",), "drivers.ina219", "Ina219Settings")
SEESAW_SOIL = DriverEntry(("i2c",), "drivers.seesaw_soil", "SeesawSoilSettings")


def _models() -> dict[str, DriverEntry]:
    models = {
        "ads1115": ADS1115,
        "bme280": BME280,
        "bmp388": BMP388,
        "chirp": CHIRP,
        "ezo-do": EZO_COMPENSATED,
        "ezo-ec": EZO_COMPENSATED,
        "ezo-orp": EZO,
        "ezo-ph": EZO_COMPENSATED,
        "ezo-rtd": EZO,
        "host": HOST,
        "ina219": INA219,
        "seesaw-soil": SEESAW_SOIL,
    }
    models.update((path.stem, MODBUS) for path in sorted(PROFILES.glob("*.toml")))
    models["generic"] = MODBUS_GENERIC
    models.update((path.stem, SDI12) for path in sorted(SDI12_PROFILES.glob("*.toml")))
    models.update({"avw200": AVW200, "vibwire-108": VIBWIRE_108, "sdi12-generic": SDI12_GENERIC})
    return models


MODELS = _models()
