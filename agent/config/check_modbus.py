"""Modbus instruments in a document that may be wrong anywhere: where they are, and what they measure."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.config.tables import tables, text
from agent.quantity import QUANTITIES
from drivers.modbus.profile_schema import ProfileError, checked, read_file
from drivers.registry import MODBUS, MODBUS_GENERIC, MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config import position
    from drivers.modbus.profile import Profile

Table = dict[str, Any]


def is_modbus(sensor: Table) -> bool:
    """Whether a sensor names a Modbus model."""
    return MODELS.get(text(sensor, "model") or "") in (MODBUS, MODBUS_GENERIC)


def places(document: Table) -> Iterator[tuple[position.Path, str]]:
    """What each sensor takes up, in words, where nobody else may be: a unit, or one input of a shared one."""
    models = defaultdict(set)
    placed = [
        (path, sensor, f"unit {sensor['unit']} on {text(sensor, 'bus')}")
        for path, sensor in tables(document, "sensor")
        if is_modbus(sensor) and type(sensor.get("unit")) is int and text(sensor, "bus")
    ]
    for _, sensor, unit in placed:
        models[unit].add(sensor["model"])
    for path, sensor, unit in placed:
        if type(sensor.get("input")) is int and len(models[unit]) == 1:
            yield (*path, "input"), f"input {sensor['input']} of {unit}"
        else:
            yield (*path, "unit"), unit


def delivered(sensor: Table) -> dict[str, str]:
    """The unit in which a Modbus sensor gives each of its quantities; empty when that cannot be told."""
    profile = profile_of(sensor)
    if profile is None:
        units = {text(each, "quantity"): text(each, "unit") for _, each in tables(sensor, "channel")}
    else:
        units = {each.quantity: each.raw_unit for each in profile.channels}
    renamed = text(sensor, "quantity")
    if renamed and profile is not None and profile.inputs:
        units = {renamed: profile.channels[0].raw_unit}
    return {name: unit for name, unit in units.items() if name in QUANTITIES and unit}


def names(path: position.Path, sensor: Table) -> Iterator[tuple[position.Path, str]]:
    """Every place where somebody wrote the name of a quantity, with that name."""
    own = (((*path, *where, "quantity"), each) for where, each in tables(sensor, "channel"))
    for place, table in chain([((*path, "quantity"), sensor)], own):
        name = text(table, "quantity")
        if name is not None:
            yield place, name
    profile = profile_of(sensor) if "profile" in sensor else None
    for channel in profile.channels if profile else ():
        yield (*path, "profile"), channel.quantity


def profile_of(sensor: Table) -> Profile | None:
    """The profile in a file, ours or one's own. The schema has complained about one that is wrong: None."""
    model, own = text(sensor, "model") or "", text(sensor, "profile")
    try:
        if MODELS.get(model) == MODBUS:
            return checked(model)
        return None if own is None else read_file(Path(own))
    except ProfileError:
        return None
