"""What may stand in a profile's file, within which limits.

Checks everything that can be checked without the instrument and reports all problems at once.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from drivers.sdi12.codec import is_command
from drivers.sdi12.profile import INPUT_IN_COMMAND
from drivers.sdi12.tables import ChannelTable, repeated

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class ProfileError(Exception):
    """A profile that cannot be used. The text names the file and every problem in it."""


class _Channel(ChannelTable):
    per_input: int = Field(default=0, ge=0, le=9, description="how many values further at the next input")


class _File(BaseModel):
    """One model of instrument."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: str = Field(min_length=1)
    manufacturer: str = Field(min_length=1)
    source: str = Field(min_length=1, description="the document that the values were taken from")
    trust: Literal["hardware", "manual", "community"] = Field(
        description="checked on an instrument, read in the maker's manual, or hearsay"
    )
    command: str
    inputs: list[int] | None = Field(default=None, min_length=2, max_length=2, description="[first, last]")
    channel: list[_Channel]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        problems = [f"{name} is there twice" for name in repeated([each.quantity for each in self.channel])]
        if not self.channel:
            problems.append("there is no [[channel]]")
        if not is_command(self.command.replace(INPUT_IN_COMMAND, "1")):
            problems.append(f"{self.command!r} is no measurement command, such as M, MC1, C, CC or R0")
        if self.inputs is None and self._speaks_of_inputs():
            problems.append("it speaks of an input, but has no `inputs`")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _speaks_of_inputs(self) -> bool:
        return INPUT_IN_COMMAND in self.command or any(each.per_input for each in self.channel)


def check(text: str, name: str) -> None:
    """Look through the profile in `text`; `name` is the file for messages.

    Raises ProfileError with every problem in it.
    """
    try:
        _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{name}: not valid TOML: {error}") from error
    except ValidationError as error:
        raise ProfileError("\n".join(f"{name}: {_in_words(each)}" for each in error.errors())) from error


def _in_words(detail: ErrorDetails) -> str:
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in detail["loc"])
    return f"{where}: {detail['msg']}" if where else detail["msg"]
