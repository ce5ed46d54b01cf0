"""What the tests that learn must know of a quantity beforehand: nothing of a site, a little physics. Pure."""

from __future__ import annotations

from enum import Enum
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Storm(Enum):
    """Which way a storm moves a quantity at once; such a step says nothing against an instrument."""

    NO = "no"
    UP = "up"
    BOTH = "both"


class Traits(NamedTuple):
    """Of a quantity, in its canonical unit.

    Attributes:
        least: no scale is learned below this: what resolution and repeatability of common instruments make of
            a signal that stands still. A share of the value where `log_from` is set.
        log_from: the quantity changes in proportion: its logarithm is judged, of the value plus this much,
            below which proportion ends. None: the value itself is.
        storm: which way a storm moves it at once.
        storm_step: no storm makes a larger step, in sizes that 98 % of steps stay below.
        is_kept: it does not change on its own within an hour, so a value that is another one when power comes
            back has been disturbed.
        bursts: bubbles, leaves and animals make it burst upwards; the height of a burst that counts as one
            unit of its evidence. None: it does not.
    """

    least: float
    log_from: float | None = None
    storm: Storm = Storm.NO
    storm_step: float = 64.0
    is_kept: bool = False
    bursts: float | None = None


# The `least` are resolutions or, where an instrument resolves more than it repeats, repeatability: pH 0.01,
# temperature 0.05 degC, oxygen 0.02 mg/L, conductivity 0.2 %, turbidity 3 %, level 1 mm, soil moisture 0.002,
# ORP 1 mV, air pressure 0.02 kPa (data sheets of sondes and loggers of the common makes).
TRAITS: Mapping[str, Traits] = MappingProxyType(
    {
        "ph": Traits(0.01, is_kept=True),
        # Below 5 uS/cm a cell is in air, and its error is an absolute one. Rain dilutes, the first flush and
        # road salt concentrate: a storm moves it both ways.
        "conductivity": Traits(0.002, log_from=5.0, storm=Storm.BOTH, is_kept=True),
        # 0.5 FNU is what meters are sure of near clear water. One unit of height is 1 FNU.
        "turbidity": Traits(0.03, log_from=0.5, bursts=1.0),
        "dissolved_oxygen": Traits(0.02),
        "orp": Traits(1.0),
        "temperature": Traits(0.05),
        # A flood comes at once, and goes slowly.
        "water_level": Traits(0.001, storm=Storm.UP),
        "pore_pressure": Traits(0.02, storm=Storm.UP),
        # The front of rain fills the pores at once, after weeks without any step.
        "soil_moisture": Traits(0.002, storm=Storm.UP, storm_step=inf),
        "barometric_pressure": Traits(0.02),
    }
)
