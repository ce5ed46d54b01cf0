"""What a BME280 delivers, within its operating range (Bosch data sheet BST-BME280-DS001, table 1)."""

from __future__ import annotations

from drivers.contract import ChannelSpec

_CHANNELS = (
    ChannelSpec("barometric_pressure", "hPa", 300.0, 1100.0),
    ChannelSpec("temperature", "degC", -40.0, 85.0),
    ChannelSpec("relative_humidity", "%", 0.0, 100.0),
)


def channels(_model: str, _settings: object) -> tuple[ChannelSpec, ...]:
    """Pressure as it is at the station, the temperature of the chip, humidity at that temperature."""
    return _CHANNELS
