"""What a `[[sensor]]` that is a BMP388 says beyond what every sensor says."""

from __future__ import annotations

from pydantic import Field

from drivers.settings import Settings


class Bmp388Settings(Settings):
    """A Bosch BMP388 or BMP390 barometer."""

    address: int = Field(default=0x77, ge=0x76, le=0x77, description="0x77, or 0x76 with SDO at GND")
