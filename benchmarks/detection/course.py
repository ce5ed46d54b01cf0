"""What one station saw: eight channels on one grid of fifteen minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rng = np.random.Generator

STEP_S = 900.0
STEP_H = STEP_S / 3600.0
HOUR = 4
DAY = 96
CHANNELS = ("ph", "turbidity_ntu", "ec_us_cm", "soil_vwc", "head_m", "baro_kpa", "rain_mm", "temp_c")
M_PER_KPA = 0.10197  # of water
RELATIVE = ("ec_us_cm", "turbidity_ntu")  # whose noise is a share of the value
RESOLUTION = {
    "ph": 0.01,
    "turbidity_ntu": 0.01,
    "ec_us_cm": 0.1,
    "soil_vwc": 0.0001,
    "head_m": 0.001,
    "baro_kpa": 0.01,
}


@dataclass(frozen=True, slots=True)
class Nature:
    """What a site does with rain and air pressure; `nature.draw` has the ranges."""

    soil_gain: float  # m3/m3 per mm
    soil_decay_d: float
    soil_full: float  # m3/m3
    head_gain_m: float  # per mm of rain beyond 0.2 mm/h
    head_delay_h: float
    head_decay_d: float
    head_per_kpa: float  # m; negative behind a vented cable
    head_lag_h: float  # behind the air
    tide_m: float
    dilution: float  # of the conductivity, by a great storm
    ph_dip: float
    turbidity_gain: float  # NTU per mm
    stream_decay_h: float
    noise: dict[str, float]


@dataclass
class Course:
    """Values by channel, NaN where one is missing; changed in place by what is laid over it."""

    t_s: Floats
    values: dict[str, Floats]
    nature: Nature
    made: frozenset[str]  # channels that no instrument ever saw: they still want noise
    source: str
    shapes: tuple[str, ...]  # of onsets
    facts: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.t_s)

    def hours(self, start: int) -> Floats:
        """Since an index; negative before it."""
        return floats((np.arange(len(self)) - start) * STEP_H)

    def level(self, channel: str, start: int) -> float:
        """A channel's median in the three days before an index."""
        before = self.values[channel][max(0, start - 3 * DAY) : max(1, start)]
        return float(np.nanmedian(before if np.isfinite(before).any() else self.values[channel]))

    def say(self, start: int, text: str) -> None:
        """Note what was laid over it, for a person that looks at the case."""
        self.facts.append(f"{start * STEP_H / 24:.2f} d: {text}")


def floats(given: ArrayLike) -> Floats:
    """An array of 64-bit floats."""
    return np.asarray(given, dtype=np.float64)


def written(channel: str, values: Floats) -> Floats:
    """With the digits that the instrument gives, and no others: 7.31 and not 7.3100000000000005."""
    step = RESOLUTION.get(channel)
    return values if step is None else floats(np.round(np.round(values / step) * step, 6))


def decayed(given: Floats, memory_h: float) -> Floats:
    """What is left of everything given so far, when a share of 1/e is left after `memory_h`."""
    keep = float(np.exp(-STEP_H / memory_h))
    left, out = 0.0, np.zeros_like(given)
    for index, each in enumerate(given.tolist()):
        left = left * keep + each
        out[index] = left
    return floats(out)


def shifted(given: Floats, by: int) -> Floats:
    """Later by some samples; nothing before."""
    return floats(np.concatenate((np.zeros(by), given))[: len(given)])
