"""The tests that look at a window, beside those of ioos_qc, with the rules of where we differ.

Their flat line looks back over rows, ours over time. Where both windows hold the same values the flags must
be equal; where not, ours is told by looking at its window anew. A window whose samples share a grain may
begin up to one grain late, no more.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from ioos_qc import qartod

from agent.acquire.quality.attenuated import Attenuated, Measure
from agent.acquire.quality.flat_line import FlatLine
from agent.acquire.quality.window import GRAINS
from agent.model import Flag
from benchmarks.quality.agreement import Agreement
from benchmarks.quality.beside import NOT_EVALUATED, Levels
from benchmarks.quality.series import over, run, spread

if TYPE_CHECKING:
    from benchmarks.quality.series import Flags, Floats, Mask, Series

# Of the largest value in a window: some hundred sums of doubles, each exact to 1.1e-16.
_ROUNDING = 1e-13

GOOD, SUSPECT, FAIL = int(Flag.GOOD), int(Flag.SUSPECT), int(Flag.FAIL)


def flat_line(
    series: Series, lasting_s: Levels, tolerance: float, longest_gap_s: float = math.inf
) -> Agreement:
    """On the tolerance is within it; and a signal that has not moved yet is not good yet."""
    suspect_s, fail_s = lasting_s
    test = FlatLine(suspect_s=suspect_s, fail_s=fail_s, tolerance=tolerance, longest_gap_s=longest_gap_s)
    agreement = Agreement(run(test, series).flags, _their_flat_lines(series, lasting_s, tolerance))
    inclusive = _their_flat_lines(series, lasting_s, math.nextafter(tolerance, math.inf))
    agreement.rule("on the tolerance", agreement.theirs != inclusive, inclusive)
    present = series.present
    there = series.only(present)
    begins_s = there.segment_begins_s(longest_gap_s)
    others = np.zeros(len(there.t_s), dtype=np.bool_)
    for length_s in lasting_s:
        others |= _begins(there.t_s, begins_s, length_s) != _their_begins(series, length_s)
    grain_s = max(lasting_s) / GRAINS
    shared = _shares_grain(there.t_s, max(lasting_s), grain_s)
    looked_at = others | shared
    true = spread(present, _flat(there, begins_s, lasting_s, tolerance, looked_at))
    late_s = Levels(suspect_s + grain_s, fail_s + grain_s)
    late = spread(present, _flat(there, begins_s, late_s, tolerance, looked_at))
    agreement.rule("other values in the window", over(present, others), true)
    agreement.rule("thinned", over(present, shared), true, late)
    waits = there.t_s - begins_s < min(lasting_s)
    agreement.rule("not moved yet", over(present, waits & _stays(there, begins_s, tolerance)), NOT_EVALUATED)
    return agreement


def attenuated(
    series: Series, below: Levels, window_s: float, measure: Measure, longest_gap_s: float = math.inf
) -> Agreement:
    """We wait for a whole window, and our standard deviation has no errors of what has left it."""
    test = Attenuated(
        suspect=below.suspect,
        fail=below.fail,
        window_s=window_s,
        measure=measure,
        longest_gap_s=longest_gap_s,
    )
    theirs = qartod.attenuated_signal_test(
        series.values, series.times, *below, test_period=window_s, check_type=measure.value
    )
    agreement = Agreement(run(test, series).flags, theirs)
    present = series.present
    there = series.only(present)
    grain_s = window_s / GRAINS
    if measure is Measure.RANGE:
        # Their range of a window is none as soon as one value of it is missing.
        holed = _holds(~present, series.t_s, window_s) & present
        flags, *_ = _varying(there, below, window_s, measure, holed[present])
        agreement.rule("a missing value in the window", holed, spread(present, flags))
    if measure is Measure.STD:
        # Where both differ, the sum done anew decides.
        anew = _varying(there, below, window_s, measure, agreement.differs[present])
        differs = agreement.differs & present
        agreement.rule("rounding", differs, *(spread(present, flags) for flags in anew))
    shared = _shares_grain(there.t_s, window_s, grain_s)
    permitted = _varying(there, below, window_s, measure, shared, late_s=grain_s)
    agreement.rule("thinned", over(present, shared), *(spread(present, flags) for flags in permitted))
    begins_s = there.segment_begins_s(longest_gap_s)
    waits = there.t_s - begins_s < window_s
    is_first = begins_s == there.t_s[:1]
    agreement.rule("the first window", over(present, waits & is_first), NOT_EVALUATED)
    agreement.rule("the first window behind a gap", over(present, waits & ~is_first), NOT_EVALUATED)
    return agreement


def _their_flat_lines(series: Series, lasting_s: Levels, tolerance: float) -> Flags:
    theirs = qartod.flat_line_test(series.values, series.times, *lasting_s, tolerance=tolerance)
    return np.asarray(theirs, dtype=np.int64)


def _begins(t_s: Floats, begins_s: Floats, length_s: float) -> Flags:
    """Where our window of each value begins: the last value so long ago; -1 where there is none."""
    begins = np.searchsorted(t_s, t_s - length_s, side="right") - 1
    return np.where((begins >= 0) & (t_s[begins] >= begins_s), begins, -1)


def _their_begins(series: Series, length_s: float) -> Flags:
    """Where theirs begins, counted in values: so many rows before; -1 where there are not so many."""
    present = series.present
    step_s = int(np.median(np.diff(series.t_s)))
    rows = np.flatnonzero(present) - int(length_s) // step_s
    values_before = np.r_[0, np.cumsum(present)]
    return np.where(rows >= 0, values_before[np.maximum(rows, 0)], -1)


def _flat(there: Series, begins_s: Floats, lasting_s: Levels, tolerance: float, where: Mask) -> Flags:
    """By looking at each whole window anew."""
    flags = np.full(len(there.t_s), GOOD)
    for length_s, flag in zip(lasting_s, (SUSPECT, FAIL), strict=True):
        begins = _begins(there.t_s, begins_s, length_s)
        for index in np.flatnonzero(where & (begins >= 0)):
            if np.ptp(there.values[begins[index] : index + 1]) <= tolerance:
                flags[index] = flag
    return flags


def _stays(there: Series, begins_s: Floats, tolerance: float) -> Mask:
    """Whether everything since the last gap lies within the tolerance."""
    stays = np.zeros(len(there.t_s), dtype=np.bool_)
    for begin_s in np.unique(begins_s):
        part = begins_s == begin_s
        values = there.values[part]
        stays[part] = np.maximum.accumulate(values) - np.minimum.accumulate(values) <= tolerance
    return stays


def _shares_grain(t_s: Floats, length_s: float, grain_s: float) -> Mask:
    """Whether two samples within the window, or a grain before it, are so near that they may share one."""
    near = np.r_[0, np.cumsum(np.diff(t_s, prepend=-np.inf) < grain_s)]
    begins = np.searchsorted(t_s, t_s - length_s - 2 * grain_s, side="left")
    mask: Mask = near[np.arange(len(t_s)) + 1] > near[begins]
    return mask


def _holds(mask: Mask, t_s: Floats, window_s: float) -> Mask:
    """Whether the mask is set anywhere in the window that ends with each row."""
    number = np.r_[0, np.cumsum(mask)]
    begins = np.searchsorted(t_s, t_s - window_s, side="right")
    holds: Mask = number[np.arange(len(t_s)) + 1] > number[begins]
    return holds


def _varying(
    there: Series, below: Levels, window_s: float, measure: Measure, where: Mask, late_s: float = 0.0
) -> list[Flags]:
    """By looking at each window anew, begun with any value of its first `late_s`: what may be."""
    varies = _std if measure is Measure.STD else _range
    permitted = [np.full(len(there.t_s), GOOD) for _ in range(3)]
    for index in np.flatnonzero(where):
        begin, last = np.searchsorted(
            there.t_s, there.t_s[index] - window_s + np.array([0.0, late_s]), side="right"
        )
        found = [
            _less(varied, below)
            for each in range(begin, min(max(last, begin + 1), index + 1))
            for varied in varies(there.values[each : index + 1])
        ]
        for flags, flag in zip(permitted, (found[0], max(found), min(found)), strict=True):
            flags[index] = flag
    return permitted


def _less(varies: float, below: Levels) -> int:
    if varies < below.fail:
        return FAIL
    return SUSPECT if varies < below.suspect else GOOD


def _range(values: Floats) -> tuple[float, ...]:
    return (float(np.ptp(values)),)


def _std(values: Floats) -> tuple[float, ...]:
    """Added up exactly, and where it may lie for one who has only doubles."""
    mean = math.fsum(values) / len(values)
    std = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    slack = _ROUNDING * float(np.abs(values).max())
    return std, std - slack, std + slack
