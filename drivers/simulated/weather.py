"""Rain, air pressure, warmth and light over the simulated site in closed form, at any time in any order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from drivers.simulated.noise import uniform
from drivers.simulated.scenario import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.simulated.scenario import Scenario

HOUR_S = 3600.0
DAY_S = 86400.0
_YEAR_S = 365.2425 * DAY_S
MEAN_PRESSURE_KPA = 94.5  # standard atmosphere at 580 m
# Weather systems pass every few days; three incommensurable periods never repeat within a season.
_SYNOPTIC = ((3.1 * DAY_S, 0.35), (5.3 * DAY_S, 0.45), (8.7 * DAY_S, 0.40))
# The tide of the air, 1.16 hPa cos^3(latitude), highest near 9:40 (Chapman and Lindzen 1970); at 37 degrees.
_AIR_TIDE_KPA = 0.06
_AIR_TIDE_MAX_H = 9.7
_MEAN_RAIN_MM = 10.0
_MOST_RAIN_MM = 60.0
# Older storms than these have drained away: the slowest reservoir here keeps six days.
_REMEMBERED_STORMS = 8
_RAIN_STREAM, _SYNOPTIC_STREAM = 101, 102


class Storm(NamedTuple):
    """One spell of rain, swelling and fading as a raised cosine."""

    start_s: float
    duration_s: float
    depth_mm: float


def intensity_mm_h(storm: Storm, t_s: float) -> float:
    """How hard it rains; the integral over the storm is its depth."""
    phase = (t_s - storm.start_s) / storm.duration_s
    if not 0.0 <= phase <= 1.0:
        return 0.0
    return storm.depth_mm * HOUR_S / storm.duration_s * (1.0 - math.cos(math.tau * phase))


def held_mm(storm: Storm, t_s: float, keep_s: float) -> float:
    """Rain of this storm still held by a linear reservoir that loses 1/keep_s of its content per second.

    The exact solution of dS/dt = rain - S/keep: recession is exponential (Maillet 1905).
    """
    since_s = t_s - storm.start_s
    if since_s <= 0.0:
        return 0.0
    raining_s = min(since_s, storm.duration_s)
    omega = math.tau / storm.duration_s
    turn = keep_s * omega
    fade = math.exp(-raining_s / keep_s)
    steady = keep_s * (1.0 - fade)
    swing = (
        keep_s
        * (math.cos(omega * raining_s) + turn * math.sin(omega * raining_s) - fade)
        / (1.0 + turn * turn)
    )
    at_end = storm.depth_mm / storm.duration_s * (steady - swing)
    return at_end * math.exp(-(since_s - raining_s) / keep_s)


def hour_of_day(t_s: float) -> float:
    """Solar time, 0 to 24; the site lies on the zero meridian."""
    return t_s % DAY_S / HOUR_S


def sunlight(t_s: float) -> float:
    """0 at night, 1 at noon."""
    return max(0.0, math.sin(math.pi * (hour_of_day(t_s) - 6.0) / 12.0))


def daily(t_s: float, peak_h: float) -> float:
    """A daily swing between -1 and 1 with its maximum at `peak_h`."""
    return math.cos(math.tau * (hour_of_day(t_s) - peak_h) / 24.0)


def season_temp_c(t_s: float) -> float:
    """Mean temperature of the day: 10 degC over the year, 8 more in late July, 8 less in late January."""
    return 10.0 + 8.0 * math.cos(math.tau * (t_s % _YEAR_S / _YEAR_S - 0.56))


class Weather:
    """The weather of one scenario. The same seed, scenario and start make the same weather."""

    def __init__(self, seed: int, scenario: Scenario, start_s: float) -> None:
        self._seed = seed
        self._start_s = start_s
        self._storm_every_s = scenario.storm_every_d and scenario.storm_every_d * DAY_S
        self._scripted = [
            Storm(start_s + each.start_h * HOUR_S, each.hours * HOUR_S, each.size)
            for each in scenario.episodes
            if each.kind is Kind.RAIN
        ]

    def storms(self, t_s: float) -> Sequence[Storm]:
        """The storms that still matter at this time."""
        if not self._storm_every_s:
            return self._scripted
        slot = math.floor((t_s - self._start_s) / self._storm_every_s)
        return [
            *self._scripted,
            *(
                self._chance_storm(each, self._storm_every_s)
                for each in range(slot - _REMEMBERED_STORMS, slot + 1)
            ),
        ]

    def rain_mm_h(self, t_s: float) -> float:
        """How hard it rains."""
        return sum(intensity_mm_h(storm, t_s) for storm in self.storms(t_s))

    def held_mm(self, t_s: float, keep_h: float, lag_h: float = 0.0) -> float:
        """Rain held by a reservoir of this time constant, which the rain reaches after `lag_h`."""
        then_s = t_s - lag_h * HOUR_S
        return sum(held_mm(storm, then_s, keep_h * HOUR_S) for storm in self.storms(then_s))

    def air_pressure_kpa(self, t_s: float) -> float:
        """Station pressure: passing weather systems and the half-daily tide of the air."""
        synoptic = sum(
            size * math.sin(math.tau * (t_s / period_s + uniform(self._seed, _SYNOPTIC_STREAM, nth)))
            for nth, (period_s, size) in enumerate(_SYNOPTIC)
        )
        tide = _AIR_TIDE_KPA * math.cos(math.tau * (hour_of_day(t_s) - _AIR_TIDE_MAX_H) / 12.0)
        return MEAN_PRESSURE_KPA + synoptic + tide

    def _chance_storm(self, slot: int, slot_s: float) -> Storm:
        """One storm per slot: exponential depth, 1 to 10 hours, anywhere in the first seven tenths."""
        when, how_long, how_much = (uniform(self._seed, _RAIN_STREAM, slot, nth) for nth in range(3))
        return Storm(
            self._start_s + (slot + 0.7 * when) * slot_s,
            (1.0 + 9.0 * how_long) * HOUR_S,
            min(_MOST_RAIN_MM, -_MEAN_RAIN_MM * math.log(1.0 - how_much)),
        )
