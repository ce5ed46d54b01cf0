"""How something begins: from 0 to 1 over a time, in one of several ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.detection.course import floats

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.detection.course import Floats, Rng

SHAPES = ("linear", "smooth", "sigmoid", "exponential", "stepwise")
HELD_BACK = ("accelerating", "halting", "late")  # for the report only
UNSEEN = ("power", "rough")  # for the shifted set only
EVEN = ("linear", "smooth", "sigmoid", "exponential")


def ramp(hours: Floats, length_h: float, shape: str, rng: Rng) -> Floats:
    """0 before hour 0, 1 from `length_h` on, never falling between."""
    u = np.clip(hours / max(length_h, 1e-9), 0.0, 1.0)
    return floats(np.where(hours < 0.0, 0.0, _SHAPE[shape](floats(u), rng)))


def _sigmoid(u: Floats, _rng: Rng) -> Floats:
    low = 1.0 / (1.0 + np.exp(5.0))
    return floats((1.0 / (1.0 + np.exp(-10.0 * (u - 0.5))) - low) / (1.0 - 2.0 * low))


def _stepwise(u: Floats, rng: Rng) -> Floats:
    """Two to five sudden steps, the last one at the end at the latest."""
    count = int(rng.integers(2, 6))
    at = np.sort(rng.uniform(0.0, 1.0, count))
    at[0] = 0.0  # the first one is the onset
    share = rng.dirichlet(np.full(count, 3.0))
    return floats((u[:, None] >= at).astype(float) @ share)


def _halting(u: Floats, rng: Rng) -> Floats:
    """Straight, with two pauses."""
    at, level = np.sort(rng.uniform(0.1, 0.9, 4)), np.sort(rng.uniform(0.15, 0.85, 2))
    held = np.interp(
        u, [0.0, at[0], at[1], at[2], at[3], 1.0], [0.0, level[0], level[0], level[1], level[1], 1.0]
    )
    return floats(held)


def _rough(u: Floats, rng: Rng) -> Floats:
    """As it comes: sixty parts of any size, most of them small."""
    parts = rng.gamma(0.5, 1.0, 60)
    reached = np.append(0.0, np.cumsum(parts) / parts.sum())
    return floats(np.interp(u, np.linspace(0.0, 1.0, 61), reached))


_SHAPE: dict[str, Callable[[Floats, Rng], Floats]] = {
    "linear": lambda u, _: u,
    "smooth": lambda u, _: u * u * (3.0 - 2.0 * u),
    "sigmoid": _sigmoid,
    "exponential": lambda u, _: floats((1.0 - np.exp(-4.0 * u)) / (1.0 - np.exp(-4.0))),
    "accelerating": lambda u, _: floats((np.exp(2.0 * u) - 1.0) / (np.exp(2.0) - 1.0)),
    "stepwise": _stepwise,
    "halting": _halting,
    "late": lambda u, _: u**3,
    "power": lambda u, rng: u ** np.exp(rng.uniform(-0.9, 0.9)),
    "rough": _rough,
}

# pH where minerals hold it for a while: bicarbonate and calcite, siderite, aluminium and iron hydroxide
# (Blowes and Jambor; Morin and Hutt).
_HOLDS = ((6.6, 0.3), (5.5, 0.5), (4.25, 0.25), (3.0, 0.5))


def buffered(progress: Floats, start_ph: float, drop: float, strength: float) -> Floats:
    """By how much pH has fallen when a share of the acid is in: quick between the buffers, slow at them."""
    fall = np.linspace(0.0, drop, 400)
    at, width = (np.array(each)[:, None] for each in zip(*_HOLDS, strict=True))
    holds = np.exp(-(((start_ph - fall - at) / width) ** 2)).sum(axis=0)
    resistance = floats(1.0 + strength * holds)
    dose = np.cumsum(0.5 * (resistance[1:] + resistance[:-1]))
    return floats(np.interp(progress, np.append(0.0, dose / dose[-1]), fall))
