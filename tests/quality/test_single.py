"""The tests that judge each value by itself, and the gap."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from agent.acquire.quality.climatology import Climatology, Season
from agent.acquire.quality.contract import Sample
from agent.acquire.quality.flat_line import FlatLine
from agent.acquire.quality.gap import Gap
from agent.acquire.quality.reading import Limits
from agent.acquire.quality.syntax import Syntax
from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.model import Flag, Why

_CODES = (-9999.0, -999.9, -99.99, 7999.0)


@pytest.mark.parametrize("code", _CODES)
def test_a_code_for_no_value_fails_also_in_single_precision(code: float) -> None:
    (single,) = struct.unpack("<f", struct.pack("<f", code))
    for number in (code, single):
        outcome = Syntax(codes=_CODES).update(Sample(0.0, number))
        assert outcome.now == Verdict(Flag.FAIL, Why.SYNTAX)


@pytest.mark.parametrize("value", [-9998.0, -99.98, -100.0, 0.0, 7998.9, 7999.1])
def test_a_value_near_a_code_is_a_value(value: float) -> None:
    assert Syntax(codes=_CODES).update(Sample(0.0, value)).now == GOOD


def test_a_flat_line_needs_a_length() -> None:
    with pytest.raises(ValueError, match="needs suspect_s or fail_s"):
        FlatLine(suspect_s=None, longest_gap_s=60.0)


def test_a_value_behind_a_gap_is_good_and_says_so() -> None:
    """A gap is as long as the time between two values, however many were missed."""
    test = Gap(longest_s=60.0)
    assert test.update(Sample(0.0, 1.0)).now == NOT_EVALUATED
    assert test.update(Sample(60.0, 1.0)).now == GOOD
    test.missed(120.0)
    assert test.update(Sample(120.5, 1.0)).now == Verdict(Flag.GOOD, Why.GAP)


def _at(month: int, hour: int, value: float) -> Sample:
    return Sample(0.0, value, datetime(2023, month, 15, hour, 30, tzinfo=UTC).timestamp())


_WARM, _COLD = Limits(10.0, 20.0), Limits(0.0, 5.0)
_YEAR = Climatology(
    seasons=[
        Season(_WARM, months=(3, 10)),
        Season(_COLD, Limits(-1.0, 6.0), months=(11, 2), hours=(22, 3)),
    ]
)


@pytest.mark.parametrize(
    ("month", "hour", "value", "flag"),
    [
        (3, 0, 10.0, Flag.GOOD),
        (10, 23, 20.1, Flag.SUSPECT),
        (11, 22, 5.0, Flag.GOOD),
        (12, 0, 5.1, Flag.SUSPECT),
        (2, 3, 6.1, Flag.FAIL),
        (2, 4, 5.0, Flag.NOT_EVALUATED),
        (12, 21, 5.0, Flag.NOT_EVALUATED),
    ],
)
def test_seasons_go_over_the_end_of_year_and_day(month: int, hour: int, value: float, flag: Flag) -> None:
    verdict = _YEAR.update(_at(month, hour, value)).now
    assert verdict.flag is flag
    assert (verdict.why == Why.CLIMATOLOGY) is (flag in (Flag.SUSPECT, Flag.FAIL))


def test_the_last_season_that_holds_counts() -> None:
    test = Climatology(seasons=[Season(_WARM), Season(_COLD, months=(1, 1), hours=(6, 6))])
    assert test.update(_at(1, 6, 3.0)).now == GOOD
    assert test.update(_at(1, 7, 3.0)).now.flag is Flag.SUSPECT


def test_without_the_time_of_year_nothing_is_said() -> None:
    assert _YEAR.update(Sample(0.0, 99.0)).now == NOT_EVALUATED


@pytest.mark.parametrize("season", [Season(_WARM, months=(0, 5)), Season(_WARM, hours=(1, 24))])
def test_a_month_or_hour_that_there_is_not_is_refused(season: Season) -> None:
    with pytest.raises(ValueError, match="both must lie between"):
        Climatology(seasons=[season])
