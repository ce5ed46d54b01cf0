"""What looks like a hazard and is none: weather, people at work, sick probes.

What nature and people do is laid before the instruments' noise, what a probe does after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.detection import nature as natural
from benchmarks.detection.course import DAY, HOUR, decayed, shifted
from benchmarks.detection.shapes import ramp

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.detection.course import Course, Rng


class Kind(NamedTuple):
    """A confounder: changes a course from an index on. `longest_d` with what follows it."""

    lay: Callable[[Rng, Course, int], None]
    longest_d: float
    of_probe: bool


def _log_uniform(rng: Rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def storm_dilution(rng: Rng, course: Course, start: int) -> None:
    """A great storm: soft water, a lot of mud."""
    depth_mm = rng.uniform(16.0, 70.0)
    each = natural.storm(rng, depth_mm, rng.uniform(2.0, 16.0))
    rain = np.zeros(len(course))
    room = rain[start : start + len(each)]
    room += each[: len(room)]
    course.values["rain_mm"] += rain
    natural.wet(course, rain, stream=False)
    runoff = shifted(decayed(rain, rng.uniform(5.0, 30.0)), int(rng.integers(1, 3 * HOUR)))
    share = runoff / max(runoff.max(), 1e-9)
    thin, dip, murk = rng.uniform(0.28, 0.62), rng.uniform(0.1, 0.43), _log_uniform(rng, 60.0, 950.0)
    course.values["ec_us_cm"] *= 1.0 - thin * share
    course.values["ph"] -= dip * share
    course.values["turbidity_ntu"] += murk * share**1.5 * rng.lognormal(0.0, 0.06, len(course))
    course.say(start, f"storm {depth_mm:.0f} mm, EC -{thin:.0%}, pH -{dip:.2f}, {murk:.0f} NTU")


def snowmelt(rng: Rng, course: Course, start: int) -> None:
    """Every warm afternoon more of it."""
    days = rng.uniform(4.0, 10.0)
    hours = course.hours(start)
    daily = np.clip(np.sin(2.0 * np.pi * (hours - rng.uniform(6.0, 12.0)) / 24.0), 0.0, None)
    grows = np.where((hours >= 0.0) & (hours < days * 24.0), np.clip(hours / (days * 24.0), 0.1, 1.0), 0.0)
    thin, dip, murk = rng.uniform(0.08, 0.4), rng.uniform(0.03, 0.25), rng.uniform(5.0, 120.0)
    course.values["ec_us_cm"] *= 1.0 - thin * grows * (0.5 + 0.5 * daily)
    course.values["ph"] -= dip * grows * daily
    course.values["turbidity_ntu"] += murk * grows * daily
    course.values["temp_c"] += 2.0 * grows * daily
    course.values["soil_vwc"] += rng.uniform(0.0, 0.05) * np.clip(hours / (days * 24.0), 0.0, 1.0)
    course.values["head_m"] += rng.uniform(0.0, 0.25) * ramp(hours, days * 24.0, "smooth", rng)
    course.say(start, f"snowmelt {days:.0f} d, EC -{thin:.0%}, pH -{dip:.2f}")


def baro_swing(rng: Rng, course: Course, start: int) -> None:
    """A deep low, or a high, in a day; head answers as it always does."""
    size_kpa = rng.uniform(2.8, 6.0) * rng.choice([-1.0, -1.0, 1.0])
    down_h, stays_h, back_h = rng.uniform(8.0, 26.0), rng.uniform(0.0, 30.0), rng.uniform(12.0, 72.0)
    hours = course.hours(start)
    swing = ramp(hours, down_h, "smooth", rng) - ramp(hours - down_h - stays_h, back_h, "smooth", rng)
    course.values["baro_kpa"] += size_kpa * swing
    natural.breathe(course, size_kpa * swing)
    course.say(
        start,
        f"air {size_kpa:+.1f} kPa in {down_h:.0f} h, head {course.nature.head_per_kpa * size_kpa:+.2f} m",
    )


def purge_sampling(rng: Rng, course: Course, start: int) -> None:
    """The well is pumped for a sample and fills again."""
    loss, memory_h = _log_uniform(rng, 0.25, 2.9), _log_uniform(rng, 0.15, 5.5)
    for again in range(int(rng.integers(1, 3))):
        hours = course.hours(start + again * int(rng.uniform(0.5, 3.0) * DAY))
        pump_h = rng.uniform(0.1, 1.0)
        pumped = np.where(hours >= 0.0, np.minimum(hours / pump_h, 1.0), 0.0)
        course.values["head_m"] -= loss * pumped * np.exp(-np.clip(hours - pump_h, 0.0, None) / memory_h)
    course.say(start, f"purge -{loss:.2f} m, e-fold {memory_h:.1f} h")


def diel_ph(rng: Rng, course: Course, start: int) -> None:
    """Algae: the day's swing of pH grows, and stays for a while."""
    size, days = rng.uniform(0.25, 0.75), rng.uniform(3.0, 10.0)
    hours = course.hours(start)
    wave = np.sin(2.0 * np.pi * (hours - rng.uniform(0.0, 24.0)) / 24.0)
    wave = np.sign(wave) * np.abs(wave) ** rng.uniform(0.7, 1.3)
    course.values["ph"] += size * wave * ramp(hours, days * 24.0, "linear", rng)
    course.say(start, f"diel pH grows to +-{size:.2f} in {days:.0f} d")


def wetting(rng: Rng, course: Course, start: int) -> None:
    """Irrigation, or a leaking pipe: soil gets wet without rain."""
    more, length_h = rng.uniform(0.02, 0.13), rng.uniform(0.5, 14.0)
    hours = course.hours(start)
    dries = np.exp(-np.clip(hours - length_h, 0.0, None) / (24.0 * rng.uniform(1.0, 8.0)))
    course.values["soil_vwc"] += more * ramp(hours, length_h, "exponential", rng) * dries
    course.say(start, f"wetting without rain +{more:.3f} in {length_h:.1f} h")


def drought_ec(rng: Rng, course: Course, start: int) -> None:
    """Base flow concentrates for weeks."""
    share, days = rng.uniform(0.1, 0.27), rng.uniform(8.0, 24.0)
    hours = course.hours(start)
    course.values["ec_us_cm"] *= 1.0 + share * ramp(
        hours, days * 24.0, str(rng.choice(["linear", "smooth"])), rng
    )
    course.say(start, f"drought EC +{share:.0%} in {days:.0f} d")


def salt_pulse(rng: Rng, course: Course, start: int) -> None:
    """Road salt, dust suppressant: conductivity alone, for hours."""
    share, length_h = _log_uniform(rng, 0.2, 2.5), rng.uniform(1.2, 8.0)
    hours = course.hours(start)
    rise_h = length_h * rng.uniform(0.05, 0.5)
    pulse = ramp(hours, rise_h, "smooth", rng) * (
        1.0 - ramp(hours - rise_h, length_h - rise_h, "exponential", rng)
    )
    course.values["ec_us_cm"] *= 1.0 + share * pulse
    course.say(start, f"salt EC +{share:.0%} for {length_h:.1f} h")


def ph_drift(rng: Rng, course: Course, start: int) -> None:
    """Ageing glass, a clogged junction; often put right in the end."""
    rate, days = rng.uniform(0.025, 0.125) * rng.choice([-1.0, -1.0, 1.0]), rng.uniform(5.0, 14.0)
    hours = course.hours(start)
    drift = rate * np.clip(hours, 0.0, days * 24.0) / 24.0
    if rng.random() < 0.5:
        drift = np.where(hours > days * 24.0, 0.0, drift)
    course.values["ph"] += drift
    course.say(start, f"pH drift {rate:+.3f}/d for {days:.0f} d")


def turbidity_fouling(rng: Rng, course: Course, start: int) -> None:
    """Slime on the window, noisier every day, wiped in the end."""
    most, days = _log_uniform(rng, 20.0, 400.0), rng.uniform(2.5, 10.0)
    hours = course.hours(start)
    creep = ramp(hours, days * 24.0, str(rng.choice(["linear", "accelerating"])), rng)
    creep = np.where(hours > days * 24.0, 0.0, creep)
    course.values["turbidity_ntu"] += most * creep * rng.lognormal(0.0, rng.uniform(0.05, 0.4), len(course))
    course.say(start, f"turbidity fouling to {most:.0f} NTU in {days:.0f} d")


def ec_fouling(rng: Rng, course: Course, start: int) -> None:
    """A coated cell reads low; a cleaned one jumps back."""
    share, days = rng.uniform(0.08, 0.28), rng.uniform(4.0, 14.0)
    hours = course.hours(start)
    low = ramp(hours, days * 24.0, "linear", rng)
    if rng.random() < 0.6:
        low = np.where(hours > days * 24.0, 0.0, low)
    course.values["ec_us_cm"] *= 1.0 - share * low
    course.say(start, f"EC fouling -{share:.0%} in {days:.0f} d")


def bubbles(rng: Rng, course: Course, start: int) -> None:
    """Air before the optics and in the cell."""
    length = int(rng.uniform(4.0, 96.0) * HOUR)
    hit = np.flatnonzero(rng.random(length) < rng.uniform(0.02, 0.15)) + start
    hit = hit[hit < len(course)]
    course.values["turbidity_ntu"][hit] *= _log_uniform(rng, 5.0, 100.0) * rng.uniform(0.5, 10.0, len(hit))
    np.minimum(course.values["turbidity_ntu"], 4000.0, out=course.values["turbidity_ntu"])
    course.values["ec_us_cm"][hit] *= 1.0 - rng.uniform(0.02, 0.35, len(hit))
    course.say(start, f"bubbles, {len(hit)} samples in {length / HOUR:.0f} h")


def calibration_visit(rng: Rng, course: Course, start: int) -> None:
    """Buffers and standards for a while, air between; a small step afterwards."""
    length = max(2, int(rng.uniform(0.4, 2.6) * HOUR))
    values, when = course.values, slice(start, start + length)
    bottles = {
        "ph": ([7.0, 4.0], [7.0, 4.0, 10.0], [4.0], [4.01, 6.86, 9.18]),
        "ec_us_cm": ([1413.0], [84.0], [12880.0, 1413.0], [0.3]),
        "turbidity_ntu": ([0.0], [0.02, 20.0], [0.0, 100.0, 800.0]),
    }
    for name, choices in bottles.items():
        if rng.random() < 0.15:
            continue
        choice = choices[int(rng.integers(len(choices)))]
        room = values[name][when]
        room[:] = np.repeat(choice, -(-len(room) // len(choice)))[: len(room)] + rng.normal(
            0.0, 0.01, len(room)
        )
        np.maximum(room, 0.0, out=room)
    after = slice(start + length, None)
    values["ph"][after] += rng.normal(0.0, 0.12)
    values["ec_us_cm"][after] *= 1.0 + rng.normal(0.0, 0.02)
    values["turbidity_ntu"][after] *= 1.0 + rng.normal(0.0, 0.08)
    course.say(start, f"calibration visit {length / HOUR:.2f} h")


RAILS = {
    "ph": (0.0, 14.0),
    "ec_us_cm": (0.0, 100_000.0),
    "turbidity_ntu": (0.0, 4000.0),
    "soil_vwc": (0.0, 1.0),
    "head_m": (0.0, 20.0),
    "baro_kpa": (0.0, 110.0),
    "temp_c": (-40.0, 125.0),
}


def unplugged(rng: Rng, course: Course, start: int) -> None:
    """A plug pulled, a wire bitten through; sometimes all that hang on one logger."""
    names = list(rng.choice(list(RAILS), int(rng.choice([1, 1, 1, 2, 3])), replace=False))
    hours = _log_uniform(rng, 0.5, 80.0)
    end = min(len(course), start + max(1, int(hours * HOUR)))
    way = str(rng.choice(["missing", "-9999", "rail", "floating"]))
    for name in map(str, names):
        low, high = RAILS[name]
        room = course.values[name][start:end]
        if way == "missing":
            room[:] = np.nan
        elif way == "-9999":
            room[:] = -9999.0
        elif way == "rail":
            room[:] = float(rng.choice([low, high]))
        else:
            float_to = rng.uniform(low, high)
            room[:] = np.clip(float_to + rng.normal(0.0, 0.15 * (high - low), len(room)), low, high)
    course.say(start, f"unplugged {', '.join(names)} {hours:.1f} h: {way}")


def flat_line(rng: Rng, course: Course, start: int) -> None:
    """The same number for hours."""
    name = str(rng.choice(["ph", "ec_us_cm", "turbidity_ntu", "soil_vwc", "head_m"]))
    hours = rng.uniform(5.0, 72.0)
    room = course.values[name][start : start + int(hours * HOUR)]
    room[:] = room[0]
    course.say(start, f"flat {name} {hours:.0f} h")


def cracked_glass(rng: Rng, course: Course, start: int) -> None:
    """Water inside: 0 mV, which is pH 7, whatever the stream does."""
    hours = course.hours(start)
    share = ramp(hours, rng.uniform(0.25, 8.0), "exponential", rng)
    still = 7.0 + rng.normal(0.0, 0.05) + rng.normal(0.0, rng.uniform(0.003, 0.04), len(course))
    course.values["ph"] += (still - course.values["ph"]) * share
    course.say(start, "cracked glass")


CONFOUNDERS = {
    "storm_dilution": Kind(storm_dilution, 7.0, of_probe=False),
    "snowmelt": Kind(snowmelt, 12.0, of_probe=False),
    "ph_drift": Kind(ph_drift, 16.0, of_probe=True),
    "turbidity_fouling": Kind(turbidity_fouling, 12.0, of_probe=True),
    "ec_fouling": Kind(ec_fouling, 16.0, of_probe=True),
    "bubbles": Kind(bubbles, 7.0, of_probe=True),
    "calibration_visit": Kind(calibration_visit, 7.0, of_probe=True),
    "unplugged": Kind(unplugged, 7.0, of_probe=True),
    "baro_swing": Kind(baro_swing, 7.0, of_probe=False),
    "purge_sampling": Kind(purge_sampling, 7.0, of_probe=False),
    "diel_ph": Kind(diel_ph, 14.0, of_probe=False),
    "wetting": Kind(wetting, 7.0, of_probe=False),
    "flat_line": Kind(flat_line, 7.0, of_probe=True),
    "drought_ec": Kind(drought_ec, 26.0, of_probe=False),
    "salt_pulse": Kind(salt_pulse, 7.0, of_probe=False),
    "cracked_glass": Kind(cracked_glass, 7.0, of_probe=True),
}
