"""A profile: one SDI-12 instrument's data sheet as data. README.md beside this says how to write one.

These are the types that the running station uses; `tables` and `profile_schema` say what may stand in a file.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from drivers.contract import ChannelSpec, Doubt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = Path(__file__).parent / "profiles"
GENERIC = "sdi12-generic"

# In a profile: the quantity that the sensor's own `quantity` names, for a reader of gauges of any kind.
NAMED_BY_SENSOR = "*"
INPUT_IN_COMMAND = "{input}"


class Place(NamedTuple):
    """Which of an instrument's values is a channel, and which numbers mean "no value"."""

    quantity: str
    value: int  # counted from 1, as manuals do
    invalid: tuple[float, ...]

    def doubt(self, number: float) -> Doubt:
        """What the instrument says against this number."""
        return Doubt.INVALID if number in self.invalid else Doubt.NONE


class Profile(NamedTuple):
    """One instrument: what to ask it, and what its values are."""

    title: str
    command: str  # without address and exclamation mark: M, CC, R0
    places: tuple[Place, ...]
    channels: tuple[ChannelSpec, ...]  # of the same values: what the instrument can measure

    @property
    def fewest_values(self) -> int:
        """How many values must come at least."""
        return max(place.value for place in self.places)


def for_sensor(model: str, settings: Any) -> Profile:
    """The profile of one configured sensor: that of its model, at its input; or its own table."""
    if model == GENERIC:
        return build(GENERIC, settings.command, [vars(each) for each in settings.channel])
    document = load(model)
    command, channels = document["command"], document["channel"]
    if "inputs" not in document:
        return build(document["title"], command, channels)
    return build(
        f"{document['title']}, input {settings.input}",
        command.replace(INPUT_IN_COMMAND, str(settings.input)),
        [_at_input(each, settings, first_input=document["inputs"][0]) for each in channels],
    )


@cache
def load(model: str) -> dict[str, Any]:
    """The document that ships for `model`. The tests have found it sound."""
    return tomllib.loads((FOLDER / f"{model}.toml").read_text(encoding="utf-8"))


def build(title: str, command: str, channels: Sequence[Mapping[str, Any]]) -> Profile:
    """The profile that a sound list of channels makes."""
    return Profile(
        title,
        command,
        tuple(
            Place(each["quantity"], each["value"], tuple(float(code) for code in each.get("invalid", ())))
            for each in channels
        ),
        tuple(
            ChannelSpec(each["quantity"], each["unit"], float(each["low"]), float(each["high"]))
            for each in channels
        ),
    )


def _at_input(channel: Mapping[str, Any], settings: Any, *, first_input: int) -> Mapping[str, Any]:
    name = channel["quantity"]
    further = channel.get("per_input", 0) * (settings.input - first_input)
    quantity = settings.quantity if name == NAMED_BY_SENSOR else name
    return {**channel, "quantity": quantity, "value": channel["value"] + further}
