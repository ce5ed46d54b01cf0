"""The law of a calibration record as a `convert` table: its kind and numbers, in the configured wiring.

A record may be years old and written by hand: what does not fit is refused in words, never passed over.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from agent.acquire.convert.contract import ConversionError
from agent.config.conversions import COMPANIONS, KINDS, REQUIRED, WIRING
from agent.config.limits import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.acquire.convert.contract import Calibrated


def table_of(calibrated: Calibrated, config: Any) -> SimpleNamespace:
    """Raises ConversionError when the law is none that this agent knows, not whole, or for another wiring."""
    law = {key: value for key, value in calibrated.law.items() if value is not None}
    kind = law.pop("kind", None)
    if not isinstance(kind, str) or kind not in KINDS:
        raise ConversionError(
            f"calibration {calibrated.id}: unknown kind {kind!r}; known are {', '.join(KINDS)}"
        )
    keys = KINDS[kind].keys
    foreign = sorted(law.keys() - keys.keys())
    if foreign:
        raise ConversionError(f"calibration {calibrated.id}: {kind} has no {', '.join(foreign)}")
    wrong = "; ".join(faults(kind, law))
    if wrong:
        raise ConversionError(f"calibration {calibrated.id}: its {kind} cannot be: {wrong}")
    wiring = _wiring(config)
    _check_wiring(calibrated.id, law, wiring)
    table = {**keys, **law, **{key: value for key, value in wiring.items() if key in keys}}
    lacking = [key for key, value in table.items() if value is REQUIRED]
    if lacking:
        raise ConversionError(f"calibration {calibrated.id}: its {kind} lacks {', '.join(lacking)}")
    return SimpleNamespace(kind=kind, **table)


def _wiring(config: Any) -> dict[str, Any]:
    """What the configuration says of it; what it leaves open a law may say."""
    keys = {} if config is None else vars(config)
    return {key: value for key, value in keys.items() if key in WIRING and value is not None}


def _check_wiring(record: str, law: Mapping[str, Any], wiring: Mapping[str, Any]) -> None:
    """Where both speak and differ nobody knows which is right. Raises ConversionError."""
    for key in sorted(law.keys() & WIRING):
        if key in wiring and law[key] != wiring[key]:
            raise ConversionError(
                f"calibration {record}: its law has {key} {law[key]!r}, and the configuration {wiring[key]!r}"
            )
        if key in COMPANIONS and key not in wiring:
            raise ConversionError(
                f"calibration {record}: its law names {key}; what corrects it stands in the configuration"
            )
