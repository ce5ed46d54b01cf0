"""What rain and air pressure do to a site, and the weather where none was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.detection.course import DAY, HOUR, M_PER_KPA, STEP_H, Nature, decayed, floats, shifted

if TYPE_CHECKING:
    from benchmarks.detection.course import Course, Floats, Rng

TIP_MM = 0.2
_SOAKED_MM_PER_H = 0.2


def draw(rng: Rng) -> Nature:
    """One site."""
    efficiency = rng.uniform(0.08, 0.88)
    vented = rng.random() < 0.5
    return Nature(
        soil_gain=rng.uniform(0.002, 0.0065),
        soil_decay_d=rng.uniform(1.2, 7.0),
        soil_full=rng.uniform(0.37, 0.48),
        head_gain_m=rng.uniform(0.0015, 0.011),
        head_delay_h=rng.uniform(3.0, 32.0),
        head_decay_d=rng.uniform(2.5, 15.0),
        head_per_kpa=M_PER_KPA * (-efficiency if vented else 1.0 - efficiency),
        head_lag_h=float(rng.choice([0.0, rng.uniform(0.3, 4.0)])),
        tide_m=rng.choice([0.0, rng.uniform(0.001, 0.012)]),
        dilution=rng.uniform(0.08, 0.48),
        ph_dip=rng.uniform(0.02, 0.22),
        turbidity_gain=rng.uniform(1.5, 14.0),
        stream_decay_h=rng.uniform(6.0, 26.0),
        noise={
            "ph": rng.uniform(0.003, 0.012),
            "ec_us_cm": rng.uniform(0.001, 0.003),  # share
            "turbidity_ntu": rng.uniform(0.03, 0.07),  # share
            "soil_vwc": rng.uniform(0.0003, 0.0012),
            "head_m": rng.uniform(0.0008, 0.0022),
            "baro_kpa": 0.01,
            "temp_c": 0.02,
        },
    )


def storm(rng: Rng, depth_mm: float, hours: float) -> Floats:
    """Rain per sample, tipped."""
    count = max(1, round(hours * HOUR))
    share = rng.gamma(0.8, 1.0, count) * np.hanning(count + 2)[1:-1]
    return tipped(depth_mm * share / max(share.sum(), 1e-9))


def tipped(rain: Floats) -> Floats:
    """What a bucket counts: whole tips, the rest waits for the next sample."""
    return floats(np.diff(np.floor(np.cumsum(rain) / TIP_MM + 1e-9), prepend=0.0) * TIP_MM)


def weather(rng: Rng, count: int, dry: range) -> Floats:
    """Storms some days apart, none that touches the dry samples; per sample."""
    rain = floats(np.zeros(count))
    at = rng.exponential(5.0) * DAY
    while at < count:
        each = storm(rng, max(1.0, rng.gamma(1.3, 7.7)), rng.uniform(1.0, 11.0))
        begin = int(at)
        if begin + len(each) < dry.start or begin >= dry.stop:
            room = rain[begin : begin + len(each)]
            room += each[: len(room)]
        at += rng.uniform(3.0, 10.0) * DAY
    return rain


def air(rng: Rng, count: int, altitude_kpa: float) -> Floats:
    """Passing weather (days), the twice-daily tide of the air, in kPa."""
    slow = rng.normal(0.0, 1.0, count)
    memory_h = rng.uniform(20.0, 60.0)
    smooth = decayed(decayed(slow, memory_h), rng.uniform(4.0, 12.0))
    hours = np.arange(count) * STEP_H
    tide = rng.uniform(0.03, 0.1) * np.sin(2.0 * np.pi * hours / 12.0 + rng.uniform(0.0, 6.3))
    return floats(altitude_kpa + rng.uniform(0.4, 1.0) * (smooth - smooth.mean()) / smooth.std() + tide)


def breathe(course: Course, more_kpa: Floats) -> None:
    """A head answers a change of air pressure, at once or some hours late."""
    lag_h = course.nature.head_lag_h
    if lag_h > 0.0:
        more_kpa = decayed(more_kpa, lag_h) * -np.expm1(-STEP_H / lag_h)
    course.values["head_m"] += course.nature.head_per_kpa * more_kpa


def wet(course: Course, rain: Floats, *, soil: bool = True, head: bool = True, stream: bool = True) -> None:
    """What a rain does; the rain itself is the caller's to add."""
    if soil:
        _wet_soil(course, rain)
    if head:
        _wet_head(course, rain)
    if stream:
        _wet_stream(course, rain)


def _wet_soil(course: Course, rain: Floats) -> None:
    vwc, nature = course.values["soil_vwc"], course.nature
    added = decayed(rain * nature.soil_gain, nature.soil_decay_d * 24.0)
    full = max(nature.soil_full, float(np.nanmax(vwc)))
    room = np.clip(full - vwc, 0.0, None)
    vwc += room * -np.expm1(-added / np.maximum(room, 1e-3))


def _wet_head(course: Course, rain: Floats) -> None:
    nature = course.nature
    soaked = np.clip(rain - _SOAKED_MM_PER_H * STEP_H, 0.0, None) * nature.head_gain_m
    spread = decayed(soaked, nature.head_delay_h / 2.0) * STEP_H / (nature.head_delay_h / 2.0)
    late = shifted(spread, round(nature.head_delay_h / 2.0 * HOUR))
    course.values["head_m"] += decayed(late, nature.head_decay_d * 24.0)


def _wet_stream(course: Course, rain: Floats) -> None:
    nature, values = course.nature, course.values
    runoff = shifted(decayed(rain, nature.stream_decay_h), HOUR)
    share = -np.expm1(-runoff / 12.0)
    values["ec_us_cm"] *= 1.0 - nature.dilution * share
    values["ph"] -= nature.ph_dip * share
    muddy(course, rain)


def muddy(course: Course, rain: Floats) -> None:
    """What a rain washes into the stream."""
    memory_h = course.nature.stream_decay_h / 3.0
    course.values["turbidity_ntu"] += shifted(decayed(rain, memory_h), HOUR) * course.nature.turbidity_gain
