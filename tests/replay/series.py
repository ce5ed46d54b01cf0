"""Histories in the long form, for tests: a quiet stream of `water_site`, and what happens to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agent.watch.contract import Role
from tests.watch.water_site import fallen, risen, ticks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.watch.water_site import Change

NAMES = {Role.PH: "ph", Role.EC: "ec_us_cm", Role.RAIN: "rain_mm"}
ACID: dict[Role, Change] = {Role.PH: fallen(1.8, 4.0), Role.EC: risen(0.4, 4.0)}


def iso(utc_s: float) -> str:
    return datetime.fromtimestamp(utc_s, UTC).isoformat().replace("+00:00", "Z")


def history(
    days: float, changes: dict[Role, Change] | None = None, names: Mapping[Role, str] = NAMES, seed: int = 5
) -> list[str]:
    """A row for each value, without the heading; in order of time."""
    return [
        f"{iso(tick.utc_s)},{names[role]},{sample.value!r}\n"
        for tick in ticks(days, changes, seed=seed)
        for role, channels in tick.samples.items()
        for sample in channels.values()
    ]


HEAD = "time_utc,sensor,value\n"
