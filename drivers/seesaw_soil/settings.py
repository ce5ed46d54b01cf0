"""What a `[[sensor]]` that is a seesaw soil sensor says beyond what every sensor says."""

from __future__ import annotations

from pydantic import Field

from drivers.settings import Settings


class SeesawSoilSettings(Settings):
    """The Adafruit STEMMA soil sensor (seesaw) over I2C."""

    address: int = Field(default=0x36, ge=0x36, le=0x39, description="0x36, plus the bridges AD0 and AD1")
