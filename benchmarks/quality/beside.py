"""The tests that look at one or two values, beside those of ioos_qc, with the rules of where we differ."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from ioos_qc import qartod

from agent.acquire.convert.contract import Converted
from agent.acquire.quality.climatology import Climatology
from agent.acquire.quality.gap import Gap
from agent.acquire.quality.rate import Rate
from agent.acquire.quality.reading import judge
from agent.acquire.quality.spike import Method, Spike
from agent.model import Flag, Why
from benchmarks.quality.agreement import Agreement, above
from benchmarks.quality.series import has, over, run, spread
from drivers.contract import ChannelSpec, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.acquire.quality.climatology import Season
    from agent.acquire.quality.reading import Limits
    from benchmarks.quality.series import Flags, Floats, Mask, Series

NOT_EVALUATED = int(Flag.NOT_EVALUATED)


class Levels(NamedTuple):
    """Two thresholds of one test."""

    suspect: float
    fail: float


def gross_range(series: Series, fail: Limits, suspect: Limits) -> Agreement:
    """No difference. Ours judges each reading when it is made, before anything is known of the past."""
    spec = ChannelSpec("ph", "pH", *fail)
    raws = (value if math.isfinite(value) else None for value in series.values.tolist())
    readings = (Reading(spec.quantity, raw) for raw in raws)
    ours = [judge(each, spec, Converted(each.raw), suspect).flag for each in readings]
    theirs = qartod.gross_range_test(series.values, fail, suspect)
    return Agreement(np.array(ours, dtype=np.int64), theirs)


def climatology(series: Series, period: Literal["month", "hour"], seasons: Sequence[Season]) -> Agreement:
    """Seasons of one kind each: theirs know months or hours, not both at once."""
    ours = run(Climatology(seasons=seasons), series)
    members = [
        {
            "tspan": season.months if period == "month" else season.hours,
            "vspan": season.suspect,
            "fspan": season.fail,
            "period": period,
        }
        for season in seasons
    ]
    nowhere = np.full(len(series.values), np.nan)
    agreement = Agreement(ours.flags, qartod.climatology_test(members, series.values, series.times, nowhere))
    agreement.rule("a missing value", ~series.present, int(Flag.MISSING))
    return agreement


def gap(series: Series, longest_s: float) -> Agreement:
    """Of the values that are there. Ours is good, with a reason; the reason stands for their failure here."""
    there = series.only(series.present)
    ours = run(Gap(longest_s=longest_s), there)
    # Theirs is in hours, cut to whole seconds.
    theirs = qartod.time_gap_test(there.times, (longest_s + 0.5) / 3600)
    agreement = Agreement(np.where(has(Why.GAP, ours), int(Flag.FAIL), ours.flags), theirs)
    agreement.rule("the first value", np.arange(len(there.t_s)) == 0, NOT_EVALUATED)
    return agreement


def spike(series: Series, levels: Levels, method: Method, longest_gap_s: float = math.inf) -> Agreement:
    """Our neighbours are the nearest values, if they are near enough; theirs, the rows beside."""
    test = Spike(suspect=levels.suspect, fail=levels.fail, method=method, longest_gap_s=longest_gap_s)
    agreement = Agreement(
        run(test, series, one_late=True).flags, _their_spikes(series.values, levels, method)
    )
    if 0 in levels:
        # They take a threshold of 0 for none.
        levels = Levels(*(each or math.ulp(0) for each in levels))
        counted = _their_spikes(series.values, levels, method)
        agreement.rule("a threshold of 0", agreement.theirs != counted, counted)
    present = series.present
    there = series.only(present)
    begins_s = there.segment_begins_s(longest_gap_s)
    nearest = np.full(len(there.t_s), NOT_EVALUATED)
    for begin_s in np.unique(begins_s):
        part = begins_s == begin_s
        nearest[part] = _their_spikes(there.values[part], levels, method)
    flags = spread(present, nearest)
    agreement.rule("beside a missing value", present & _beside(~present), flags)
    is_first = there.t_s == begins_s
    agreement.rule("beside a gap", over(present, is_first | np.r_[is_first[1:], False]), flags)
    return agreement


def rate(series: Series, per_s: Levels, longest_gap_s: float = math.inf) -> Agreement:
    """We compare with the value before, if it is near enough, and take the time as it is."""
    ours = run(Rate(suspect_per_s=per_s.suspect, fail_per_s=per_s.fail, longest_gap_s=longest_gap_s), series)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # they divide by nothing
        agreement = Agreement(ours.flags, qartod.rate_of_change_test(series.values, series.times, *per_s))
    present = series.present
    there = series.only(present)
    passed_s = np.diff(there.t_s, prepend=np.nan)
    flags = spread(present, above(_per_s(there.values, passed_s), *per_s))
    agreement.rule("behind a missing value", present & np.r_[False, ~present[:-1]], flags)
    agreement.rule("parts of a second", over(present, passed_s % 1 > 0), flags)
    agreement.rule("no time passed", over(present, passed_s == 0), NOT_EVALUATED)
    agreement.rule("behind a gap", over(present, passed_s > longest_gap_s), NOT_EVALUATED)
    agreement.rule("the first value", over(present, np.isnan(passed_s)), NOT_EVALUATED)
    return agreement


def _per_s(values: Floats, passed_s: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(np.diff(values, prepend=np.nan)) / passed_s


def _their_spikes(values: Floats, levels: Levels, method: Method) -> Flags:
    return np.asarray(qartod.spike_test(values, *levels, method=method.value), dtype=np.int64)


def _beside(mask: Mask) -> Mask:
    beside: Mask = np.r_[mask[1:], False] | np.r_[False, mask[:-1]]
    return beside
