"""Climatology: what is usual in one month or at one hour is not in another. Pure.

After the QARTOD climatology test. Months and hours are those of UTC, and both ends of a span belong to it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.stateless import Stateless
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.model import Flag, Why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.acquire.quality.contract import Sample
    from agent.acquire.quality.reading import Limits

_UNKNOWN = Outcome(NOT_EVALUATED)
_GOOD = Outcome(GOOD)
_SUSPECT = Outcome(Verdict(Flag.SUSPECT, Why.CLIMATOLOGY))
_FAIL = Outcome(Verdict(Flag.FAIL, Why.CLIMATOLOGY))

_MONTHS, _HOURS = range(1, 13), range(24)


class Season(NamedTuple):
    """What is usual in some months, at some hours.

    Attributes:
        suspect: a value outside of it is suspect; in the value's unit, a value on a limit is inside.
        fail: a value outside of it fails.
        months: first and last, 1 to 12; (11, 2) is November to February.
        hours: first and last, 0 to 23, each whole; (22, 3) is from 22:00 until 04:00.
    """

    suspect: Limits
    fail: Limits | None = None
    months: tuple[int, int] = (1, 12)
    hours: tuple[int, int] = (0, 23)


class Climatology(Stateless):
    """The test.

    Args:
        seasons: where several hold a moment, the last of them counts.
    """

    def __init__(self, *, seasons: Sequence[Season]) -> None:
        self._seasons: dict[tuple[int, int], Season] = {}
        for season in seasons:
            months, hours = _span(season.months, _MONTHS), _span(season.hours, _HOURS)
            self._seasons |= {(month, hour): season for month in months for hour in hours}

    def update(self, sample: Sample) -> Outcome:
        """Not evaluated while the wall clock cannot be believed, and when no season holds."""
        if sample.utc_s is None:
            return _UNKNOWN
        at = datetime.fromtimestamp(sample.utc_s, UTC)
        season = self._seasons.get((at.month, at.hour))
        if season is None:
            return _UNKNOWN
        fail, suspect = season.fail, season.suspect
        if fail is not None and not fail.low <= sample.value <= fail.high:
            return _FAIL
        return _GOOD if suspect.low <= sample.value <= suspect.high else _SUSPECT


def _span(ends: tuple[int, int], whole: range) -> list[int]:
    """All from the first to the last, over the end of the year or day where the last comes before it."""
    first, last = ends
    if first not in whole or last not in whole:
        raise ValueError(f"from {first} to {last}: both must lie between {whole[0]} and {whole[-1]}")
    if first <= last:
        return list(range(first, last + 1))
    return [each for each in whole if each >= first or each <= last]
