"""What may stand in a profile's file, within which limits.

Checks everything that can be checked without the instrument and reports all problems at once. The defaults
of optional keys stand in `profile.build`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from drivers.modbus.decode import Order, Type  # noqa: TC001 - pydantic reads them at run time
from drivers.modbus.profile import FOLDER, Trust, build

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from drivers.modbus.profile import Channel, Profile

BODY = r"^(03|04|10)( [0-9A-F]{2}){4,32}$"
_MOST_REGISTERS = 125  # in one read (MODBUS Application Protocol V1.1b3, 6.3)
_LAST_REGISTER = 0xFFFF

Register = Annotated[int, Field(ge=0, le=0xFFFF, description="protocol address: 40001 in a manual is 0")]
Code = Annotated[int, Field(ge=0, le=255, description="in the high byte of the status")]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Wait = Annotated[float, Field(ge=0, le=600)]
# Function and data in hexadecimal, of a read or of a write of several registers: it is known how long their
# answers are.
Body = Annotated[str, Field(pattern=BODY)]


class ProfileError(Exception):
    """A profile that cannot be used. The text names the file and every problem in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LineTable(_Strict):
    """How the instrument's port is set when it leaves the factory."""

    baud: int = Field(ge=1200, le=115200)
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1


class BlockTable(_Strict):
    """Neighbouring registers that travel in one transaction."""

    function: Literal[3, 4] = Field(default=3, description="3 holding registers, 4 input registers")
    address: Register = Field(alias="register", examples=[0])
    count: int = Field(ge=1, le=_MOST_REGISTERS, description="how many registers", examples=[2])


class ChannelTable(_Strict):
    """One value: where it stands, how it is written, and what the instrument can measure."""

    quantity: str = Field(min_length=1, description="what is measured", examples=["ph"])
    unit: str = Field(
        min_length=1, description="the instrument's own, after scale and offset", examples=["pH"]
    )
    address: Register = Field(alias="register", examples=[0])
    type: Type = Field(description="how the number is written")
    order: Order = Field(default="ABCD", description="its bytes as they arrive, A the most significant")
    scale: float = Field(default=1.0, ge=1e-6, le=1e6, description="value = number * scale + offset")
    offset: float = Field(default=0.0, ge=-1e6, le=1e6, description="value = number * scale + offset")
    low: Finite = Field(description="least that the instrument can measure, in `unit`", examples=[0.0])
    high: Finite = Field(description="most that the instrument can measure, in `unit`", examples=[14.0])
    invalid: list[Finite] = Field(default=[], description='numbers before scaling that mean "no value"')
    valid: Annotated[list[Finite], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description='[low, high] of the number before scaling; outside means "no value"'
    )
    decimals_register: Register | None = Field(
        default=None, description="where the instrument keeps n: the value is divided by 10^n"
    )
    diagnostic: bool = Field(
        default=False, description="about the instrument itself; read where `diagnostics = true`"
    )

    @model_validator(mode="after")
    def _has_a_range(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        return self


class CommandTable(_Strict):
    """What is said in raw bytes; the instrument has to answer it."""

    request: Body
    wait_s: Wait = 0.0


class InputsTable(_Strict):
    """Several gauges on one instrument: each is a sensor of its own, and names its input."""

    count: int = Field(ge=2, le=256)
    step: int = Field(ge=1, le=256, description="registers from one input to the next")


class LineKeptTable(_Strict):
    """A calibration that the instrument keeps as a straight line: two floats, factor and offset."""

    kind: Literal["line"]
    quantity: str = Field(min_length=1, description="the channel that it is about")
    address: Register = Field(alias="register")
    order: Order = "ABCD"


class PointsKeptTable(_Strict):
    """A calibration that the instrument makes itself, of standards that it is told one by one as floats."""

    kind: Literal["points"]
    quantity: str = Field(min_length=1, description="the channel that it is about")
    address: Register = Field(alias="register")
    order: Order = "ABCD"
    wants: int = Field(ge=1, le=5, description="how many standards it wants")
    off: float = Field(gt=0, description="how far it may read from the last standard afterwards")
    status_register: Register
    done: Code
    more: Code
    refused: dict[Annotated[str, Field(pattern=r"^\d{1,3}$")], str] = Field(
        description="what the other codes mean"
    )


class _File(_Strict):
    """One model of instrument."""

    title: str = Field(min_length=1)
    manufacturer: str = Field(min_length=1)
    source: str = Field(min_length=1, description="the document that the map was taken from")
    trust: Trust = Field(description="checked on an instrument, read in the maker's manual, or hearsay")
    response_timeout_s: float = Field(gt=0, le=60, description="longest silence before an answer")
    warm_up_s: Wait = 0.0
    line: LineTable | None = None
    inputs: InputsTable | None = None
    start: CommandTable | None = None
    stop: CommandTable | None = None
    wipe: CommandTable | None = None
    calibrate: Annotated[LineKeptTable | PointsKeptTable, Field(discriminator="kind")] | None = None
    read: list[BlockTable]
    channel: list[ChannelTable]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        problems = flaws(build(self.model_dump(by_alias=True)))
        if problems:
            raise ValueError("; ".join(problems))
        return self


def flaws(profile: Profile) -> list[str]:
    """In what the tables of a profile, each right in itself, do not agree."""
    # Not a minimum length of the field: pydantic would count only channels that are right themselves.
    nothing = [] if profile.channel else ["there is no [[channel]]"]
    return [
        *nothing,
        *_repeated(profile),
        *_unread(profile),
        *_idle(profile),
        *_beyond(profile),
        *_astray(profile),
    ]


@cache
def checked(model: str) -> Profile:
    """The profile that ships for `model`, looked through first. Raises ProfileError."""
    return read_file(FOLDER / f"{model}.toml")


def read_file(path: Path) -> Profile:
    """The profile in a file. Raises ProfileError with every problem in it."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise ProfileError(f"{path}: cannot be read: it is not UTF-8 text") from error
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from error


def parse(text: str, name: str) -> Profile:
    """The profile written in `text`; `name` is the file for messages. Raises ProfileError."""
    try:
        document = tomllib.loads(text)
        _File.model_validate(document)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{name}: not valid TOML: {error}") from error
    except ValidationError as error:
        raise ProfileError("\n".join(f"{name}: {_in_words(each)}" for each in error.errors())) from error
    return build(document)


def _in_words(detail: ErrorDetails) -> str:
    where = ""
    for part in detail["loc"]:
        where += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    given = "" if isinstance(detail["input"], dict) else f" (it is {_short(detail['input'])})"
    return f"{where.lstrip('.')}: {detail['msg']}{given}" if where else detail["msg"]


def _short(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 40 else text[:37] + "..."  # noqa: PLR2004  only as long as an eye likes


def _repeated(profile: Profile) -> list[str]:
    names = [each.spec.quantity for each in profile.channel]
    return [f"{name} is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]


def _unread(profile: Profile) -> list[str]:
    return [
        f"no [[read]] covers the registers of {channel.spec.quantity}{_and_decimals(channel)}"
        for channel in profile.channel
        if not any(channel.within(block) for block in profile.read)
    ]


def _and_decimals(channel: Channel) -> str:
    return "" if channel.decimals_address is None else " together with its decimals_register"


def _idle(profile: Profile) -> list[str]:
    return [
        f"no channel needs the [[read]] at register 0x{block.address:04X}"
        for block in profile.read
        if not any(channel.within(block) for channel in profile.channel)
    ]


def _astray(profile: Profile) -> list[str]:
    about = None if profile.calibrate is None else profile.calibrate.quantity
    floats = {each.spec.quantity for each in profile.channel if each.form.type == "f32"}
    if about is None or about in floats:
        return []
    return [f"[calibrate] is about {about}, which is no [[channel]] of type f32"]


def _beyond(profile: Profile) -> list[str]:
    """The registers of the last input are the furthest, and an address has 16 bits."""
    further = 0 if profile.inputs is None else (profile.inputs.most - 1) * profile.inputs.step
    last = [(block, block.registers[-1] + further) for block in profile.read]
    of_input = "" if profile.inputs is None else f" for input {profile.inputs.most}"
    return [
        f"the [[read]] at register 0x{block.address:04X} would end{of_input} at 0x{end:04X}, "
        f"beyond the last register 0x{_LAST_REGISTER:04X}"
        for block, end in last
        if end > _LAST_REGISTER
    ]
