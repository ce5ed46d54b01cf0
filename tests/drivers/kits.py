"""A wire for each kind of bus, healthy or broken at will, for the contract suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drivers.registry import MODELS
from drivers.simulated.ads1115 import Ads1115
from tests.drivers.kits_ezo import EzoI2cKit, EzoSerialKit
from tests.drivers.kits_i2c import ChipKit, HostKit, MeasuringKit
from tests.drivers.kits_modbus import ModbusKit
from tests.drivers.kits_sdi12 import Sdi12Kit

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.contract import Bus, Driver

ADDRESS = 0x48


class _CountingChip(Ads1115):
    transfers = 0

    def transfer(self, write: bytes, read_len: int) -> bytes:
        self.transfers += 1
        return super().transfer(write, read_len)


class Ads1115Kit(MeasuringKit):
    """A converter with one input in use."""

    settings: dict[str, Any] = {"address": ADDRESS, "input": "A0", "quantity": "water_level", "rate_sps": 860}  # noqa: RUF012  never changed
    hasty = settings

    def __init__(self, _model: str, folder: Path) -> None:
        super().__init__(folder, ADDRESS, _CountingChip(lambda _pin: 1.0))


Kit = ModbusKit | Ads1115Kit | EzoSerialKit | EzoI2cKit | Sdi12Kit | ChipKit | HostKit
# By the driver's module, and the kind of bus where it speaks on several.
_KITS: dict[tuple[str, str], type[Kit]] = {
    ("drivers.modbus", "serial"): ModbusKit,
    ("drivers.ads1115", "i2c"): Ads1115Kit,
    ("drivers.bme280", "i2c"): ChipKit,
    ("drivers.bmp388", "i2c"): ChipKit,
    ("drivers.chirp", "i2c"): ChipKit,
    ("drivers.host", "host"): HostKit,
    ("drivers.ina219", "i2c"): ChipKit,
    ("drivers.seesaw_soil", "i2c"): ChipKit,
    ("drivers.ezo", "serial"): EzoSerialKit,
    ("drivers.ezo", "i2c"): EzoI2cKit,
    ("drivers.sdi12", "serial"): Sdi12Kit,
}


def kit_for(model: str, bus_kind: str, folder: Path) -> Kit:
    """A healthy wire of that kind with one instrument of `model` on it."""
    return _KITS[MODELS[model].module, bus_kind](model, folder)


def driver_for(model: str, bus: Bus, keys: dict[str, Any]) -> Driver:
    """The driver as the station makes it from its keys in the configuration."""
    entry = MODELS[model]
    return entry.make(bus, model, entry.settings()(**keys))
