"""Its driver: asks the instrument of its name on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.world.probe.channels import SPECS

if TYPE_CHECKING:
    from agent.config.plain import Plain
    from drivers.contract import Later, Reading
    from tests.world.wires import Wire


class ProbeDriver:
    """One instrument on a wire."""

    channels = SPECS

    def __init__(self, wire: Wire, name: str) -> None:
        self._wire = wire
        self._name = name

    def probe(self) -> str:
        """Nobody searches this world."""
        return self._name

    def read(self) -> tuple[Reading, ...] | Later:
        """Ask it. Raises DriverError."""
        return self._wire.ask(self._name)


def make(wire: Wire, _model: str, settings: Plain) -> ProbeDriver:
    """For one sensor."""
    return ProbeDriver(wire, settings.id)
