"""The `calibrate` tables as types: how long a calibration is believed."""

from __future__ import annotations

from pydantic import Field

from agent.config.schema_base import Strict


class Calibrate(Strict):
    """How long the calibrations of a quantity are good, and when somebody is reminded."""

    valid_days: float | None = Field(
        default=None,
        ge=0,
        le=36500,
        description="days that a calibration is good for, 0: for ever; default: by quantity, 28 for pH",
    )
    remind_days: float = Field(
        default=7.0, ge=0, le=365, description="so many days before its date somebody is reminded"
    )
