"""An SDI-12 instrument behind a transparent adapter, for the contract suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drivers.bus.serial import SerialLine
from drivers.simulated.sdi12_instruments import avw200, clarivue_10, teros_11, teros_12, vibwire_108
from drivers.simulated.sdi12_line import Fault, Sdi12Line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.contract import Bus
    from drivers.simulated.sdi12_sensor import Sdi12Sensor

ADDRESS = "3"

# Instruments that announce long waits are ready at once here: waiting has tests of its own.
INSTRUMENTS: dict[str, Callable[[], Sdi12Sensor]] = {
    "teros-11": lambda: teros_11(ADDRESS),
    "teros-12": lambda: teros_12(ADDRESS),
    "avw200": lambda: avw200(ADDRESS),
    "vibwire-108": lambda: vibwire_108(ADDRESS, wait_s=0),
    "clarivue-10": lambda: clarivue_10(ADDRESS, wait_s=0),
    "sdi12-generic": lambda: teros_12(ADDRESS),
}

KEYS: dict[str, dict[str, Any]] = {
    "avw200": {"input": 2, "quantity": "pore_pressure"},
    "vibwire-108": {"input": 7, "quantity": "displacement"},
    "sdi12-generic": {
        "command": "MC",
        "channel": [{"quantity": "temperature", "value": 2, "unit": "degC", "low": -40.0, "high": 60.0}],
    },
}


class Sdi12Kit:
    """One instrument at the other end of a pseudo-terminal, behind a link as udev makes it."""

    def __init__(self, model: str, folder: Path) -> None:
        self.settings: dict[str, Any] = {"address": ADDRESS, **KEYS.get(model, {})}
        self.hasty: dict[str, Any] = {**self.settings, "response_timeout_s": 0.02, "retries": 0}
        self._model = model
        self._link = folder / "usb-SDI12"
        self.plug_in()

    def plug_in(self) -> None:
        """The adapter is there, as another device than the last time."""
        self._line = Sdi12Line([INSTRUMENTS[self._model]()])
        self._line.start()
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(self._line.port)

    def unplug(self) -> None:
        """The adapter is gone, with or without a program that has it open."""
        self._line.close()

    def open(self) -> Bus:
        """The bus as the poller opens it."""
        return SerialLine.open(str(self._link), 9600, "none", 1)

    def silence(self) -> None:
        """The instrument says nothing any more."""
        self._line.fault(Fault.SILENT)

    def damage(self) -> None:
        """What the instrument says arrives spoilt."""
        self._line.fault(Fault.DAMAGED)

    def heal(self) -> None:
        """The instrument is well again."""
        self._line.clear()

    @property
    def transfers(self) -> int:
        """How often somebody used the wire."""
        return len(self._line.heard)
