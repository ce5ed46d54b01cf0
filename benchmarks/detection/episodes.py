"""Nine ways for a restored mine to go wrong, each laid over a quiet station.

The ranges are wider than the field's figures and the shapes more, because what judges is not known. A
function changes the course from an index on and says what it did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.detection import nature as natural
from benchmarks.detection.course import DAY, HOUR, STEP_H
from benchmarks.detection.shapes import EVEN, buffered, ramp

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.detection.course import Course, Floats, Rng

_LOWEST_PH = 2.2


class Laid(NamedTuple):
    """Until when it may be found, when it is over (indices), how great it is (pH, share of EC, m of head)."""

    detect_by: int
    end: int
    magnitude: float


class Kind(NamedTuple):
    """A class of episodes: its hazard, the longest it lasts with its time to be found."""

    hazard: str
    longest_d: float
    lay: Callable[[Rng, Course, int], Laid]
    dry_before: bool = False
    short_wait: bool = False


def _index(start: int, hours: float) -> int:
    return start + round(hours * HOUR)


def _acid(rng: Rng, course: Course, start: int, progress: Floats, drop: float) -> None:
    """Lower pH by a share of a drop, held up by buffers or not; the day's swing grows smaller."""
    before = course.level("ph", start)
    drop = min(drop, before - _LOWEST_PH)
    fall = buffered(progress, before, drop, rng.choice([0.0, rng.uniform(0.5, 5.0)]))
    ph = course.values["ph"]
    quiet = rng.uniform(0.0, 0.8) * fall / drop
    swing = ph - before
    swing[:start] = 0.0
    ph -= fall + quiet * np.where(np.abs(swing) < 1.0, swing, 0.0)
    np.maximum(ph, 1.9, out=ph)


def _keep_under_water(course: Course) -> None:
    """A head that would fall below the transducer: it was hung deeper, then."""
    course.values["head_m"] += max(0.0, 0.4 - float(np.nanmin(course.values["head_m"])))


def _ochre(rng: Rng, course: Course, progress: Floats, most_ntu: float, late_h: float) -> None:
    """Iron hydroxide clouds the water some hours later."""
    late = round(late_h * HOUR)
    murk = np.concatenate((np.zeros(late), progress))[: len(course)] * most_ntu
    course.values["turbidity_ntu"] += murk * rng.lognormal(0.0, 0.07, len(course))


def _log_uniform(rng: Rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _size(rng: Rng, low: float, high: float) -> float:
    """A magnitude: rather small, and none is rare."""
    return _log_uniform(rng, low, high) if rng.random() < 0.4 else float(rng.uniform(low, high))


def seepage_breakout(rng: Rng, course: Course, start: int) -> Laid:
    """A new seep: conductivity first, pH after it, ochre later; stays."""
    length_h = _log_uniform(rng, 5.0, 220.0)
    drop, share = _size(rng, 0.65, 5.0), _size(rng, 0.2, 2.4)
    shape = str(rng.choice(course.shapes))
    hours = course.hours(start)
    leads_h = rng.uniform(0.0, 0.3) * length_h
    course.values["ec_us_cm"] *= 1.0 + share * ramp(hours, length_h - leads_h, shape, rng)
    progress = ramp(hours - leads_h, length_h - leads_h, shape, rng)
    _acid(rng, course, start, progress, drop)
    _ochre(rng, course, progress, rng.uniform(0.5, 45.0), rng.uniform(0.0, 12.0))
    course.say(start, f"seepage {shape} {length_h:.0f} h, pH -{drop:.2f}, EC +{share:.0%}")
    end = _index(start, length_h + 72.0)
    return Laid(end, end + DAY, drop)


def first_flush(rng: Rng, course: Course, start: int) -> Laid:
    """The first rain after a dry spell dissolves the salts."""
    up_h, down_h = rng.uniform(0.75, 6.0), rng.uniform(9.0, 42.0)
    drop, share = _size(rng, 0.55, 2.3), _size(rng, 0.18, 1.7)
    rain = np.zeros(len(course))
    each = natural.storm(rng, rng.uniform(4.0, 25.0), rng.uniform(1.0, 9.0))
    begin = max(0, start - int(rng.integers(0, 2 * HOUR)))
    rain[begin : begin + len(each)] = each
    course.values["rain_mm"] += rain
    natural.wet(course, rain, stream=False)  # the share below is what is left in spite of the rain
    natural.muddy(course, rain)
    hours = course.hours(start)
    pulse = ramp(hours, up_h, str(rng.choice(EVEN)), rng)
    falls = ("exponential", "linear", "smooth")
    fall = str(rng.choice(falls))
    after = np.clip(hours - up_h, 0.0, None)
    pulse *= np.exp(-2.5 * after / down_h) if fall == "exponential" else 1.0 - ramp(after, down_h, fall, rng)
    course.values["ec_us_cm"] *= 1.0 + share * pulse
    _acid(rng, course, start, np.clip(pulse, 0.0, 1.0), drop)
    _ochre(rng, course, pulse, rng.uniform(0.0, 60.0), 0.0)
    course.say(
        start, f"first flush {up_h:.1f} h up, {down_h:.0f} h {fall} down, pH -{drop:.2f}, EC +{share:.0%}"
    )
    end = _index(start, up_h + down_h)
    return Laid(end, end + DAY, drop)


def slow_acidification(rng: Rng, course: Course, start: int) -> Laid:
    """Weeks of a nearly straight decline."""
    days = rng.uniform(14.0, 27.0)
    rate = max(_size(rng, 0.033, 0.14), 0.62 / days)
    drop, share = rate * days, rng.uniform(0.1, 0.9)
    hours = course.hours(start)
    bend = rng.uniform(0.8, 1.3)
    progress = np.clip(hours / (days * 24.0), 0.0, 1.0) ** bend
    course.values["ec_us_cm"] *= 1.0 + share * np.clip(hours / (days * 24.0), 0.0, 1.0) ** rng.uniform(
        0.7, 1.2
    )
    _acid(rng, course, start, progress, drop)
    course.say(start, f"slow acidification {days:.0f} d, {rate:.3f} pH/d (-{drop:.2f}), EC +{share:.0%}")
    end = _index(start, days * 24.0)
    return Laid(end, end, drop)


def treatment_failure(rng: Rng, course: Course, start: int) -> Laid:
    """The lime runs out."""
    fall_h, lasts_h = _log_uniform(rng, 0.25, 6.0), _log_uniform(rng, 12.0, 190.0)
    drop, share = _size(rng, 0.85, 5.0), rng.uniform(0.1, 0.5)
    hours, shape = course.hours(start), str(rng.choice(course.shapes))
    progress = ramp(hours, fall_h, shape, rng)
    if rng.random() < 0.6:
        progress *= 1.0 - ramp(hours - lasts_h, rng.uniform(1.0, 24.0), "smooth", rng)
    course.values["ec_us_cm"] *= 1.0 + share * progress
    _acid(rng, course, start, progress, drop)
    if rng.random() < 0.5:
        _ochre(rng, course, progress, rng.uniform(0.5, 20.0), rng.uniform(0.0, 4.0))
    course.say(
        start,
        f"treatment failure {shape} {fall_h:.1f} h, {lasts_h:.0f} h long, pH -{drop:.2f}, EC +{share:.0%}",
    )
    end = _index(start, 24.0)
    return Laid(end, end + DAY, drop)


def neutral_drainage(rng: Rng, course: Course, start: int) -> Laid:
    """Metals without acid: conductivity alone."""
    length_h = _log_uniform(rng, 28.0, 190.0)
    share, drop = _size(rng, 0.36, 1.8), rng.uniform(0.02, 0.4)
    hours, shape = course.hours(start), str(rng.choice(course.shapes))
    progress = ramp(hours, length_h, shape, rng)
    course.values["ec_us_cm"] *= 1.0 + share * progress
    course.values["ph"] -= drop * ramp(hours, length_h, "smooth", rng)
    course.say(start, f"neutral drainage {shape} {length_h:.0f} h, EC +{share:.0%}, pH -{drop:.2f}")
    end = _index(start, length_h + 96.0)
    return Laid(end, end, share)


def strata_drain(rng: Rng, course: Course, start: int) -> Laid:
    """A crack opens below: head is lost at once and does not come back."""
    memory_h, loss = _log_uniform(rng, 0.3, 26.0), _size(rng, 0.42, 7.5)
    hours = course.hours(start)
    lost = -np.expm1(-np.clip(hours, 0.0, None) / memory_h)
    back = rng.uniform(0.0, 0.2) * ramp(hours - 3.0 * memory_h, 96.0, "smooth", rng)
    course.values["head_m"] -= loss * (lost - back)
    _keep_under_water(course)
    course.say(start, f"strata drain e-fold {memory_h:.1f} h, -{loss:.2f} m")
    end = _index(start, 3.0 * memory_h + 36.0)
    return Laid(end, end + DAY, loss)


def pore_pressure_rise(rng: Rng, course: Course, start: int) -> Laid:
    """Water in the wrong place, with much rain or with none."""
    hours, values = course.hours(start), course.values
    if rng.random() < 0.5:
        length_h, rise = rng.uniform(12.0, 66.0), rng.uniform(0.85, 3.0)
        rain = np.zeros(len(course))
        each = natural.storm(rng, rng.uniform(65.0, 165.0), length_h * rng.uniform(0.5, 1.0))
        room = rain[start : start + len(each)]
        room += each[: len(room)]
        values["rain_mm"] += rain
        natural.wet(course, rain)
        soaked = 0.0
    else:
        length_h, rise = rng.uniform(30.0, 150.0), rng.uniform(0.52, 2.0)
        soaked = rng.uniform(0.015, 0.09)
    shape = str(rng.choice(course.shapes))
    progress = ramp(hours, length_h, shape, rng)
    values["head_m"] += rise * progress
    values["soil_vwc"] += soaked * ramp(hours, length_h * rng.uniform(0.3, 1.0), "smooth", rng)
    how = "without rain" if soaked else "with rain"
    course.say(start, f"pore pressure {shape} {length_h:.0f} h {how}, +{rise:.2f} m")
    end = _index(start, length_h + 24.0)
    return Laid(end, end + DAY, rise)


def accelerating_drawdown(rng: Rng, course: Course, start: int) -> Laid:
    """Piping: a decline that grows every day."""
    days = rng.uniform(12.0, 26.0)
    first, last = _size(rng, 0.008, 0.032), _size(rng, 0.095, 0.38)
    hours = np.clip(course.hours(start), 0.0, days * 24.0)
    if rng.random() < 0.7:
        rate = first * (last / first) ** (hours / (days * 24.0))
    else:
        rate = first + (last - first) * (hours / (days * 24.0)) ** 2
    lost = np.cumsum(np.where((course.hours(start) >= 0.0), rate, 0.0)) * STEP_H / 24.0
    course.values["head_m"] -= lost
    _keep_under_water(course)
    end = _index(start, days * 24.0)
    loss = float(lost[min(end, len(lost) - 1)])
    course.say(start, f"accelerating drawdown {days:.0f} d, {first:.3f} to {last:.2f} m/d, -{loss:.2f} m")
    return Laid(end, end, loss)


def tension_crack(rng: Rng, course: Course, start: int) -> Laid:
    """Ground opens: moisture drops at once, head over hours."""
    step_h, drain_h = rng.uniform(0.25, 3.5), rng.uniform(3.0, 18.0)
    dry, loss = rng.uniform(0.026, 0.1), rng.uniform(0.32, 1.15)
    hours, values = course.hours(start), course.values
    values["soil_vwc"] -= dry * ramp(hours, step_h, str(rng.choice(EVEN)), rng)
    np.maximum(values["soil_vwc"], 0.02, out=values["soil_vwc"])
    values["head_m"] -= loss * ramp(hours - rng.uniform(0.0, 2.0), drain_h, str(rng.choice(EVEN)), rng)
    _keep_under_water(course)
    course.say(
        start, f"tension crack VWC -{dry:.3f} in {step_h:.1f} h, head -{loss:.2f} m in {drain_h:.0f} h"
    )
    end = _index(start, 60.0)
    return Laid(end, end + DAY, loss)


EPISODES = {
    "seepage_breakout": Kind("amd", 13.5, seepage_breakout),
    "first_flush": Kind("amd", 4.0, first_flush, dry_before=True),
    "slow_acidification": Kind("amd", 27.5, slow_acidification, short_wait=True),
    "treatment_failure": Kind("amd", 3.0, treatment_failure),
    "neutral_drainage": Kind("amd", 12.5, neutral_drainage),
    "strata_drain": Kind("ground", 7.0, strata_drain),
    "pore_pressure_rise": Kind("ground", 9.0, pore_pressure_rise),
    "accelerating_drawdown": Kind("ground", 26.5, accelerating_drawdown, short_wait=True),
    "tension_crack": Kind("ground", 4.0, tension_crack),
}
