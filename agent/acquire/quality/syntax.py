"""Syntax: a logger's code for "no value" that came as a number is no measurement. Pure.

Loggers write -9999, -99.99 or 7999 where they have nothing. Taken for a value, it wrecks every mean and
alarms everybody. The code stands in the instrument's unit: where a conversion follows, give this test the raw
number.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.stateless import Stateless
from agent.acquire.quality.verdict import GOOD, Verdict
from agent.model import Flag, Why

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.acquire.quality.contract import Sample

# -99.99 is -99.989998 on the wire when it travels in four bytes.
_SINGLE = 2.0**-23

_GOOD = Outcome(GOOD)
_FAIL = Outcome(Verdict(Flag.FAIL, Why.SYNTAX))


class Syntax(Stateless):
    """The test.

    Args:
        codes: the numbers that mean "no value", in the unit of the samples; each is known again after a
            journey in single precision.
    """

    def __init__(self, *, codes: Iterable[float]) -> None:
        self._spans = _spans(tuple(codes))

    def update(self, sample: Sample) -> Outcome:
        """Fails on a code, and is good on everything else."""
        for low, high in self._spans:
            if low <= sample.value <= high:
                return _FAIL
        return _GOOD


@lru_cache(maxsize=16)  # nearly all channels of a station have the same codes
def _spans(codes: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    return tuple((code - abs(code) * _SINGLE, code + abs(code) * _SINGLE) for code in codes)
