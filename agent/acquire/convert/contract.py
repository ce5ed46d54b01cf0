"""What a conversion is: raw reading in, engineering value in the canonical unit out, pure and repeatable."""

from __future__ import annotations

import hashlib
import json
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.quality.verdict import Verdict, combine
from agent.model import Calibration, Flag, Input, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class ConversionError(ValueError):
    """A channel cannot be converted as configured. The text says what does not fit, and what would."""


class Converted(NamedTuple):
    """A value, or None where the raw signal stands for none, and what the law itself says against it."""

    value: float | None
    flag: Flag = Flag.GOOD
    why: Why = Why.NONE


NO_VALUE = Converted(None, Flag.MISSING, Why.BAD_ANSWER)
# Without a fresh good value of a companion a sum is made without that correction, and says so.
_UNCORRECTED = Verdict(Flag.SUSPECT, Why.COMPENSATION)


class Companion(NamedTuple):
    """Another channel that corrects a value: `SENSOR/QUANTITY`, in the canonical unit of that quantity.

    Attributes:
        role: what it is to the law: `temperature` (degC), `barometer` (kPa), `rail` (V).
        max_age_s: a good value that is older does not count, by the clock that nobody sets.
        low, high: nor does one outside; no law divides by zero within.
    """

    role: str
    channel: str
    max_age_s: float
    low: float
    high: float

    def taken(self, found: Input) -> Input:
        """What was found, if it may be used; else none, with the age of what there was."""
        if found.value is None or found.age_s is None:
            return found
        usable = self.low <= found.value <= self.high and found.age_s <= self.max_age_s
        return found if usable else found._replace(value=None)


class Calibrated(NamedTuple):
    """The law that a calibration made: a `convert` table, `kind` and numbers, under the record's id."""

    id: str
    law: Mapping[str, Any]


NO_INPUTS: Mapping[str, Input] = MappingProxyType({})


class Converter:
    """The law of one channel, its scale to the canonical unit, and the proof of both.

    value = round(law(raw, values) * factor, decimals). The calibration's body holds every number of that sum;
    those that were measured at the same time (`companions`) stand in the observation's inputs.

    Args:
        law: takes the raw number, and by role those of its companions that could be had.
        numbers: of the law, for the calibration's body.
        raw_unit: in which the raw number comes.
        factor: from what the law gives to `unit`.
        unit: of the value.
        decimals: to which the value is rounded.
        companions: the channels that correct it.
        calibration_id: of the record that the law comes from; else it is made of the body.
    """

    def __init__(
        self,
        law: Callable[[float, Mapping[str, float]], Converted],
        *,
        numbers: Mapping[str, object],
        raw_unit: str,
        factor: float,
        unit: str,
        decimals: int,
        companions: Sequence[Companion] = (),
        calibration_id: str | None = None,
    ) -> None:
        self.unit = unit
        self.companions = tuple(companions)
        self.calibration = _calibration(
            {**numbers, "raw_unit": raw_unit, "factor": factor, "unit": unit, "decimals": decimals},
            calibration_id,
        )
        self._law = law
        self._factor = factor
        self._decimals = decimals

    def convert(self, raw: float, inputs: Mapping[str, Input] = NO_INPUTS) -> Converted:
        """The value of a reading, in `unit`. A raw number that is not finite stands for no value.

        `inputs`: by role, what became of each of `companions` at that moment (`Companion.taken`).
        """
        if not isfinite(raw):
            return NO_VALUE
        values = {role: each.value for role, each in inputs.items() if each.value is not None}
        result = self._law(raw, values)
        if len(values) < len(self.companions):
            verdict = combine(Verdict(result.flag, result.why), _UNCORRECTED)
            result = Converted(result.value, *verdict)
        return self._scaled(result)

    def _scaled(self, result: Converted) -> Converted:
        if result.value is None:
            return result
        value = result.value * self._factor
        if not isfinite(value):
            return Converted(None, Flag.FAIL, Why.SENSOR_RANGE)
        # Adding zero turns the -0.0 that rounding can leave into 0.0.
        return result._replace(value=round(value, self._decimals) + 0.0)


def _calibration(numbers: Mapping[str, object], record_id: str | None) -> Calibration:
    """The same numbers give the same id for ever, whatever order they were written in."""
    body = json.dumps(numbers, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    if record_id is not None:
        return Calibration(record_id, body)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return Calibration(f"config-{digest[:8]}", body)
