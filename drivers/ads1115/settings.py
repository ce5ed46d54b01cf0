"""What a `[[sensor]]` on an ADS1115 input says beyond what every sensor says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from drivers.settings import Settings


class Ads1115Settings(Settings):
    """One instrument wired to one input (or input pair) of an ADS1115. Several sensors may share a chip."""

    address: int = Field(default=0x48, ge=0x48, le=0x4B, description="set by the ADDR pin")
    input: Literal["A0", "A1", "A2", "A3", "A0-A1", "A0-A3", "A1-A3", "A2-A3"]
    quantity: str = Field(description="what the instrument on this input measures", examples=["water_level"])
    gain: Literal["2/3", "1", "2", "4", "8", "16"] = Field(
        default="1", description="full scale 6.144, 4.096, 2.048, 1.024, 0.512, 0.256 V"
    )
    rate_sps: Literal[8, 16, 32, 64, 128, 250, 475, 860] = Field(
        default=128, description="samples per second"
    )
    samples: int = Field(default=3, ge=1, le=64, description="conversions per reading; their median is taken")
    reference_input: Literal["A0", "A1", "A2", "A3"] | None = Field(
        default=None, description="the input that measures the supply of a ratiometric instrument"
    )
    reference_v: float = Field(
        default=3.3,
        gt=0,
        le=5.8,
        description="supply at which the conversion holds; readings are scaled to it",
    )
