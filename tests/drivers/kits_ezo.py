"""EZO circuits on both of their wires, healthy or broken at will, for the contract suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drivers.bus.serial import SerialLine
from drivers.simulated.ezo import Ezo
from drivers.simulated.ezo_i2c import EzoI2c
from drivers.simulated.ezo_uart import EzoFault, EzoUart
from tests.drivers.kits_i2c import I2cKit

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.contract import Bus

# A reading, as each circuit writes it.
READINGS = {
    "ezo-ph": ("pH", "4.712"),
    "ezo-ec": ("EC", "1413"),
    "ezo-orp": ("ORP", "-125.3"),
    "ezo-rtd": ("RTD", "9.125"),
    "ezo-do": ("DO", "7.82"),
}
ADDRESS = 0x2A


def circuit_of(model: str) -> Ezo:
    """A circuit of this model that always reads the same."""
    name, text = READINGS[model]
    return Ezo(name, lambda _temperature_c: text)


class EzoSerialKit:
    """A circuit at the other end of a pseudo-terminal, behind a link as udev makes it."""

    settings: dict[str, Any] = {"response_timeout_s": 0.2}  # noqa: RUF012  never changed
    hasty: dict[str, Any] = {"response_timeout_s": 0.05}  # noqa: RUF012  never changed

    def __init__(self, model: str, folder: Path) -> None:
        self._model = model
        self._link = folder / "usb-UART"
        self.plug_in()

    def plug_in(self) -> None:
        """The adapter is there, as another device than the last time."""
        self._far_end = EzoUart(circuit_of(self._model))
        self._far_end.start()
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(self._far_end.port)

    def unplug(self) -> None:
        """The adapter is gone, with or without a program that has it open."""
        self._far_end.close()

    def open(self) -> Bus:
        """The bus as the poller opens it."""
        return SerialLine.open(str(self._link), 9600, "none", 1)

    def silence(self) -> None:
        """The circuit says nothing any more."""
        self._far_end.fault(EzoFault.SILENT)

    def damage(self) -> None:
        """What the circuit says arrives spoilt."""
        self._far_end.fault(EzoFault.GARBAGE)

    def heal(self) -> None:
        """The circuit is well again."""
        self._far_end.clear()

    @property
    def transfers(self) -> int:
        """How often somebody used the wire."""
        return self._far_end.transfers


class EzoI2cKit(I2cKit[EzoI2c]):
    """A circuit at the other end of a socket."""

    settings: dict[str, Any] = {"address": ADDRESS}  # noqa: RUF012  never changed
    hasty: dict[str, Any] = {"address": ADDRESS, "response_timeout_s": 0.05}  # noqa: RUF012  never changed

    def __init__(self, model: str, folder: Path) -> None:
        super().__init__(folder, ADDRESS, EzoI2c(circuit_of(model)))

    def damage(self) -> None:
        """The line turns letters into others."""
        self._chip.spoilt = 0x0F

    def heal(self) -> None:
        """The circuit is well again."""
        self._chip.absent = False
        self._chip.spoilt = 0
