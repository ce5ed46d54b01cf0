"""Middles and spreads that a few wild values do not move. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAD_TO_SD = 1.4826
"""A normal distribution's standard deviation in median absolute deviations."""


def median(values: Iterable[float]) -> float:
    """The middle. Raises IndexError when there is none."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else 0.5 * (ordered[half - 1] + ordered[half])


def quantile(values: Iterable[float], share: float) -> float:
    """The value that a share lies below, without interpolation."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: Sequence[float], middle: float) -> float:
    """A standard deviation from the median distance to the middle."""
    return MAD_TO_SD * median(abs(value - middle) for value in values)


def slope(values: Sequence[tuple[float, float]]) -> float:
    """Theil-Sen: the median slope of all pairs (x, y); 0 under two. For daily values, not for samples."""
    slopes = [
        (y2 - y1) / (x2 - x1) for at, (x1, y1) in enumerate(values) for x2, y2 in values[at + 1 :] if x2 > x1
    ]
    return median(slopes) if slopes else 0.0


def percent(logarithm: float) -> float:
    """A difference of logarithms as a change in percent."""
    return 100.0 * math.expm1(logarithm)
