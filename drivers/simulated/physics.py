"""A seep and a slope in closed form: what instruments on a restored mine would see at any time.

`Site.at` is pure: no state is carried from one call to the next, so times may be asked in any order and
twice. Sizes of effects follow the hydrology and mine-water texts named at each formula, not any one place.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from drivers.simulated.noise import normal, uniform
from drivers.simulated.scenario import Kind
from drivers.simulated.weather import (
    HOUR_S,
    MEAN_PRESSURE_KPA,
    Weather,
    daily,
    hour_of_day,
    season_temp_c,
    sunlight,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.simulated.scenario import Episode, Scenario

KPA_PER_M = 9.80665  # of fresh water at 1000 kg/m3 under standard gravity

# pH against the share of the buffers used up: it falls quickly from plateau to plateau. These are held by
# calcite at 6.4 to 6.8, siderite at 5.0 to 5.6, gibbsite at 4.1 to 4.4, ferrihydrite at 3.1 to 3.4
# (Blowes and Jambor 1994; Morin and Hutt 1997).
_TITRATION = (
    (0.00, 7.30),
    (0.10, 6.80),
    (0.35, 6.40),
    (0.42, 5.60),
    (0.60, 5.00),
    (0.66, 4.40),
    (0.88, 4.10),
    (0.93, 3.40),
    (1.00, 3.10),
)
_STANDARD_KPA = 101.325
_PROTON_US_CM = 349_800.0  # per mol/L of hydrogen ions at 25 degC (Robinson and Stokes 1959)
_NERNST_MV = 59.0  # per pH at 25 degC
_BAROMETRIC_EFFICIENCY = 0.4  # of the aquifer: confined ones show 0.2 to 0.75 (Jacob 1940)
_MOON_H, _SUN_MOON_H = 12.42, 25.82  # tides M2 and O1
# Where the daily wave of temperature has faded to 1/e (Hillel, Introduction to Environmental Soil Physics).
_DAMPING_DEPTH_M = 0.12
_SHALLOW_M, _DEEP_M = 0.10, 0.40
_SOIL_SATURATED = 0.42
_BUBBLE_S = 20.0  # how long one bubble sits on the window


class State(NamedTuple):
    """What there is to measure at one instant; the last part of a name is its unit."""

    ph: float
    orp_mv: float
    ec_us_cm: float
    turbidity_ntu: float
    water_temp_c: float
    water_level_m: float
    soil_moisture_shallow: float
    soil_moisture_deep: float
    soil_temp_shallow_c: float
    soil_temp_deep_c: float
    soil_ph: float
    soil_ec_us_cm: float
    head_m: float
    pore_pressure_kpa: float
    ground_temp_c: float
    air_pressure_kpa: float
    air_temp_c: float
    rain_mm_h: float
    battery_v: float
    oxygen_mg_l: float


def smooth(x: float) -> float:
    """0 before 0, 1 after 1, and a smooth way between."""
    x = min(1.0, max(0.0, x))
    return x * x * (3.0 - 2.0 * x)


def buffered_ph(load: float) -> float:
    """The pH of the seep when this share of its buffers, 0 to 1, is used up."""
    load = min(1.0, max(0.0, load))
    (left, high), (right, low) = next(step for step in pairwise(_TITRATION) if load <= step[1][0])
    return high + (low - high) * (load - left) / (right - left)


class Site:
    """One site living through one scenario from `start_s` (Unix seconds) on."""

    def __init__(self, seed: int, scenario: Scenario, start_s: float) -> None:
        self._seed = seed
        self._start_s = start_s
        self._episodes = scenario.episodes
        self._weather = Weather(seed, scenario, start_s)

    def at(self, t_s: float) -> State:
        """Everything at this time, instruments' own flutter included."""
        ph = self._ph(t_s)
        shallow = self._moisture(t_s, 0.18, 0.0045, 72.0, 0.0)
        head_m = self._head_m(t_s)
        air_kpa = self._weather.air_pressure_kpa(t_s)
        return State(
            ph=ph + self._flutter(t_s, 1, 0.006),
            orp_mv=self._orp_mv(t_s, ph) + self._flutter(t_s, 2, 1.0),
            ec_us_cm=self._ec_us_cm(t_s, ph) * (1.0 + self._flutter(t_s, 3, 0.002)),
            turbidity_ntu=self._turbidity_ntu(t_s, ph),
            water_temp_c=self._water_temp_c(t_s) + self._flutter(t_s, 4, 0.02),
            water_level_m=self._water_level_m(t_s) + self._flutter(t_s, 5, 0.002),
            soil_moisture_shallow=shallow + self._flutter(t_s, 6, 0.0005),
            soil_moisture_deep=self._moisture(t_s, 0.26, 0.002, 144.0, 6.0) + self._flutter(t_s, 7, 0.0003),
            soil_temp_shallow_c=_soil_temp_c(t_s, _SHALLOW_M),
            soil_temp_deep_c=_soil_temp_c(t_s, _DEEP_M),
            soil_ph=6.1 + 0.2 * (shallow - 0.2) + self._flutter(t_s, 8, 0.01),
            # Bulk conductivity needs water to carry it: near proportional to moisture (Rhoades 1976).
            soil_ec_us_cm=1400.0 * shallow,
            head_m=head_m,
            pore_pressure_kpa=KPA_PER_M * head_m,
            ground_temp_c=11.0,
            air_pressure_kpa=air_kpa + self._flutter(t_s, 9, 0.004),
            air_temp_c=season_temp_c(t_s) + 5.0 * daily(t_s, 15.0),
            rain_mm_h=self._weather.rain_mm_h(t_s),
            battery_v=_battery_v(t_s) + self._flutter(t_s, 10, 0.01),
            oxygen_mg_l=self._oxygen_mg_l(t_s, air_kpa) + self._flutter(t_s, 16, 0.02),
        )

    def _flutter(self, t_s: float, which: int, size: float) -> float:
        """Noise of one quantity, held for a second."""
        return size * normal(self._seed, which, math.floor(t_s))

    def _sum(self, kind: Kind, effect: Callable[[float], float], t_s: float) -> float:
        """What all episodes of a kind add: size times `effect` of the share that has passed."""
        return sum(each.size * effect(self._share(each, t_s)) for each in self._episodes if each.kind is kind)

    def _share(self, episode: Episode, t_s: float) -> float:
        """How much of the episode has passed: negative before it, above 1 after it."""
        return ((t_s - self._start_s) / HOUR_S - episode.start_h) / episode.hours

    def _acid_load(self, t_s: float) -> float:
        return self._sum(Kind.ACID_DRAINAGE, smooth, t_s)

    def _ph(self, t_s: float) -> float:
        load = min(1.0, self._acid_load(t_s))
        # Photosynthesis lifts pH by day; rain is soft and weakly acid. Acid water knows neither.
        life = 0.15 * daily(t_s, 15.0) - 0.3 * (1.0 - math.exp(-self._weather.held_mm(t_s, 12.0) / 40.0))
        return buffered_ph(load) + (1.0 - load) * life

    def _orp_mv(self, t_s: float, ph: float) -> float:
        # Fe(III) takes over in acid water: above 450 mV at low pH.
        return 180.0 + _NERNST_MV * (7.3 - ph) + 120.0 * min(1.0, self._acid_load(t_s))

    def _ec_us_cm(self, t_s: float, ph: float) -> float:
        # Sulfate shows before the buffers give way, so conductivity leads pH (Gray 1996). Rain dilutes.
        lead = self._sum(Kind.ACID_DRAINAGE, lambda share: smooth(1.6 * share), t_s)
        dilution = 0.45 * (1.0 - math.exp(-self._weather.held_mm(t_s, 10.0) / 25.0))
        return 420.0 * (1.0 + 1.2 * lead) * (1.0 - dilution) + _PROTON_US_CM * math.pow(10.0, -ph)

    def _turbidity_ntu(self, t_s: float, ph: float) -> float:
        washed = 6.0 * self._weather.held_mm(t_s, 3.0)
        slipped = self._sum(Kind.BURST, lambda share: math.exp(-share) if share >= 0 else 0.0, t_s)
        # Ochre needs iron to come and time to fall out, and dissolves again below about pH 3.2.
        ochre = 25.0 * self._sum(Kind.ACID_DRAINAGE, lambda share: smooth(share - 0.3), t_s)
        ochre *= smooth((ph - 3.2) / 0.3)
        fouling = self._sum(Kind.FOULING, lambda share: share * share if 0 <= share < 1 else 0.0, t_s)
        clean = (4.0 + washed + slipped + ochre + fouling) * math.exp(self._flutter(t_s, 12, 0.05))
        return min(1000.0, clean * self._bubble_factor(t_s))

    def _bubble_factor(self, t_s: float) -> float:
        """10 to 50 while a bubble sits on the window, else 1."""
        risk = self._sum(Kind.BUBBLES, lambda share: float(0 <= share < 1), t_s)
        bubble = math.floor(t_s / _BUBBLE_S)
        return (
            10.0 + 40.0 * uniform(self._seed, 14, bubble) if uniform(self._seed, 13, bubble) < risk else 1.0
        )

    def _water_temp_c(self, t_s: float) -> float:
        # Water follows the air at a distance and two hours late; even in January it stays above freezing.
        return season_temp_c(t_s) + 1.5 * daily(t_s, 17.0)

    def _oxygen_mg_l(self, t_s: float, air_kpa: float) -> float:
        # Light makes it, and iron that falls out as ochre uses it up.
        share = 0.92 + 0.05 * daily(t_s, 15.0) - 0.5 * min(1.0, self._acid_load(t_s))
        return share * _saturated_mg_l(self._water_temp_c(t_s)) * air_kpa / _STANDARD_KPA

    def _water_level_m(self, t_s: float) -> float:
        return 1.8 + 0.02 * self._weather.held_mm(t_s, 8.0)

    def _moisture(self, t_s: float, dry: float, per_mm: float, keep_h: float, lag_h: float) -> float:
        """Each mm of rain adds `per_mm` until the pores are full, and drains with its time constant."""
        room = _SOIL_SATURATED - dry
        wet = room * (1.0 - math.exp(-per_mm * self._weather.held_mm(t_s, keep_h, lag_h) / room))
        return max(0.02, dry + wet - self._sum(Kind.SOIL_CRACK, smooth, t_s))

    def _head_m(self, t_s: float) -> float:
        rain = 0.006 * self._weather.held_mm(t_s, 144.0, 4.0)
        tides = 0.004 * math.sin(math.tau * t_s / (_MOON_H * HOUR_S)) + 0.003 * math.sin(
            math.tau * t_s / (_SUN_MOON_H * HOUR_S)
        )
        # The rock carries part of the air's weight, the open well all of it: head falls when pressure rises.
        air = -_BAROMETRIC_EFFICIENCY * (self._weather.air_pressure_kpa(t_s) - MEAN_PRESSURE_KPA) / KPA_PER_M
        lost = self._sum(Kind.HEAD_LOSS, _drained, t_s) + self._sum(Kind.CREEP, _creeping, t_s)
        return max(0.0, 6.0 + rain + tides + air - lost + self._flutter(t_s, 15, 0.001))


def _drained(share: float) -> float:
    """A cracked stratum empties exponentially: 95 % within the episode."""
    return 1.0 - math.exp(-3.0 * share) if share > 0 else 0.0


def _creeping(share: float) -> float:
    """A loss whose rate grows twentyfold to the end of the episode, as piping does."""
    return math.expm1(3.0 * min(1.0, share)) / math.expm1(3.0) if share > 0 else 0.0


def _saturated_mg_l(water_c: float) -> float:
    """Oxygen in fresh water under the standard atmosphere (Truesdale, Downing and Lowden 1955)."""
    return 14.161 - 0.3943 * water_c + 0.007714 * water_c**2 - 0.0000646 * water_c**3


def _soil_temp_c(t_s: float, depth_m: float) -> float:
    """The daily wave at the surface, weaker and later with depth (Hillel)."""
    damping = depth_m / _DAMPING_DEPTH_M
    return season_temp_c(t_s) + 6.0 * math.exp(-damping) * daily(t_s, 14.0 + damping * 24.0 / math.tau)


def _battery_v(t_s: float) -> float:
    """A 12 V lead battery on a solar panel: full at dusk, lowest at dawn, higher while the sun charges it."""
    return 12.5 + 0.2 * math.cos(math.tau * (hour_of_day(t_s) - 18.0) / 24.0) + 1.2 * sunlight(t_s)
