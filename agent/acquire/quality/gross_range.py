"""Gross range: outside what can be fails, outside what the site's owner expects is suspect. Pure.

After the QARTOD gross range test. A value on a limit is inside. `reading.py` judges the instrument's span in
its own raw unit; this one judges the value, and so catches what a conversion makes of a raw number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.stateless import Stateless
from agent.acquire.quality.verdict import GOOD, Verdict, combine
from agent.model import Flag, Why

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample
    from agent.acquire.quality.reading import Limits

_GOOD = Outcome(GOOD)
_FAIL = Verdict(Flag.FAIL, Why.SENSOR_RANGE)
_SUSPECT = Verdict(Flag.SUSPECT, Why.SITE_RANGE)


class GrossRange(Stateless):
    """The test.

    Args:
        fail: outside of it the value fails; in its unit. None: nothing is too far out to fail.
        suspect: outside of it the value is suspect.
    """

    def __init__(self, *, fail: Limits | None = None, suspect: Limits | None = None) -> None:
        for limits in (fail, suspect):
            if limits is not None and not limits.low <= limits.high:
                raise ValueError(f"a range from {limits.low} to {limits.high} is upside down")
        self._fail = fail
        self._suspect = suspect

    def update(self, sample: Sample) -> Outcome:
        """Both reasons stand where both ranges are left."""
        is_failed = _outside(sample.value, self._fail)
        is_suspect = _outside(sample.value, self._suspect)
        if not is_failed and not is_suspect:
            return _GOOD
        return Outcome(combine(_FAIL if is_failed else GOOD, _SUSPECT if is_suspect else GOOD))


def _outside(value: float, limits: Limits | None) -> bool:
    return limits is not None and not limits.low <= value <= limits.high
