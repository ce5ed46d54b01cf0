"""What a `[[sensor]]` that is a Chirp probe says beyond what every sensor says."""

from __future__ import annotations

from pydantic import Field

from drivers.settings import Settings


class ChirpSettings(Settings):
    """The Catnip (Chirp) capacitive soil moisture probe over I2C."""

    address: int = Field(default=0x20, ge=0x08, le=0x77, description="0x20 unless it was changed")
