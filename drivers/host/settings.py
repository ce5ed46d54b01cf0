"""What a `[[sensor]]` that is the computer itself says beyond what every sensor says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from drivers.settings import Settings

_Name = Literal["cpu_temperature", "throttled", "memory_available", "disk_free"]


class HostSettings(Settings):
    """The computer that the station runs on."""

    quantities: Annotated[list[_Name], Field(min_length=1)] = Field(
        default=["cpu_temperature", "throttled", "memory_available", "disk_free"],
        description="what to measure; only a Raspberry Pi knows `throttled`",
    )
    disk: str = Field(default="/", min_length=1, max_length=4096, description="a folder on the disk to watch")
