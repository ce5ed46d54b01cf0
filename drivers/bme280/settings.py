"""What a `[[sensor]]` that is a BME280 says beyond what every sensor says."""

from __future__ import annotations

from pydantic import Field

from drivers.settings import Settings


class Bme280Settings(Settings):
    """A Bosch BME280: air pressure, temperature and humidity."""

    address: int = Field(default=0x76, ge=0x76, le=0x77, description="0x76, or 0x77 with SDO at 3.3 V")
