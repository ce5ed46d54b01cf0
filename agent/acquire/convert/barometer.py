"""What a barometer can say at a station: one that was reduced to sea level is found out by it."""

from __future__ import annotations

import math

_SEA_LEVEL_HPA = 1013.25
_LAPSE_PER_M = 2.25577e-5
_EXPONENT = 5.25588
# Weather moves station pressure by some 5 % around the standard (lowest and highest ever: 870 and 1085 hPa).
_WEATHER = 0.07
_HPA_PER_KPA = 10.0


def standard_pressure_hpa(elevation_m: float) -> float:
    """Station pressure of the standard atmosphere, up to 11 km (ICAO Doc 7488, ISO 2533)."""
    return _SEA_LEVEL_HPA * math.pow(1.0 - _LAPSE_PER_M * elevation_m, _EXPONENT)


def station_pressure_kpa(elevation_m: float) -> tuple[float, float]:
    """The lowest and highest that weather makes of it; from 600 m up, one reduced to sea level lies above."""
    standard_kpa = standard_pressure_hpa(elevation_m) / _HPA_PER_KPA
    return standard_kpa * (1.0 - _WEATHER), standard_kpa * (1.0 + _WEATHER)
