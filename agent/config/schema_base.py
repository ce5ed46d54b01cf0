"""What every table of the configuration is made of: strictness, and the types that several tables share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agent.config.patterns import CHANNEL, IDENT, IN_WORDS, REFERENCE

Ident = Annotated[str, Field(pattern=IDENT, description=IN_WORDS[IDENT])]
ChannelName = Annotated[str, Field(pattern=CHANNEL, description=IN_WORDS[CHANNEL])]
Reference = Annotated[str, Field(pattern=REFERENCE)]
Range = Annotated[list[float], Field(min_length=2, max_length=2, description="[low, high]")]
Point = Annotated[list[float], Field(min_length=2, max_length=2, description="[raw, value]")]
FilePath = Annotated[Path, Field(strict=False)]  # TOML has no type for paths

# Strict: "60" is not 60, and 1 is not true. Neither NaN nor infinity is a setting.
STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, strict=True, allow_inf_nan=False)


class Strict(BaseModel):
    """Unknown keys are errors; nothing changes after start; values never show in error texts."""

    model_config = STRICT
