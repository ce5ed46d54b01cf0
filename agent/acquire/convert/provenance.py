"""Every number of a conversion, for the body of its calibration: in ten years nobody knows what `3k` was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.acquire.convert.soil import EQUATIONS, TEROS_ROOT_PERMITTIVITY
from agent.acquire.convert.thermistor import CURVES
from agent.acquire.convert.turbidity import SEN0189_CURVE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.acquire.convert.contract import Companion

# What says nothing as long as the key beside it is not there. The ids of calibrations that were made before
# these keys existed depend on it.
_ONLY_WITH = {"rail_v": "rail", "thermal_sign": "thermal_per_c"}
_NAMES = {"source": "from"}


def numbers(table: Any, companions: Sequence[Companion]) -> Mapping[str, object]:
    """The table as it is used, what it calls by a name only, and the channels that correct the value."""
    keys = {"kind": "unit"} if table is None else {**vars(table), **_published(table)}
    said = {
        _NAMES.get(key, key): value
        for key, value in keys.items()
        if value is not None and key != "max_age_s" and keys.get(_ONLY_WITH.get(key, key)) is not None
    }
    named: dict[str, object] = {each.role: each.channel for each in companions}
    ages_s = {each.max_age_s for each in companions}
    return {**said, **named, **({"max_age_s": max(ages_s)} if ages_s else {})}


def _published(table: Any) -> Mapping[str, object]:
    """The numbers of the sum that the configuration calls by a name only."""
    if table.kind in EQUATIONS:
        return {"coefficients": EQUATIONS[table.kind]}
    if table.kind == "teros_permittivity":
        return {"root_coefficients": TEROS_ROOT_PERMITTIVITY}
    if table.kind == "sen0189":
        return {"coefficients": SEN0189_CURVE}
    if table.kind == "thermistor":
        return CURVES[table.curve]._asdict()
    return {}
