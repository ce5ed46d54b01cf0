"""Modbus instruments at the far end of a pseudo-terminal, healthy or broken at will."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from drivers.bus.serial import SerialLine
from drivers.modbus.profile import FOLDER, load
from drivers.simulated.modbus_models import model as simulated
from drivers.simulated.modbus_slave import Fault, ModbusSlave
from drivers.simulated.physics import Site
from drivers.simulated.scenario import SCENARIOS

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.contract import Bus

UNIT = 7
SITE = Site(1, SCENARIOS["calm"], 0.0)

# A family A soil probe as somebody would describe it from its data sheet.
GENERIC = {
    "read": [{"register": 0, "count": 2}],
    "channel": [
        {
            "quantity": "soil_moisture",
            "unit": "%",
            "register": 0,
            "type": "u16",
            "scale": 0.1,
            "low": 0.0,
            "high": 100.0,
        },
        {
            "quantity": "temperature",
            "unit": "degC",
            "register": 1,
            "type": "i16",
            "scale": 0.1,
            "low": -40.0,
            "high": 80.0,
        },
    ],
}
# What a model must be told beyond its unit; and everything that can be switched on.
KEYS: dict[str, dict[str, Any]] = {
    **{path.stem: {"input": 1} for path in FOLDER.glob("*.toml") if load(path.stem).inputs is not None},
    "generic": GENERIC,
    "vtn4xx": {"input": 2},
    "sup-ph8001": {"diagnostics": True},
    "yosemitech-y511": {"wipe": True},
    "daviteq-mbrtu-tbd": {"samples": 3},
}
LIKE = {"generic": "sn-3002-tr"}


class ModbusKit:
    """One instrument on a line behind a link as udev makes it."""

    def __init__(self, model: str, folder: Path) -> None:
        self.settings: dict[str, Any] = {"unit": UNIT, **KEYS.get(model, {})}
        self.hasty = self.settings | {"response_timeout_s": 0.05}
        # Long ago for the instrument: it has settled by the time of the next question.
        self._instrument = simulated(
            LIKE.get(model, model), lambda: SITE.at(0.0), lambda: 1e6 * time.monotonic()
        )
        self._link = folder / "usb-RS485"
        self.plug_in()

    def plug_in(self) -> None:
        """The adapter is there, as another device than the last time."""
        self.slave = ModbusSlave({UNIT: self._instrument})
        self.slave.start()
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(self.slave.port)

    def unplug(self) -> None:
        """The adapter is gone, with or without a program that has it open."""
        self.slave.close()

    def open(self) -> Bus:
        """The bus as the poller opens it."""
        return SerialLine.open(str(self._link), 9600, "none", 1)

    def silence(self) -> None:
        """The instrument says nothing any more."""
        self.slave.fault(UNIT, Fault.SILENT)

    def damage(self) -> None:
        """What the instrument says arrives spoilt."""
        self.slave.fault(UNIT, Fault.BAD_CRC)

    def heal(self) -> None:
        """The instrument is well again."""
        self.slave.clear(UNIT)

    @property
    def transfers(self) -> int:
        """How often somebody used the wire."""
        return len(self.slave.heard)
