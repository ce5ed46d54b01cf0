"""What a `[[sensor]]` on an SDI-12 line says beyond what every sensor says."""

from __future__ import annotations

from pydantic import Field, field_validator

from drivers.sdi12.codec import ADDRESS_PATTERN, COMMAND_PATTERN
from drivers.sdi12.tables import ChannelTable, repeated
from drivers.settings import Settings


class Sdi12Settings(Settings):
    """One instrument on an SDI-12 line. Everything else about it stands in its profile."""

    address: str = Field(
        pattern=ADDRESS_PATTERN,
        description='one letter or digit in quotes; a new instrument has "0"',
        examples=["0"],
    )
    response_timeout_s: float | None = Field(
        default=None,
        gt=0,
        le=10,
        description="longest silence before an answer; the adapter sets a good one",
    )
    retries: int = Field(
        default=2, ge=0, le=5, description="how often a question without a good answer is asked again"
    )


class Sdi12GaugeSettings(Sdi12Settings):
    """One vibrating-wire gauge at one input of a reader on an SDI-12 line."""

    quantity: str = Field(description="what the gauge measures", examples=["pore_pressure"])


class Avw200Settings(Sdi12GaugeSettings):
    """A vibrating-wire gauge at one channel of a Campbell AVW200."""

    input: int = Field(ge=1, le=2, description="channel of the AVW200", examples=[1])


class Vibwire108Settings(Sdi12GaugeSettings):
    """A vibrating-wire gauge at one channel of a Keynes VibWire-108."""

    input: int = Field(ge=0, le=7, description="channel of the VibWire-108", examples=[0])


class Sdi12GenericSettings(Sdi12Settings):
    """An SDI-12 instrument that the configuration itself describes."""

    command: str = Field(
        default="M",
        pattern=COMMAND_PATTERN,
        description="M, C or R, with C behind it for a checksum, and a number: M, MC1, C, CC, R0",
    )
    channel: list[ChannelTable] = Field(min_length=1, description="its values, one table each")

    @field_validator("channel")
    @classmethod
    def _each_once(cls, channel: list[ChannelTable]) -> list[ChannelTable]:
        twice = repeated([each.quantity for each in channel])
        if twice:
            raise ValueError(f"{', '.join(twice)} is there twice; a sensor gives each quantity once")
        return channel
