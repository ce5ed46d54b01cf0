"""What a `[[sensor]]` on a Modbus line says beyond what every sensor says."""

from __future__ import annotations

from pydantic import Field

from drivers.settings import Settings


class ModbusSettings(Settings):
    """One instrument on an RS-485 line. Everything else about it stands in its profile."""

    unit: int = Field(ge=1, le=247, description="Modbus address of the instrument", examples=[1])
    response_timeout_s: float | None = Field(
        default=None, gt=0, le=60, description="longest wait for an answer; the profile knows a good one"
    )
