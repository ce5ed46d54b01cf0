"""What a BMP388 delivers, within its operating range (Bosch data sheet BST-BMP388-DS001, table 2)."""

from __future__ import annotations

from drivers.contract import ChannelSpec

_CHANNELS = (
    ChannelSpec("barometric_pressure", "hPa", 300.0, 1250.0),
    ChannelSpec("temperature", "degC", -40.0, 85.0),
)


def channels(_model: str, _settings: object) -> tuple[ChannelSpec, ...]:
    """Pressure as it is at the station, and the temperature of the chip."""
    return _CHANNELS
