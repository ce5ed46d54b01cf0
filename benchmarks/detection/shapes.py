"""How something begins: from 0 to 1 over a time, in one of several ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmarks.detection.course import Floats, Rng

SHAPES = ("linear", "smooth", "sigmoid", "exponential", "accelerating", "stepwise")


def ramp(hours: Floats, length_h: float, shape: str, rng: Rng) -> Floats:
    """0 before hour 0, 1 from `length_h` on, never falling between."""
    u = np.clip(hours / max(length_h, 1e-9), 0.0, 1.0)
    return np.where(hours < 0.0, 0.0, _SHAPE[shape](u, rng))


def _sigmoid(u: Floats, _rng: Rng) -> Floats:
    low = 1.0 / (1.0 + np.exp(5.0))
    return (1.0 / (1.0 + np.exp(-10.0 * (u - 0.5))) - low) / (1.0 - 2.0 * low)


def _stepwise(u: Floats, rng: Rng) -> Floats:
    """Two to five sudden steps, the last one at the end at the latest."""
    count = int(rng.integers(2, 6))
    at = np.sort(rng.uniform(0.0, 1.0, count))
    at[0] = 0.0  # the first one is the onset
    share = rng.dirichlet(np.full(count, 3.0))
    return (u[:, None] >= at).astype(float) @ share


_SHAPE = {
    "linear": lambda u, _: u,
    "smooth": lambda u, _: u * u * (3.0 - 2.0 * u),
    "sigmoid": _sigmoid,
    "exponential": lambda u, _: (1.0 - np.exp(-4.0 * u)) / (1.0 - np.exp(-4.0)),
    "accelerating": lambda u, _: (np.exp(2.0 * u) - 1.0) / (np.exp(2.0) - 1.0),
    "stepwise": _stepwise,
}

# pH where minerals hold it for a while: bicarbonate and calcite, siderite, aluminium and iron hydroxide
# (Blowes and Jambor; Morin and Hutt).
_HOLDS = ((6.6, 0.3), (5.5, 0.5), (4.25, 0.25), (3.0, 0.5))


def buffered(progress: Floats, start_ph: float, drop: float, strength: float) -> Floats:
    """By how much pH has fallen when a share of the acid is in: quick between the buffers, slow at them."""
    fall = np.linspace(0.0, drop, 400)
    ph = start_ph - fall
    resistance = 1.0 + strength * sum(np.exp(-(((ph - at) / width) ** 2)) for at, width in _HOLDS)
    dose = np.concatenate(([0.0], np.cumsum(0.5 * (resistance[1:] + resistance[:-1]))))
    return np.interp(progress, dose / dose[-1], fall)
