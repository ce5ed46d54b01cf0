"""The base of what a `[[sensor]]` table may say. Not in `contract`: a running station has no pydantic."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

# How a channel is named: SENSOR/QUANTITY.
CHANNEL_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,62}/[a-z0-9_]{1,63}$"


class Settings(BaseModel):
    """Base of every driver's settings: unknown keys are errors, and nothing changes after start."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
