"""SDI-12 instruments in a document that may be wrong anywhere: where they are, and what they measure."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from agent.config.tables import tables, text
from agent.quantity import QUANTITIES
from drivers.registry import MODELS, SDI12, SDI12_GENERIC
from drivers.sdi12.profile import NAMED_BY_SENSOR, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.position import Path

Table = dict[str, Any]


def is_sdi12(sensor: Table) -> bool:
    """Whether a sensor names an SDI-12 model."""
    entry = MODELS.get(text(sensor, "model") or "")
    return entry is not None and entry.module == SDI12.module


def places(document: Table) -> Iterator[tuple[Path, str]]:
    """What each sensor takes up, in words: an address, or one input of a reader that several share."""
    models = defaultdict(set)
    placed = [
        (path, sensor, f"SDI-12 address {sensor['address']} on {text(sensor, 'bus')}")
        for path, sensor in tables(document, "sensor")
        if is_sdi12(sensor) and text(sensor, "address") and text(sensor, "bus")
    ]
    for _, sensor, address in placed:
        models[address].add(sensor["model"])
    for path, sensor, address in placed:
        if type(sensor.get("input")) is int and len(models[address]) == 1:
            yield (*path, "input"), f"input {sensor['input']} of {address}"
        else:
            yield (*path, "address"), address


def delivered(sensor: Table) -> dict[str, str]:
    """The unit in which an SDI-12 sensor gives each of its quantities; empty when that cannot be told."""
    if MODELS[sensor["model"]] == SDI12_GENERIC:
        units = {text(each, "quantity"): text(each, "unit") for _, each in tables(sensor, "channel")}
    else:
        units = {each["quantity"]: each["unit"] for each in load(sensor["model"])["channel"]}
        if NAMED_BY_SENSOR in units:
            units[text(sensor, "quantity")] = units.pop(NAMED_BY_SENSOR)
    return {name: unit for name, unit in units.items() if name in QUANTITIES and unit}


def names(path: Path, sensor: Table) -> Iterator[tuple[Path, str]]:
    """Every place where somebody wrote the name of a quantity, with that name."""
    own = (((*path, *where, "quantity"), each) for where, each in tables(sensor, "channel"))
    for place, table in chain([((*path, "quantity"), sensor)], own):
        name = text(table, "quantity")
        if name is not None:
            yield place, name
