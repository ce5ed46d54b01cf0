"""A wire for each kind of bus, healthy or broken at will, for the contract suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drivers.bus.i2c import I2cBus
from drivers.bus.serial import SerialLine
from drivers.modbus.profile import load
from drivers.registry import MODELS
from drivers.simulated.ads1115 import Ads1115
from drivers.simulated.i2c_server import I2cServer
from drivers.simulated.modbus_frame import Instrument
from drivers.simulated.modbus_slave import Fault, ModbusSlave
from tests.drivers.kits_ezo import EzoI2cKit, EzoSerialKit

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.contract import Bus, Driver

UNIT = 7
ADDRESS = 0x48


class SerialKit:
    """Modbus instruments at the other end of a pseudo-terminal, behind a link as udev makes it."""

    settings: dict[str, Any] = {"unit": UNIT}  # noqa: RUF012  never changed
    hasty: dict[str, Any] = {"unit": UNIT, "response_timeout_s": 0.05}  # noqa: RUF012  never changed

    def __init__(self, model: str, folder: Path) -> None:
        registers = {address: 0 for block in load(model).read for address in block.registers}
        self._instrument = Instrument(lambda: registers)
        self._link = folder / "usb-RS485"
        self.plug_in()

    def plug_in(self) -> None:
        """The adapter is there, as another device than the last time."""
        self._slave = ModbusSlave({UNIT: self._instrument})
        self._slave.start()
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(self._slave.port)

    def unplug(self) -> None:
        """The adapter is gone, with or without a program that has it open."""
        self._slave.close()

    def open(self) -> Bus:
        """The bus as the poller opens it."""
        return SerialLine.open(str(self._link), 9600, "none", 1)

    def silence(self) -> None:
        """The instrument says nothing any more."""
        self._slave.fault(UNIT, Fault.SILENT)

    def damage(self) -> None:
        """What the instrument says arrives spoilt."""
        self._slave.fault(UNIT, Fault.BAD_CRC)

    def heal(self) -> None:
        """The instrument is well again."""
        self._slave.clear(UNIT)

    @property
    def transfers(self) -> int:
        """How often somebody used the wire."""
        return len(self._slave.heard)


class _CountingChip(Ads1115):
    transfers = 0

    def transfer(self, write: bytes, read_len: int) -> bytes:
        self.transfers += 1
        return super().transfer(write, read_len)


class I2cKit:
    """A chip at the other end of a socket."""

    settings: dict[str, Any] = {"address": ADDRESS, "input": "A0", "quantity": "water_level", "rate_sps": 860}  # noqa: RUF012  never changed
    hasty = settings

    def __init__(self, _model: str, folder: Path) -> None:
        self._path = folder / "i2c"
        self._chip = _CountingChip(lambda _pin: 1.0)
        self.plug_in()

    def plug_in(self) -> None:
        """The adapter is there."""
        self._server = I2cServer(self._path, {ADDRESS: self._chip})
        self._server.start()

    def unplug(self) -> None:
        """The adapter is gone, with or without a program that has it open."""
        self._server.close()

    def open(self) -> Bus:
        """The bus as the poller opens it."""
        return I2cBus.open(f"unix:{self._path}")

    def silence(self) -> None:
        """The chip acknowledges nothing any more."""
        self._chip.absent = True

    def damage(self) -> None:
        """The chip answers, and no conversion ever ends."""
        self._chip.never_ready = True

    def heal(self) -> None:
        """The chip is well again."""
        self._chip.absent = self._chip.never_ready = False
        self._chip.power_on_reset()

    @property
    def transfers(self) -> int:
        """How often somebody used the wire."""
        return self._chip.transfers


Kit = SerialKit | I2cKit | EzoSerialKit | EzoI2cKit
# By the driver's module, and the kind of bus where it speaks on several.
_KITS: dict[tuple[str, str], type[Kit]] = {
    ("drivers.modbus", "serial"): SerialKit,
    ("drivers.ads1115", "i2c"): I2cKit,
    ("drivers.ezo", "serial"): EzoSerialKit,
    ("drivers.ezo", "i2c"): EzoI2cKit,
}


def kit_for(model: str, bus_kind: str, folder: Path) -> Kit:
    """A healthy wire of that kind with one instrument of `model` on it."""
    return _KITS[MODELS[model].module, bus_kind](model, folder)


def driver_for(model: str, bus: Bus, keys: dict[str, Any]) -> Driver:
    """The driver as the station makes it from its keys in the configuration."""
    entry = MODELS[model]
    return entry.make(bus, model, entry.settings()(**keys))
