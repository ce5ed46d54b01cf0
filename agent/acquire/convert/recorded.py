"""The law of a calibration record as a `convert` table: its kind and numbers, in the configured wiring.

A record may be years old and written by hand: what does not fit is refused in words, never passed over.
"""

from __future__ import annotations

from math import isfinite
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from agent.acquire.convert.contract import ConversionError
from agent.config.conversions import KINDS, REQUIRED, WIRING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.acquire.convert.contract import Calibrated


def table_of(calibrated: Calibrated, config: Any) -> SimpleNamespace:
    """Raises ConversionError when the law is none that this agent knows, or not whole."""
    law = dict(calibrated.law)
    kind = law.pop("kind", None)
    if kind not in KINDS:
        raise ConversionError(
            f"calibration {calibrated.id}: unknown kind {kind!r}; known are {', '.join(KINDS)}"
        )
    keys = KINDS[kind].keys
    foreign = sorted(law.keys() - keys.keys())
    if foreign:
        raise ConversionError(f"calibration {calibrated.id}: {kind} has no {', '.join(foreign)}")
    _check_numbers(calibrated.id, law)
    wiring = {} if config is None else {key: value for key, value in vars(config).items() if key in WIRING}
    table = {**keys, **law, **{key: value for key, value in wiring.items() if key in keys}}
    lacking = [key for key, value in table.items() if value is REQUIRED]
    if lacking:
        raise ConversionError(f"calibration {calibrated.id}: its {kind} lacks {', '.join(lacking)}")
    return SimpleNamespace(kind=kind, **table)


def _check_numbers(record: str, law: dict[str, Any]) -> None:
    for key, value in law.items():
        if not all(isinstance(each, str | None) or _is_number(each) for each in _leaves(value)):
            raise ConversionError(f"calibration {record}: {key} is not made of numbers: {value!r}")


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and isfinite(value)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    else:
        yield value
