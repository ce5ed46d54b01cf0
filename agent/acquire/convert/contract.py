"""What a conversion is: raw reading in, engineering value in the canonical unit out, pure and repeatable."""

from __future__ import annotations

import hashlib
import json
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Calibration, Flag, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class ConversionError(ValueError):
    """A channel cannot be converted as configured. The text says what does not fit, and what would."""


class Converted(NamedTuple):
    """A value, or None where the raw signal stands for none, and what the law itself says against it."""

    value: float | None
    flag: Flag = Flag.GOOD
    why: Why = Why.NONE


NO_VALUE = Converted(None, Flag.MISSING, Why.BAD_ANSWER)


class Converter:
    """The law of one channel, its scale to the canonical unit, and the proof of both.

    value = round(law(raw) * factor, decimals). The calibration's body holds every number of that sum.
    """

    def __init__(
        self,
        law: Callable[[float], Converted],
        *,
        numbers: Mapping[str, object],
        raw_unit: str,
        factor: float,
        unit: str,
        decimals: int,
    ) -> None:
        self.unit = unit
        self.calibration = _calibration(
            {**numbers, "raw_unit": raw_unit, "factor": factor, "unit": unit, "decimals": decimals}
        )
        self._law = law
        self._factor = factor
        self._decimals = decimals

    def convert(self, raw: float) -> Converted:
        """The value of a reading, in `unit`. A raw number that is not finite stands for no value."""
        if not isfinite(raw):
            return NO_VALUE
        result = self._law(raw)
        if result.value is None:
            return result
        value = result.value * self._factor
        if not isfinite(value):
            return Converted(None, Flag.FAIL, Why.SENSOR_RANGE)
        # Adding zero turns the -0.0 that rounding can leave into 0.0.
        return result._replace(value=round(value, self._decimals) + 0.0)


def _calibration(numbers: Mapping[str, object]) -> Calibration:
    """The same numbers give the same id for ever, whatever order they were written in."""
    body = json.dumps(numbers, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return Calibration(f"config-{digest[:8]}", body)
