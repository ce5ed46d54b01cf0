"""The gross-range judgement of one reading, pure: what speaks against it, and how much that weighs.

After the QARTOD gross range test (IOOS manuals): outside the instrument's span fails, outside what the site's
owner expects is suspect; a value on a limit is inside. The heaviest flag wins, all reasons stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.quality.verdict import GOOD, Verdict, combine
from agent.model import Flag, Why
from drivers.contract import Doubt

if TYPE_CHECKING:
    from agent.acquire.convert.contract import Converted
    from drivers.contract import ChannelSpec, Reading


class Limits(NamedTuple):
    """A closed interval."""

    low: float
    high: float


_DOUBTS = {
    Doubt.NONE: GOOD,
    Doubt.OVER_RANGE: Verdict(Flag.FAIL, Why.OVER_RANGE),
    Doubt.WARMING_UP: Verdict(Flag.SUSPECT, Why.WARMING_UP),
    Doubt.INVALID: Verdict(Flag.MISSING, Why.BAD_ANSWER),
}


def judge(reading: Reading, spec: ChannelSpec, converted: Converted, expect: Limits | None) -> Verdict:
    """Everything that can be said from one reading alone.

    `spec` holds the instrument's span in raw units; `expect` the site's, in the canonical unit of the value.
    """
    doubt = _DOUBTS[reading.doubt]
    law = Verdict(converted.flag, converted.why)
    if Flag.MISSING in (doubt.flag, law.flag) or reading.raw is None:
        return combine(doubt, law, _DOUBTS[Doubt.INVALID])
    return combine(doubt, law, in_span(reading.raw, spec), as_expected(converted.value, expect))


def in_span(raw: float, spec: ChannelSpec) -> Verdict:
    """Whether the instrument can measure this at all."""
    if spec.low <= raw <= spec.high:
        return GOOD
    return Verdict(Flag.FAIL, Why.SENSOR_RANGE)


def as_expected(value: float | None, expect: Limits | None) -> Verdict:
    """Whether the site's owner would believe it. Nothing to compare speaks for nothing."""
    if value is None or expect is None or expect.low <= value <= expect.high:
        return GOOD
    return Verdict(Flag.SUSPECT, Why.SITE_RANGE)
