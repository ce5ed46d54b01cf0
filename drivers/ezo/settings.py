"""What a `[[sensor]]` on an EZO circuit says beyond what every sensor says."""

from __future__ import annotations

from pydantic import Field

from drivers.settings import CHANNEL_PATTERN, Settings


class EzoSettings(Settings):
    """One EZO circuit for ORP or temperature, alone on a UART or at an address of an I2C bus."""

    address: int | None = Field(
        default=None, ge=1, le=127, description="on an I2C bus; the factory's when left out"
    )
    response_timeout_s: float = Field(
        default=1.0,
        gt=0,
        le=5,
        description="longest wait for an answer, beyond the time that it should take",
    )


class EzoCompensatedSettings(EzoSettings):
    """One EZO circuit for pH, conductivity or dissolved oxygen, which all depend on the temperature."""

    temperature_c: float | None = Field(
        default=None,
        ge=-5,
        le=100,
        description="of the sample, told to the circuit with every reading; "
        "without it the circuit uses what it was told last, and 25 after its power was off",
    )
    temperature: str | None = Field(
        default=None,
        pattern=CHANNEL_PATTERN,
        description="instead: the channel that measures it",
    )
    max_age_s: float = Field(
        default=3600,
        gt=0,
        le=604_800,
        description="a good value of that channel that is older does not count",
    )
