"""Moving a law by a gain and an offset of its value: what one or two references in the field can do. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.config.conversions import COMPANIONS, KINDS, WIRING
from agent.quantity import factor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.acquire.calibration.session import Facts


def is_movable(facts: Facts) -> bool:
    """Whether the law in force can take a gain and an offset."""
    return facts.law.get("kind", "") in {"", "linear", "piecewise", "polynomial", "loop_4_20ma"}


def moved(facts: Facts, gain: float, offset: float) -> dict[str, Any]:
    """The law whose values are `gain` times those of the one in force, plus `offset` in the same unit."""
    scale = factor(law_unit(facts), facts.unit)
    law = own_numbers(facts)
    return _MOVED[law.get("kind", "")](facts, law, gain, offset / scale)


def law_unit(facts: Facts) -> str:
    """The unit in which the law gives its values, before they are stored in the channel's."""
    return str(facts.law.get("unit") or facts.unit)


def own_numbers(facts: Facts) -> dict[str, Any]:
    """What a calibration may say of the law in force: its kind and numbers, and what wiring is its own.

    Without the latter the numbers would mean something else: those in mbar would be read as kPa.
    """
    kind = facts.law.get("kind", "")
    if not kind:
        return {}
    keys = KINDS[kind].keys.keys() - COMPANIONS - (WIRING & facts.configured.keys())
    return {"kind": kind, **{key: facts.law[key] for key in keys if facts.law.get(key) is not None}}


def _points(_facts: Facts, law: Mapping[str, Any], gain: float, offset: float) -> dict[str, Any]:
    return {**law, "points": [[raw, gain * value + offset] for raw, value in law["points"]]}


def _coefficients(_facts: Facts, law: Mapping[str, Any], gain: float, offset: float) -> dict[str, Any]:
    constant, *others = (gain * each for each in law["coefficients"])
    return {**law, "coefficients": [constant + offset, *others]}


def _loop(_facts: Facts, law: Mapping[str, Any], gain: float, offset: float) -> dict[str, Any]:
    ends = {key: gain * law[key] + offset for key in ("at_4ma", "at_20ma")}
    return {**law, **ends}


def _unit_only(facts: Facts, _law: Mapping[str, Any], gain: float, offset: float) -> dict[str, Any]:
    """Without a law the unit alone is changed: that is a line through zero."""
    per_raw = factor(facts.raw_unit, facts.unit)
    ends = (facts.low, facts.high)
    points = [[raw, gain * per_raw * raw + offset] for raw in ends]
    return {"kind": "linear", "points": points, "unit": facts.unit}


_MOVED = {
    "": _unit_only,
    "linear": _points,
    "piecewise": _points,
    "polynomial": _coefficients,
    "loop_4_20ma": _loop,
}
