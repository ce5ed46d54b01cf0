"""A profile: one Modbus instrument's data sheet as data. README.md beside this says how to write one.

These are the types that the running station uses; `profile_schema` says what may stand in a file.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from drivers.bus.serial import LineSettings
from drivers.contract import ChannelSpec
from drivers.modbus.decode import Form

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent / "profiles"


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
    """One value: where it stands and how it is written."""

    quantity: str
    address: int
    form: Form

    @property
    def registers(self) -> range:
        """The addresses it takes."""
        return range(self.address, self.address + self.form.registers)

    def within(self, block: Block) -> bool:
        """Whether a block holds all of it."""
        return self.registers[0] in block.registers and self.registers[-1] in block.registers


class Profile(NamedTuple):
    """One model of instrument, with the line settings with which it leaves the factory."""

    title: str
    response_timeout_s: float
    line: LineSettings
    read: tuple[Block, ...]
    channel: tuple[Channel, ...]
    channels: tuple[ChannelSpec, ...]  # of the same values: what the instrument can measure

    def block_of(self, channel: Channel) -> Block:
        """The first block that holds all of a channel."""
        return next(block for block in self.read if channel.within(block))


@cache
def load(model: str) -> Profile:
    """The profile that ships for `model`. The configuration's checks have found it sound before."""
    return build(tomllib.loads((FOLDER / f"{model}.toml").read_text(encoding="utf-8")))


def build(document: Mapping[str, Any]) -> Profile:
    """The profile that a sound document describes."""
    channels = document["channel"]
    return Profile(
        document["title"],
        float(document["response_timeout_s"]),
        _line(document["line"]),
        tuple(Block(each.get("function", 3), each["register"], each["count"]) for each in document["read"]),
        tuple(Channel(each["quantity"], each["register"], _form(each)) for each in channels),
        tuple(
            ChannelSpec(each["quantity"], each["unit"], float(each["low"]), float(each["high"]))
            for each in channels
        ),
    )


def _line(table: Mapping[str, Any]) -> LineSettings:
    return LineSettings(table["baud"], table.get("parity", "none"), table.get("stop_bits", 1))


def _form(table: Mapping[str, Any]) -> Form:
    return Form(
        table["type"],
        table.get("order", "ABCD"),
        float(table.get("scale", 1.0)),
        float(table.get("offset", 0.0)),
        tuple(table.get("invalid", ())),
    )
