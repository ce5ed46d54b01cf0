"""Does a course of days bend downwards? A parabola by least squares. Pure.

A recession slows down, so its parabola opens upwards; a leak that grows opens it downwards. Three numbers per
course are steadier than day against day: what one noisy day adds to a difference is spread over all.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_ROUGH = 0.0015  # m: no head is smoother than its instrument


class Bend(NamedTuple):
    """A course of daily values, in their unit.

    Attributes:
        loss: a day, at the end; below zero when it rises.
        loss_before: a day, at the beginning.
        sure: the growth of the loss in its own standard errors.
        rough: what the parabola leaves, as a share of the whole loss; infinite when nothing is lost.
    """

    loss: float
    loss_before: float
    sure: float
    rough: float


def bend(daily: Sequence[float]) -> Bend:
    """Of four days at the least, evenly apart, oldest first."""
    days = len(daily)
    xs = [at - 0.5 * (days - 1) for at in range(days)]
    mean, mean_square = sum(daily) / days, sum(x * x for x in xs) / days
    curves = [x * x - mean_square for x in xs]  # orthogonal to the straight line
    slope = sum(x * y for x, y in zip(xs, daily, strict=True)) / (days * mean_square)
    weight = sum(each * each for each in curves)
    curve = sum(each * y for each, y in zip(curves, daily, strict=True)) / weight
    left = [y - mean - slope * x - curve * each for x, y, each in zip(xs, daily, curves, strict=True)]
    rough = max(_LEAST_ROUGH, sqrt(sum(each * each for each in left) / (days - 3)))
    lost = daily[0] - daily[-1]
    return Bend(
        loss=-slope - 2.0 * curve * xs[-1],
        loss_before=-slope - 2.0 * curve * xs[0],
        sure=-curve * sqrt(weight) / rough,
        rough=rough / lost if lost > 0.0 else inf,
    )
