"""Electrode health: the pH of an electrode whose slope or offset is out of bounds is suspect. Pure.

The bounds are those of the calibration of a pH electrode (docs/quality.md): an electrode beyond them is not
calibrated but replaced, and until then its values carry the reason.
"""

from __future__ import annotations

from typing import NamedTuple

from agent.acquire.quality.verdict import GOOD, NOT_EVALUATED, Verdict
from agent.model import Flag, Why

_SUSPECT = Verdict(Flag.SUSPECT, Why.ELECTRODE)


class Bounds(NamedTuple):
    """What an electrode may show.

    Attributes:
        slope_low: of the ideal slope, in %.
        slope_high: likewise.
        offset_mv: its signal at pH 7, up or down.
    """

    slope_low: float
    slope_high: float
    offset_mv: float


def judge(bounds: Bounds, slope_percent: float | None, offset_mv: float | None) -> Verdict:
    """What is known of the electrode; not evaluated while nothing is."""
    if slope_percent is None and offset_mv is None:
        return NOT_EVALUATED
    if slope_percent is not None and not bounds.slope_low <= slope_percent <= bounds.slope_high:
        return _SUSPECT
    return _SUSPECT if offset_mv is not None and abs(offset_mv) > bounds.offset_mv else GOOD
