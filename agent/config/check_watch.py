"""Checks on what channels are to the detectors: a quantity has few roles, and is read often enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.config.problem import Finding, Problem
from agent.config.tables import subtables, tables
from agent.config.watched import NOTHING, ROLES, SLOWEST_S
from agent.config.words import did_you_mean, literal, quote
from agent.quantity import QUANTITIES
from drivers.registry import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.config.schema import AnySensor, Config

NO_ROLE = "SG-C043"
SELDOM = "SG-C056"

# The temperature is the water's only beside what is watched anyway.
_BESIDE = frozenset({"temperature"})


def findings(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Every role that a quantity cannot have."""
    known = {role for can_be in ROLES.values() for role in can_be}
    for path, sensor in tables(document, "sensor"):
        for quantity, word in subtables(sensor, "watch").items():
            can_be = [*ROLES.get(quantity, ()), NOTHING]
            if quantity in QUANTITIES and word in known and word not in can_be:
                yield Finding(
                    code=NO_ROLE,
                    message=f"{quantity} cannot be {quote(word)} to the detectors",
                    path=(*path, "watch", quantity),
                    label=did_you_mean(word, can_be),
                    help=f"{quantity} can be {' or '.join(quote(each) for each in can_be)}",
                )


def warnings(config: Config) -> Iterator[Problem]:
    """Every sensor that the detectors listen to, and that is read so seldom that they hear late."""
    for sensor in config.sensor:
        watched = [quote(quantity) for quantity in _quantities(sensor) if _is_watched(sensor, quantity)]
        if watched and sensor.period_s > SLOWEST_S:
            yield Problem(
                code=SELDOM,
                level="warning",
                message=f'sensor "{sensor.id}" is read every {literal(sensor.period_s)} s, '
                f"too seldom for the detectors of {', '.join(watched)}",
                notes=("a hazard is believed from the second or third reading on",),
                help=f"period_s = 900 is what they are made for, {literal(SLOWEST_S)} the slowest; "
                f'or watch.QUANTITY = "{NOTHING}"',
            )


def _quantities(sensor: AnySensor) -> list[str]:
    channels = MODELS[sensor.model].channels(sensor.model, sensor)
    return [*(channel.quantity for channel in channels), *getattr(sensor, "derive", ())]


def _is_watched(sensor: AnySensor, quantity: str) -> bool:
    usual = NOTHING if quantity in _BESIDE else next(iter(ROLES.get(quantity, {NOTHING: 0.0})))
    return sensor.watch.get(quantity, usual) != NOTHING
