"""Which other channels correct a value, as its table names them, and what they may say."""

from __future__ import annotations

from typing import Any

from agent.acquire.convert.contract import Companion
from agent.config.conversions import ROLES


def companion(role: str, channel: str, max_age_s: float) -> Companion:
    """A channel in its role."""
    return Companion(role, channel, max_age_s, ROLES[role].low, ROLES[role].high)


def companions(table: Any, told: Companion | None = None) -> tuple[Companion, ...]:
    """Those that a `convert` or `derive` table names, and the one that the instrument itself is told."""
    keys = {} if table is None else vars(table)
    named = [companion(role, keys[role], keys["max_age_s"]) for role in ROLES if keys.get(role)]
    return (*named, told) if told is not None else tuple(named)
