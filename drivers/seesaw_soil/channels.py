"""What a seesaw soil sensor delivers. A conversion has to say what its counts mean."""

from __future__ import annotations

from drivers.contract import ChannelSpec

# About 200 in dry soil and 2000 in water; above this it was no reading (Adafruit library, moisture_read).
HIGHEST_COUNTS = 4095
_CHANNELS = (
    ChannelSpec("soil_moisture", "counts", 1.0, float(HIGHEST_COUNTS)),
    ChannelSpec("temperature", "degC", -40.0, 105.0),
)


def channels(_model: str, _settings: object) -> tuple[ChannelSpec, ...]:
    """Capacitance in counts, and the temperature of the chip, good to 2 degrees."""
    return _CHANNELS
