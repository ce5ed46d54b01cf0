"""What a Chirp probe delivers. Counts depend on supply and soil: a conversion has to say what they mean."""

from __future__ import annotations

from drivers.contract import ChannelSpec

HIGHEST_COUNTS = 1023  # of a converter of 10 bits
_CHANNELS = (
    ChannelSpec("soil_moisture", "counts", 1.0, float(HIGHEST_COUNTS)),
    ChannelSpec("temperature", "degC", -40.0, 85.0),
)


def channels(_model: str, _settings: object) -> tuple[ChannelSpec, ...]:
    """Capacitance in counts, and the temperature of the probe."""
    return _CHANNELS
