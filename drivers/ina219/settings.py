"""What a `[[sensor]]` that is an INA219 says beyond what every sensor says."""

from __future__ import annotations

from pydantic import Field

from drivers.settings import Settings


class Ina219Settings(Settings):
    """A Texas Instruments INA219 in the supply line."""

    address: int = Field(default=0x40, ge=0x40, le=0x4F, description="set by the pins A0 and A1")
    shunt_ohm: float = Field(default=0.1, gt=0, le=10, description="resistor that the current flows through")
