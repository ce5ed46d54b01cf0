"""What others would flag in the same series: a Hampel filter, and ioos_qc with thresholds of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ioos_qc import qartod
from numpy.lib.stride_tricks import sliding_window_view

from agent.acquire.quality.learned.traits import TRAITS
from agent.acquire.quality.standard import CODES
from agent.model import Flag

if TYPE_CHECKING:
    from benchmarks.quality.series import Flags, Floats, Series
    from benchmarks.quality.site import Channel

_HAMPEL_VALUES, _HAMPEL_MADS = 12, 30.0
_NORMAL_MAD = 1.4826
_LEARN_S = 30 * 86400.0
_FLAT_S = 12 * 3600.0


def hampel(channel: Channel) -> Flags:
    """Trailing, causal: further from the median of the 12 values before than 30 of their MADs.

    A MAD is taken for no less than what instruments of this quantity resolve, the same as in our tests.
    """
    series = channel.series
    flags = _codes(series)
    where = series.present & (flags == int(Flag.GOOD))
    values = series.values[where]
    if len(values) <= _HAMPEL_VALUES:
        return flags
    windows = sliding_window_view(values, _HAMPEL_VALUES)[:-1]
    middle = np.median(windows, axis=1)
    mad = _NORMAL_MAD * np.median(np.abs(windows - middle[:, None]), axis=1)
    floor = _least(channel, middle)
    far = np.abs(values[_HAMPEL_VALUES:] - middle) > _HAMPEL_MADS * np.maximum(mad, floor)
    mine = np.full(len(values), int(Flag.GOOD))
    mine[_HAMPEL_VALUES:][far] = int(Flag.SUSPECT)
    flags[where] = mine
    return flags


def ioos(channel: Channel) -> Flags:
    """Gross range, spike, rate of change and flat line; thresholds from the site's first 30 days."""
    series = channel.series
    flags = _codes(series)
    where = series.present & (flags == int(Flag.GOOD))
    mine = series.only(where)
    first = mine.values[mine.t_s < mine.t_s[0] + _LEARN_S]
    low, high = np.quantile(first, [0.0005, 0.9995])
    widen = 0.5 * (high - low)
    steps = np.abs(np.diff(first))
    step_s = float(np.median(np.diff(mine.t_s)))
    step = max(float(np.quantile(steps, 0.999)), _resolution(first))
    several = [
        qartod.gross_range_test(mine.values, fail_span=(low - widen, high + widen)),
        qartod.spike_test(mine.values, suspect_threshold=step, fail_threshold=3 * step),
        qartod.rate_of_change_test(mine.values, mine.times, threshold=2 * step / step_s),
        qartod.flat_line_test(
            mine.values, mine.times, suspect_threshold=_FLAT_S, fail_threshold=4 * _FLAT_S, tolerance=1e-9
        ),
    ]
    bad = np.zeros(len(mine.values), dtype=np.bool_)
    for each in several:
        bad |= np.isin(np.asarray(each), (int(Flag.SUSPECT), int(Flag.FAIL)))
    flags[where] = np.where(bad, int(Flag.SUSPECT), int(Flag.GOOD))
    return flags


def _codes(series: Series) -> Flags:
    """Loggers' codes for no value fail: everybody would configure them."""
    return np.where(np.isin(series.values, CODES), int(Flag.FAIL), int(Flag.GOOD))


def _least(channel: Channel, middle: Floats) -> Floats:
    traits = TRAITS.get(channel.quantity)
    if traits is None:
        return np.full(len(middle), _resolution(channel.series.values))
    least: Floats = np.full(len(middle), traits.least / channel.factor)
    return least if traits.log_from is None else traits.least * (np.abs(middle) + traits.log_from)


def _resolution(values: Floats) -> float:
    """The smallest difference that occurs."""
    steps = np.diff(np.unique(values))
    return float(steps.min()) if len(steps) else 1.0
