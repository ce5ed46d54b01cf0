"""The computer's own health, from the files in which Linux tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import BadAnswerError, Reading
from drivers.host.channels import channels
from drivers.host.parse import cpu_temperature_c, memory_available_mb, throttled

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.host.bus import HostBus
    from drivers.host.settings import HostSettings

# The Pi's firmware has another name in front on a Pi 5 (soc@107c000000).
_FILES: dict[str, tuple[str, Callable[[str], float]]] = {
    "cpu_temperature": ("sys/class/thermal/thermal_zone0/temp", cpu_temperature_c),
    "throttled": ("sys/devices/platform/soc*/soc*:firmware/get_throttled", throttled),
    "memory_available": ("proc/meminfo", memory_available_mb),
}


def make(bus: HostBus, model: str, settings: HostSettings) -> HostDriver:
    """The computer as an instrument."""
    return HostDriver(bus, model, settings)


class HostDriver:
    """The computer."""

    def __init__(self, bus: HostBus, model: str, settings: HostSettings) -> None:
        self._bus = bus
        self._disk = settings.disk
        self.channels = channels(model, settings)

    def probe(self) -> str:
        """Read everything once. Raises DriverError."""
        return f"this computer says {len(self.read())} things about itself"

    def read(self) -> tuple[Reading, ...]:
        """One reading for each quantity asked for. Raises DriverError."""
        return tuple(Reading(spec.quantity, self._value(spec.quantity)) for spec in self.channels)

    def _value(self, quantity: str) -> float:
        if quantity == "disk_free":
            return self._bus.free_bytes(self._disk) / 1e6
        pattern, parse = _FILES[quantity]
        text = self._bus.text(pattern)
        try:
            return parse(text)
        except ValueError as error:
            raise BadAnswerError(
                f"/{pattern} says nothing that is a {quantity}: {error}",
                "report it with `uname -a`: this kernel writes the file in another way",
            ) from error
