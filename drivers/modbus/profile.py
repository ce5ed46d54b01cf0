"""A profile: one Modbus instrument's data sheet as data. README.md beside this says how to write one.

These are the types that the running station uses; `profile_schema` says what may stand in a file.
"""

from __future__ import annotations

import tomllib
from functools import cache
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from drivers.bus.serial import LineSettings
from drivers.contract import ChannelSpec
from drivers.modbus import kept
from drivers.modbus.decode import Form

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent / "profiles"
# Checked on an instrument, read in the maker's manual, or hearsay.
Trust = Literal["hardware", "manual", "community"]


class Block(NamedTuple):
    """Neighbouring registers that travel in one transaction."""

    function: Literal[3, 4]
    address: int
    length: int

    @property
    def registers(self) -> range:
        """The addresses it covers."""
        return range(self.address, self.address + self.length)


class Channel(NamedTuple):
    """One value: where it stands, how it is written, and what the instrument can measure."""

    spec: ChannelSpec
    address: int
    form: Form
    decimals_address: int | None = None  # where the instrument keeps the number of decimals
    diagnostic: bool = False  # it is about the instrument, and read on request only

    @property
    def registers(self) -> range:
        """The addresses it takes."""
        return range(self.address, self.address + self.form.registers)

    def within(self, block: Block) -> bool:
        """Whether a block holds all that is needed for it."""
        needed = [self.registers[0], self.registers[-1]]
        if self.decimals_address is not None:
            needed.append(self.decimals_address)
        return all(address in block.registers for address in needed)


class Command(NamedTuple):
    """Something said in raw bytes, function and data, and how long it takes until its effect is there."""

    body: bytes
    wait_s: float


class Inputs(NamedTuple):
    """How many gauges hang on the instrument, and how far apart their registers lie."""

    most: int
    step: int


class Profile(NamedTuple):
    """One model of instrument, with the line settings of the factory where they are known."""

    title: str
    response_timeout_s: float
    line: LineSettings | None
    read: tuple[Block, ...]
    channel: tuple[Channel, ...]
    warm_up_s: float = 0.0
    start: Command | None = None
    stop: Command | None = None
    wipe: Command | None = None
    inputs: Inputs | None = None
    trust: Trust | None = None
    calibrate: kept.Kept | None = None

    @property
    def channels(self) -> tuple[ChannelSpec, ...]:
        """What it measures."""
        return tuple(each.spec for each in self.channel)

    def block_of(self, channel: Channel) -> Block:
        """The first block that holds all of a channel."""
        return next(block for block in self.read if channel.within(block))


@cache
def load(model: str) -> Profile:
    """The profile that ships for `model`. The configuration's checks have found it sound before."""
    return load_file(FOLDER / f"{model}.toml")


@cache
def load_file(path: Path) -> Profile:
    """The profile in a file, read once. The configuration's checks have found it sound before."""
    return build(tomllib.loads(path.read_text(encoding="utf-8")))


def build(document: Mapping[str, Any]) -> Profile:
    """The profile that a sound document describes."""
    line, inputs = document.get("line"), document.get("inputs")
    return Profile(
        document["title"],
        float(document["response_timeout_s"]),
        None if line is None else _line(line),
        tuple(Block(each.get("function", 3), each["register"], each["count"]) for each in document["read"]),
        tuple(_channel(each) for each in document["channel"]),
        float(document.get("warm_up_s", 0.0)),
        _command(document.get("start")),
        _command(document.get("stop")),
        _command(document.get("wipe")),
        None if inputs is None else Inputs(inputs["count"], inputs["step"]),
        document.get("trust"),
        kept.build(document.get("calibrate")),
    )


def _line(table: Mapping[str, Any]) -> LineSettings:
    return LineSettings(table["baud"], table.get("parity", "none"), table.get("stop_bits", 1))


def _command(table: Mapping[str, Any] | None) -> Command | None:
    if table is None:
        return None
    return Command(bytes.fromhex(table["request"]), float(table.get("wait_s", 0.0)))


def _channel(table: Mapping[str, Any]) -> Channel:
    return Channel(
        ChannelSpec(table["quantity"], table["unit"], float(table["low"]), float(table["high"])),
        table["register"],
        _form(table),
        table.get("decimals_register"),
        table.get("diagnostic", False),
    )


def _form(table: Mapping[str, Any]) -> Form:
    low, high = table.get("valid") or (-inf, inf)
    return Form(
        table["type"],
        table.get("order", "ABCD"),
        float(table.get("scale", 1.0)),
        float(table.get("offset", 0.0)),
        tuple(table.get("invalid", ())),
        (float(low), float(high)),
    )
