"""From a glass electrode in buffers to its law, its figures, and what to make of it. Pure.

Sources: slope grades and settling times after Corning, model 440 manual, p. 18; offset, and span between pH 4
and 7 (150 to 186 mV, referred to 25 degC), after Hanna Instruments, HI 991300 manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.convert.ph import (
    Buffered,
    Electrode,
    Grade,
    ideal_slope_mv,
    offset_grade,
    slope_at,
    slope_grade,
    slope_percent,
    three_points,
    two_points,
)
from agent.acquire.convert.thermistor import ZERO_C_IN_K

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEUTRAL = 7.0
_REFERENCE_C = 25.0
_SPAN_PH = 3.0
_SHORTEST_SPAN_MV, _LONGEST_SPAN_MV = 150.0, 186.0
_QUICK_S, _SLOW_S = 30.0, 60.0
_FEWEST, _MOST = 2, 3
# 85 % of slope and 30 mV of offset, each the last that is taken, make 0.95 pH at pH 4.
_FAR_PH = 1.0
# Beyond that the buffers did not stand together long enough for anybody to know their temperature.
FARTHEST_APART_C = 5.0


class Dip(NamedTuple):
    """The electrode at rest in one buffer: the pH at its temperature, its mV, how long it took to settle."""

    ph: float
    mv: float
    temperature_c: float
    settled_s: float


class Finding(NamedTuple):
    """One thing that was found: its grade, and in words what it is and what to do about it."""

    grade: Grade
    text: str


def looks_like(mv: float, temperature_c: float) -> float:
    """The pH that an ideal electrode would mean with this signal."""
    return _NEUTRAL + mv / ideal_slope_mv(temperature_c)


def is_another(dip: Dip) -> bool:
    """Whether the signal does not fit the buffer, even of an electrode that is just fit for use."""
    return abs(looks_like(dip.mv, dip.temperature_c) - dip.ph) > _FAR_PH


def expected_ph(dip: Dip, used_c: float) -> float:
    """What a channel says of this buffer that is corrected for another temperature than the buffer has."""
    return _at(dip, used_c).ph


def fitted(dips: Sequence[Dip], before: Electrode) -> Electrode:
    """The electrode through one to three buffers. Raises ValueError when two have the same pH.

    One buffer moves the offset only, and the slopes stay as they were `before`.
    """
    at_c = sum(dip.temperature_c for dip in dips) / len(dips)
    points = sorted((_at(dip, at_c) for dip in dips), key=lambda point: point.ph)
    if len(points) == _MOST:
        return three_points(points[0], points[1], points[2], at_c)
    if len(points) == _FEWEST:
        return two_points(points[0], points[1], at_c)
    acid_mv = slope_at(before.acid_slope_mv, before.temperature_c, at_c)
    base_mv = slope_at(before.base_slope_mv, before.temperature_c, at_c)
    beside_mv = base_mv if points[0].ph >= _NEUTRAL else acid_mv
    return Electrode(points[0].mv + beside_mv * (_NEUTRAL - points[0].ph), acid_mv, base_mv, at_c)


def figures(electrode: Electrode, dips: Sequence[Dip]) -> dict[str, float]:
    """What the grades rest on, the unit last in each name."""
    return {
        "zero_mv": electrode.zero_mv,
        "acid_slope_percent": slope_percent(electrode.acid_slope_mv, electrode.temperature_c),
        "base_slope_percent": slope_percent(electrode.base_slope_mv, electrode.temperature_c),
        "span_mv": _span_mv(electrode),
        "settled_s": max(dip.settled_s for dip in dips),
        "temperature_c": electrode.temperature_c,
    }


def findings(electrode: Electrode, dips: Sequence[Dip]) -> list[Finding]:
    """What is to be said of it, the worst first; slopes that no buffer showed are those of before."""
    found = [_offset(electrode.zero_mv), _settling(max(dip.settled_s for dip in dips))]
    kept = "" if len(dips) >= _FEWEST else "kept "
    slopes = {kept: electrode.acid_slope_mv}
    if electrode.acid_slope_mv != electrode.base_slope_mv:
        slopes = {f"{kept}acid ": electrode.acid_slope_mv, f"{kept}base ": electrode.base_slope_mv}
    found += [_slope(side, slope_percent(mv, electrode.temperature_c)) for side, mv in slopes.items()]
    if any(dip.ph < _NEUTRAL - 1 for dip in dips):
        found.append(_span(_span_mv(electrode)))
    order = list(Grade)
    return sorted(found, key=lambda each: -order.index(each.grade))


def _at(dip: Dip, at_c: float) -> Buffered:
    """The buffer that would give the same signal at another temperature: all lines cross at pH 7."""
    share = (dip.temperature_c + ZERO_C_IN_K) / (at_c + ZERO_C_IN_K)
    return Buffered(_NEUTRAL + (dip.ph - _NEUTRAL) * share, dip.mv)


def _span_mv(electrode: Electrode) -> float:
    """Between pH 4 and 7 at 25 degC."""
    return -_SPAN_PH * slope_at(electrode.acid_slope_mv, electrode.temperature_c, _REFERENCE_C)


def _slope(side: str, percent: float) -> Finding:
    grade = slope_grade(percent)
    advice = {
        Grade.GOOD: "good",
        Grade.SERVICE: "clean the glass, renew the electrolyte",
        Grade.MAINTENANCE: "full maintenance: clean it with the maker's solution, regenerate it",
        Grade.REJECT: "85 to 105 % are usable: clean it, take fresh buffers; else the electrode is spent",
    }
    return Finding(grade, f"{side}slope {percent:.1f} %: {advice[grade]}.")


def _offset(zero_mv: float) -> Finding:
    grade = offset_grade(zero_mv)
    advice = {
        Grade.GOOD: "good",
        Grade.SERVICE: "the reference ages: renew the electrolyte, clean the junction",
        Grade.REJECT: "30 mV is the most: the reference is poisoned or dry, or the buffer of pH 7 is not one",
    }
    return Finding(grade, f"offset {zero_mv:.1f} mV: {advice[grade]}.")


def _span(span_mv: float) -> Finding:
    if _SHORTEST_SPAN_MV <= span_mv <= _LONGEST_SPAN_MV:
        return Finding(Grade.GOOD, f"span {span_mv:.0f} mV between pH 4 and 7: good.")
    return Finding(Grade.REJECT, f"span {span_mv:.0f} mV between pH 4 and 7: 150 to 186 mV are usable.")


def _settling(settled_s: float) -> Finding:
    if settled_s <= _QUICK_S:
        return Finding(Grade.GOOD, f"at rest after {settled_s:.0f} s: good.")
    grade = Grade.SERVICE if settled_s <= _SLOW_S else Grade.MAINTENANCE
    return Finding(grade, f"at rest only after {settled_s:.0f} s: a slow or dirty electrode, clean it.")
