"""When a station looks: every quarter of an hour, every five minutes, or when it can."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.detection.course import CHANNELS, RELATIVE, STEP_S, Course, floats, written

if TYPE_CHECKING:
    from benchmarks.detection.course import Floats, Rng

Pace = Callable[[Course], "tuple[Floats, dict[str, Floats]]"]
"""From a course to when somebody looked (seconds since 1970) and what every channel said then."""

_PARTS = 3  # five minutes
_JUMP = 30.0  # usual steps: a plug, a bottle, a spike; nothing lies between
_LATEST_S = 600.0
_LEFT_OUT = 0.05  # of the looks


def drawn(rng: Rng, course: Course) -> Pace:
    """One of the three; a person that looks at the case is told."""
    name = str(rng.choice(("quarters", "five_minutes", "irregular")))
    course.say(0, f"pace {name}")
    seed = int(rng.integers(2**31))
    if name == "five_minutes":
        return partial(five_minutes, seed)
    return partial(irregular, seed) if name == "irregular" else quarters


def quarters(course: Course) -> tuple[Floats, dict[str, Floats]]:
    """As the course is written."""
    return course.t_s, course.values


def five_minutes(seed: int, course: Course) -> tuple[Floats, dict[str, Floats]]:
    """Two looks between those that are written; whatever stood still or jumped is held until it moves."""
    rng = np.random.default_rng(seed)
    t_s = floats(np.repeat(course.t_s, _PARTS) + np.tile(np.arange(_PARTS), len(course)) * STEP_S / _PARTS)
    values = {name: _between(rng, course, name) for name in CHANNELS if name != "rain_mm"}
    values["rain_mm"] = _shared(course.values["rain_mm"])
    return t_s, values


def irregular(seed: int, course: Course) -> tuple[Floats, dict[str, Floats]]:
    """Up to ten minutes late, some looks left out; the bucket counts on meanwhile."""
    rng = np.random.default_rng(seed)
    t_s = floats(course.t_s + np.round(rng.uniform(0.0, _LATEST_S, len(course))))
    here = rng.random(len(course)) >= _LEFT_OUT
    here[-1] = True
    values = {name: each[here] for name, each in course.values.items()}
    fallen = np.cumsum(np.nan_to_num(course.values["rain_mm"]))[here]
    values["rain_mm"] = np.where(np.isnan(values["rain_mm"]), np.nan, np.diff(fallen, prepend=0.0))
    return t_s[here], values


def _between(rng: Rng, course: Course, name: str) -> Floats:
    now = course.values[name]
    after = np.append(now[1:], np.nan)
    step = after - now
    moves = np.isfinite(step) & (step != 0.0)
    usual = float(np.median(np.abs(step[moves]))) if moves.any() else 0.0
    moves &= np.abs(step) <= _JUMP * usual
    parts = np.tile(now[:, None], (1, _PARTS))
    for part in range(1, _PARTS):
        noise = rng.normal(0.0, course.nature.noise[name], len(now)) * (now if name in RELATIVE else 1.0)
        parts[:, part] += np.where(moves, step * part / _PARTS + noise, 0.0)
    return written(name, parts.ravel())


def _shared(rain: Floats) -> Floats:
    """What fell in the quarter of an hour before a look, over that look and the two before it."""
    whole = np.append(rain[1:], 0.0)
    parts = np.tile(whole[:, None] / _PARTS, (1, _PARTS))
    flat = parts.ravel()
    return floats(np.append(rain[0], flat[:-1]))
