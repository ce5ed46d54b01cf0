"""What the computer says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import ChannelSpec

if TYPE_CHECKING:
    from drivers.host.settings import HostSettings

_SPECS = (
    ChannelSpec("cpu_temperature", "degC", -40.0, 125.0),
    ChannelSpec("throttled", "1", 0.0, float(0xFFFFFFFF)),
    ChannelSpec("memory_available", "MB", 0.0, 1e6),
    ChannelSpec("disk_free", "MB", 0.0, 1e9),
)


def channels(_model: str, settings: HostSettings) -> tuple[ChannelSpec, ...]:
    """Those that are asked for, always in this order."""
    return tuple(spec for spec in _SPECS if spec.quantity in settings.quantities)
