"""Which other channels correct a value, as its table names them, and what they may say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.convert.contract import Companion

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(NamedTuple):
    """What a companion must be. Beyond `low` and `high` it is broken, whatever its own limits say."""

    quantity: str
    low: float
    high: float


ROLES: Mapping[str, Role] = {
    "temperature": Role("temperature", -50.0, 100.0),
    # The lowest and the highest pressure where people work: 6000 m up, and below sea level in a high.
    "barometer": Role("barometric_pressure", 45.0, 115.0),
    "rail": Role("supply_voltage", 0.5, 100.0),
}


def companion(role: str, channel: str, max_age_s: float) -> Companion:
    """A channel in its role."""
    return Companion(role, channel, max_age_s, ROLES[role].low, ROLES[role].high)


def companions(table: Any, told: Companion | None = None) -> tuple[Companion, ...]:
    """Those that a `convert` or `derive` table names, and the one that the instrument itself is told."""
    keys = {} if table is None else vars(table)
    named = [companion(role, keys[role], keys["max_age_s"]) for role in ROLES if keys.get(role)]
    return (*named, told) if told is not None else tuple(named)
