"""Whether a barometer gives station pressure, or one that was reduced to sea level."""

from __future__ import annotations

import math

_SEA_LEVEL_HPA = 1013.25
_LAPSE_PER_M = 2.25577e-5
_EXPONENT = 5.25588
# Weather moves station pressure by some 5 % around the standard (lowest and highest ever: 870 and 1085 hPa).
_WEATHER = 0.07


def standard_pressure_hpa(elevation_m: float) -> float:
    """Station pressure of the standard atmosphere, up to 11 km (ICAO Doc 7488, ISO 2533)."""
    return _SEA_LEVEL_HPA * math.pow(1.0 - _LAPSE_PER_M * elevation_m, _EXPONENT)


def is_station_pressure(pressure_hpa: float, elevation_m: float) -> bool:
    """Whether weather alone explains a pressure; from 600 m up, one reduced to sea level is found out."""
    standard_hpa = standard_pressure_hpa(elevation_m)
    return abs(pressure_hpa - standard_hpa) <= _WEATHER * standard_hpa
