"""Whether a calibration still belongs to the channel that it was made for. Pure.

Its numbers are worth nothing behind another instrument, another raw unit or another wiring. One that does not
fit is not used, and the reason is told: a guess would be found years later, if ever.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.config.conversions import COMPANIONS, KINDS, REQUIRED
from agent.quantity import QUANTITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.acquire.calibration.record import CalibrationRecord


class Place(NamedTuple):
    """A channel as it is configured now: what a calibration for it is made for."""

    model: str
    raw_unit: str
    unit: str
    config_law: Mapping[str, Any] = MappingProxyType({})


def config_law(table: Any) -> dict[str, Any]:
    """A `convert` table as JSON, without its companions; empty for none."""
    keys = {} if table is None else vars(table)
    law = {key: value for key, value in keys.items() if key not in COMPANIONS and value is not None}
    found: dict[str, Any] = json.loads(json.dumps(law))
    return found


def misfit(record: CalibrationRecord, place: Place) -> str:
    """Why it cannot be used there, in words; "" when it can."""
    for what, then, now in (
        ("for a", record.model, place.model),
        ("from", record.raw_unit, place.raw_unit),
        ("to", record.unit, place.unit),
    ):
        if then != now:
            return f"it was made {what} {then}, and the configuration has {now}"
    changed = _changed(record.quantity, record.config_law, place.config_law)
    if changed:
        return f"`convert.{record.quantity}` of the configuration has changed since it was made: {changed}"
    return ""


def _changed(quantity: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The first key that differs. One that only a later agent knows says nothing."""
    if bool(before) != bool(after):
        return "there was none" if after else "it is gone"
    then, now = _whole(quantity, before), _whole(quantity, after)
    for key in sorted(then.keys() & now.keys(), key=lambda key: (key != "kind", key)):
        if then[key] != now[key]:
            return f"{key} was {_short(then[key])}, is {_short(now[key])}"
    return ""


def _whole(quantity: str, law: Mapping[str, Any]) -> dict[str, Any]:
    """With what its kind means where it says nothing: what comes or goes is a change then."""
    kind = KINDS.get(law.get("kind", ""))
    keys = {} if kind is None else kind.keys
    usual = {key: value for key, value in keys.items() if value is not REQUIRED and key not in COMPANIONS}
    whole = {**usual, **law}
    if "unit" in whole and whole["unit"] is None and quantity in QUANTITIES:
        whole["unit"] = QUANTITIES[quantity].units[0]
    return whole


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - a line of a terminal
