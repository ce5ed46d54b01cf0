"""A site of other habits: what no set that somebody tuned to has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.detection.course import CHANNELS, DAY, floats

if TYPE_CHECKING:
    from benchmarks.detection.course import Course, Floats, Rng

_NOISE_ENDS = {
    "ph": (0.003, 0.012),
    "ec_us_cm": (0.001, 0.003),
    "turbidity_ntu": (0.03, 0.08),
    "soil_vwc": (0.0003, 0.0012),
    "head_m": (0.0008, 0.0022),
}
_EC_SPAN = (60.0, 8_000.0)
_PH_SPAN = (6.6, 8.6)  # medians; below, a limit of 6 is not for this site


def shift(rng: Rng, course: Course) -> None:
    """Seasons run the other way, days swing more or less, the water is another, the noise is."""
    noise = {name: float(rng.choice(ends)) for name, ends in _NOISE_ENDS.items()}
    course.nature = replace(course.nature, noise={**course.nature.noise, **noise})
    course.made = frozenset(CHANNELS) - {"rain_mm", "temp_c"}  # all of them are noisy now
    turned = [name for name in ("ph", "ec_us_cm", "head_m") if rng.random() < 0.5]
    for name in turned:
        _turn_season(course.values[name])
    swing = rng.uniform(0.4, 2.0)
    for name in ("ph", "temp_c"):
        _swing(course.values[name], swing)
    _swing(course.values["ec_us_cm"], rng.uniform(0.4, 1.6))
    scale = _moved(rng, course)
    course.say(0, f"season turned: {', '.join(turned) or 'none'}; day x{swing:.2f}; EC x{scale:.2f}")


def _turn_season(values: Floats) -> None:
    """What rose over the weeks falls as much; storms and days stay what they are."""
    known = np.isfinite(values)
    at = np.arange(len(values), dtype=float)
    slope, _ = np.polyfit(at[known], values[known], 1)
    low = float(np.nanmin(values))
    values -= 2.0 * slope * (at - at.mean())
    np.maximum(values, 0.5 * low, out=values)


def _swing(values: Floats, times: float) -> None:
    """The difference from the mean of the day around."""
    known = np.isfinite(values)
    day = np.ones(DAY + 1)
    count = np.convolve(known, day, "same")
    mean = np.convolve(np.where(known, values, 0.0), day, "same") / np.maximum(count, 1.0)
    values += (times - 1.0) * (values - mean)


def _moved(rng: Rng, course: Course) -> float:
    """Another water: saltier or softer, more or less alkaline. Returns the factor of its conductivity."""
    ph, ec = course.values["ph"], course.values["ec_us_cm"]
    middle = float(np.nanmedian(ph))
    ph += float(np.clip(middle + rng.uniform(-0.5, 0.5), *_PH_SPAN)) - middle
    middle = float(np.nanmedian(ec))
    wanted = middle * float(np.exp(rng.uniform(np.log(0.3), np.log(4.0))))
    scale = float(np.clip(wanted, *_EC_SPAN)) / middle
    ec *= scale
    np.maximum(ec, floats(0.05 * np.nanmedian(ec)), out=ec)
    return scale
