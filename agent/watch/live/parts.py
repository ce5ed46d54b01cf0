"""Which channel is what to the detectors: by its quantity, its neighbours on the sensor, and as told. Pure.

A sensor that measures soil moisture lies in the ground: its pH, conductivity and temperature are no water's.
The temperature of air, ground or a cabinet is nobody's; that of the water comes from a probe that hangs in
it. One well is one witness: where its level is worked out of its pressure, the pressure is not asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.config.watched import NOTHING, ROLES
from agent.watch.contract import Role
from agent.watch.vigil import Part

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from agent.model import Channel

_OF_WATER = {"ph", "conductivity", "dissolved_oxygen"}
_NOT_OF_SOIL = _OF_WATER | {"orp", "turbidity", "temperature"}


def parts(channels: Iterable[Channel], told: Mapping[str, Mapping[str, str]]) -> Mapping[str, Part]:
    """What each channel is, by its name; those that are nothing to the detectors are left out.

    Args:
        channels: all of the station.
        told: by sensor and quantity, the word of a role, or `none`: the configuration's `sensor.watch`.
    """
    channels = list(channels)
    measured: dict[str, set[str]] = {}
    for channel in channels:
        measured.setdefault(channel.sensor, set()).add(channel.quantity)
    found: dict[str, Part] = {}
    for channel in channels:
        word = told.get(channel.sensor, {}).get(channel.quantity)
        role = word or _usual(channel.quantity, measured[channel.sensor])
        factor = ROLES.get(channel.quantity, {}).get(role)
        if factor is not None:
            found[str(channel)] = Part(Role(role), factor)
    return found


def _usual(quantity: str, beside: Collection[str]) -> str:
    """What a quantity of a sensor is that measures all of `beside`."""
    if "soil_moisture" in beside and quantity in _NOT_OF_SOIL:
        return NOTHING
    if quantity == "temperature" and not _OF_WATER & set(beside):
        return NOTHING
    if quantity in {"tilt_x", "tilt_y"} and "tilt" in beside:
        return NOTHING
    if {"pore_pressure", "water_level"} <= set(beside):
        return {"pore_pressure": NOTHING, "water_level": Role.HEAD}.get(quantity) or _first(quantity)
    return _first(quantity)


def _first(quantity: str) -> str:
    return next(iter(ROLES.get(quantity, {NOTHING: 0.0})))
