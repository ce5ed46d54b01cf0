"""I2C chips and the computer itself, healthy or broken at will, for the contract suite."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from drivers.bus.i2c import I2cBus
from drivers.host.bus import HostBus
from drivers.registry import MODELS
from drivers.simulated import bme280, bmp388, chirp, ina219, seesaw_soil
from drivers.simulated.i2c_server import Chip, I2cServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    from drivers.contract import Bus
    from drivers.simulated.chip import SimulatedChip

CHIPS: dict[str, Callable[[Callable[[], float]], SimulatedChip]] = {
    "bme280": lambda clock: bme280.Bme280(lambda: bme280.Air(21.5, 91522.0, 63.0), clock),
    "bmp388": lambda clock: bmp388.Bmp388(lambda: bmp388.Air(21.5, 91522.0), clock),
    "chirp": lambda clock: chirp.Chirp(lambda: chirp.Soil(550, 12.3), clock),
    "ina219": lambda clock: ina219.Ina219(lambda: ina219.Line(12.0, 0.04), clock),
    "seesaw-soil": lambda clock: seesaw_soil.SeesawSoil(lambda: seesaw_soil.Soil(900, 12.5), clock),
}


class Wired(Chip, Protocol):
    """What every simulated chip has: a wire that somebody uses, or nobody on it."""

    absent: bool
    transfers: int


class Measuring(Wired, Protocol):
    """One whose measurements may never end."""

    never_ready: bool

    def power_on_reset(self) -> None:
        """Its supply comes back."""
        ...


ChipT = TypeVar("ChipT", bound=Wired)


class I2cKit(Generic[ChipT]):
    """A chip at the other end of a socket."""

    settings: dict[str, Any]
    hasty: dict[str, Any]

    def __init__(self, folder: Path, address: int, chip: ChipT) -> None:
        self._path = folder / "i2c"
        self._address = address
        self._chip = chip
        self.plug_in()

    def plug_in(self) -> None:
        """The adapter is there."""
        self._server = I2cServer(self._path, {self._address: self._chip})
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

    @property
    def transfers(self) -> int:
        """How often somebody used the wire."""
        return self._chip.transfers


class MeasuringKit(I2cKit[Measuring]):
    """A chip that measures when told to."""

    def damage(self) -> None:
        """The chip answers, and no measurement ever ends."""
        self._chip.never_ready = True

    def heal(self) -> None:
        """The chip is well again."""
        self._chip.absent = self._chip.never_ready = False
        self._chip.power_on_reset()


class ChipKit(MeasuringKit):
    """A chip of that model at its usual address."""

    def __init__(self, model: str, folder: Path) -> None:
        address: int = MODELS[model].settings().model_fields["address"].default
        self.settings = self.hasty = {"address": address}
        super().__init__(folder, address, CHIPS[model](time.monotonic))


TEMPERATURE = "sys/class/thermal/thermal_zone0/temp"
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
MEMORY = "proc/meminfo"


def raspberry_pi(root: Path) -> None:
    """The files of a Raspberry Pi 4 that is well, as far as anybody here reads them."""
    for name, text in ((TEMPERATURE, "48312\n"), (THROTTLED, "0\n"), (MEMORY, _MEMINFO)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="ascii")


_MEMINFO = "MemTotal:        3884360 kB\nMemFree:         1204516 kB\nMemAvailable:    3000000 kB\n"


class HostKit:
    """A computer whose files are in a folder."""

    settings: dict[str, Any] = {"disk": "/"}  # noqa: RUF012  never changed
    hasty = settings

    def __init__(self, _model: str, folder: Path) -> None:
        self._root = folder / "root"
        self._calls: list[str] = []
        self.plug_in()

    def plug_in(self) -> None:
        """Its files are there."""
        raspberry_pi(self._root)

    def unplug(self) -> None:
        """Nothing is mounted any more."""
        shutil.rmtree(self._root / "sys", ignore_errors=True)

    def open(self) -> Bus:
        """The bus as the poller opens it, with a notebook."""
        calls = self._calls

        class Noted(HostBus):
            def text(self: Self, pattern: str) -> str:
                calls.append(pattern)
                return super().text(pattern)

        return Noted.open(self._root)

    def silence(self) -> None:
        """The first file that is asked for is not there any more."""
        (self._root / TEMPERATURE).unlink()

    def damage(self) -> None:
        """It says something else than a temperature."""
        (self._root / TEMPERATURE).write_text("hot\n", encoding="ascii")

    def heal(self) -> None:
        """All is well again."""
        raspberry_pi(self._root)

    @property
    def transfers(self) -> int:
        """How often somebody asked."""
        return len(self._calls)
