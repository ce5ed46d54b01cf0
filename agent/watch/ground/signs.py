"""What a piezometer's course speaks for: lost, drawn down, risen. Pure.

A score is the share of an alarm: 1 is amber alone. Metres beyond what air, rain and the head's own habit
explain stand over the metres that these let through; every number goes along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.watch.ground.bend import bend
from agent.watch.ground.head import DAY_H

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.watch.ground.bend import Bend
    from agent.watch.ground.head import Change, Head

# No finer than the first, however quiet the well; no coarser than the second, the field's default for a day.
_LEAST_M, _MOST_M = 0.24, 0.45
_LEAST_QUICK_M = 0.10  # for a rise in a day: the doubt about rain comes on top
_RESTLESS_TIMES = 3.0
# Without a barometer, or a rain gauge: the field's defaults.
_WITHOUT_AIR_M, _WITHOUT_RAIN_M = 0.5, 0.8
_SCALES = ((DAY_H, 1.0), (4 * DAY_H, 1.3))
"""Over so many hours, so many times the threshold."""
_REAL_SHARE = 0.4  # of a loss that must be seen without taking rain off
# A purged well comes back within hours; so much of such a course is one.
_RECOVERS_FROM, _RECOVERS_SHARE, _RECOVERING_AT_MOST = 0.4, 0.3, 0.9
# A step in moisture alone is a probe that lost touch; a share of a loss with it is a crack.
STEP, _STEP_FULL, _STEP_COUNTS, _STEP_FROM_SHARE = 0.02, 0.03, 0.6, 0.4
WETTER, _WETTER_TIMES, _DRY_MM = 0.01, 0.85, 10.0
# A drawdown, over each of these spans: so fast in the end (or so many of the head's own daily changes), so
# much faster than at first, which is so many standard errors; at first it may have risen by a share of that;
# so smooth; so much lost beyond the head's own changes.
_SPANS_D = (6, 8, 10)
_FAST_M_PER_D, _FAST_RESTLESS, _GROWN_M_PER_D, _SURE = 0.02, 0.5, 0.012, 4.0
_ROSE_SHARE, _ROUGH_SHARE, _DRAWN_M = 0.4, 0.12, 0.05


class Scene(NamedTuple):
    """What the rest of the site says.

    Attributes:
        air_known: whether a barometer speaks.
        rain_known: whether a gauge ever spoke.
        rain_5d_mm: what fell in five days.
        moisture_step: the greatest step down that stands, m3/m3.
        moisture_rise: above the usual highest, m3/m3.
        evidence: times what is asked by default.
    """

    air_known: bool
    rain_known: bool
    rain_5d_mm: float
    moisture_step: float
    moisture_rise: float
    evidence: float = 1.0


class Score(NamedTuple):
    """How near to an alarm, and the numbers that made it.

    Attributes:
        share: 1 is amber alone.
        mechanism: its name.
        measure: the name of the evidence that is the head's departure, in metres.
        evidence: by name; `X_from` is what `X` was compared with.
    """

    share: float
    mechanism: str
    measure: str
    evidence: Mapping[str, float]


MECHANISMS = ("head_loss", "tension_crack", "pore_pressure_rise", "accelerating_drawdown")
NOTHING = Score(0.0, "", "", {})
_BELOW, _ABOVE = "head_below_m", "head_above_m"


def _threshold(head: Head, scene: Scene, least_m: float = _LEAST_M) -> float:
    m = max(least_m, min(_MOST_M, _RESTLESS_TIMES * head.restless_m))
    return m if scene.air_known else max(m, _WITHOUT_AIR_M)


def _score(mechanism: str, measure: str, change: Change, needed_m: float, over_h: int, scene: Scene) -> Score:
    """Metres over what is needed, with what a person must know to judge them."""
    needed_m = scene.evidence * needed_m
    evidence = {
        measure: change.m,
        f"{measure}_from": needed_m,
        "over_h": float(over_h),
        "explained_m": change.explained_m,
        "doubt_m": change.doubt_m,
        "rain_5d_mm": scene.rain_5d_mm,
    }
    return Score(change.m / needed_m, mechanism, measure, evidence)


def loss(head: Head, scene: Scene) -> Score:
    """Head that is lost and does not come back; a lesser loss with a step in moisture."""
    threshold, best = _threshold(head, scene), NOTHING
    for over_h, times in _SCALES:
        change = head.lost(over_h)
        if change is None:
            continue
        score = _score("head_loss", _BELOW, change, times * threshold + change.doubt_m, over_h, scene)
        if score.share > best.share and head.fallen(over_h) >= _REAL_SHARE * change.m:
            best = score
    if scene.moisture_step >= STEP and best.share >= _STEP_FROM_SHARE:
        best = _cracked(best, scene)
    if best.share >= _RECOVERS_SHARE:
        recovery = head.recovery()
        if recovery >= _RECOVERS_FROM:
            back = {"recovery_share": recovery, "recovery_share_from": _RECOVERS_FROM}
            share = min(best.share, _RECOVERING_AT_MOST)
            return best._replace(share=share, mechanism="recovering", evidence={**best.evidence, **back})
    return best


def _cracked(lost: Score, scene: Scene) -> Score:
    more = _STEP_COUNTS * min(1.0, scene.moisture_step / _STEP_FULL)
    step = {"moisture_step_m3_m3": scene.moisture_step, "moisture_step_m3_m3_from": STEP}
    return lost._replace(
        share=lost.share + more, mechanism="tension_crack", evidence={**lost.evidence, **step}
    )


def rise(head: Head, scene: Scene) -> Score:
    """Head above its highest, beyond what rain does here; less is enough where none fell."""
    best = NOTHING
    for over_h, times in _SCALES:
        change = head.risen(over_h)
        if change is None:
            continue
        needed = times * _rise_threshold(head, scene, over_h) + change.doubt_m
        score = _score("pore_pressure_rise", _ABOVE, change, needed, over_h, scene)
        if score.share > best.share:
            wetter = {"moisture_rise_m3_m3": scene.moisture_rise, "moisture_rise_m3_m3_from": WETTER}
            best = score._replace(evidence={**score.evidence, **wetter})
    return best


def _rise_threshold(head: Head, scene: Scene, over_h: int) -> float:
    if not scene.rain_known:
        return _WITHOUT_RAIN_M
    # Over days, snow melts and drains fill without rain in the gauge: only what is quick needs less.
    m = _threshold(head, scene, _LEAST_QUICK_M if over_h <= DAY_H else _LEAST_M)
    wet_by_itself = scene.moisture_rise > WETTER and scene.rain_5d_mm < _DRY_MM
    return m * (_WETTER_TIMES if wet_by_itself else 1.0)


def drawdown(head: Head, scene: Scene) -> Score:
    """Below the days before, and faster every day: no recession does that."""
    best, daily = NOTHING, None
    for span_d in _SPANS_D:
        over_h = span_d * DAY_H
        change = head.lost(over_h)
        # A storm on the way down is no loss, however much of it was taken off: seen from before it.
        if change is None or head.dropped(over_h) < _REAL_SHARE * change.m:
            continue
        daily = head.daily(_SPANS_D[-1] + 1) if daily is None else daily
        if len(daily) <= span_d:
            continue
        bent = bend(daily[-span_d - 1 :])
        fast = max(_FAST_M_PER_D, _FAST_RESTLESS * head.restless_m)
        grows = bent.loss - bent.loss_before >= _GROWN_M_PER_D and bent.sure >= _SURE
        steady = bent.loss_before >= -_ROSE_SHARE * bent.loss and bent.rough <= _ROUGH_SHARE
        if bent.loss < fast or not (grows and steady):
            continue
        score = _drawn(change, _DRAWN_M + head.restless_m + change.doubt_m, over_h, scene, bent, fast)
        best = max(best, score, key=lambda each: each.share)
    return best


def _drawn(change: Change, needed: float, over_h: int, scene: Scene, bent: Bend, fast: float) -> Score:
    score = _score("accelerating_drawdown", _BELOW, change, needed, over_h, scene)
    rates = {
        "loss_m_per_d": bent.loss,
        "loss_m_per_d_from": fast,
        "loss_before_m_per_d": bent.loss_before,
        "growth_errors": bent.sure,
        "growth_errors_from": _SURE,
    }
    return score._replace(evidence={**score.evidence, **rates})
