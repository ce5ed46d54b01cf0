"""What each quantity can be to the detectors: one table for the checks and for the station."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING = "none"
"""The word for a channel that the detectors are to pass over."""

SLOWEST_S = 6 * 3600.0
"""What is read less often than this is found late: a hazard is believed from the second reading on."""

# Metres of water in a kilopascal, at 1000 kg/m3 and 9.80665 m/s2.
_M_PER_KPA = 0.101972

# By quantity: the words that may be said of it, each with the factor to the unit of that role. The first is
# meant where nothing is said.
ROLES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "ph": {"ph": 1.0},
        "conductivity": {"conductivity": 1.0},
        "turbidity": {"turbidity": 1.0},
        "orp": {"orp": 1.0},
        "dissolved_oxygen": {"dissolved_oxygen": 1.0},
        "temperature": {"temperature": 1.0},
        "water_level": {"stage": 1.0, "head": 1.0},
        "pore_pressure": {"head": _M_PER_KPA},
        "rainfall": {"rain": 1.0},
        "barometric_pressure": {"air_pressure": 1.0},
        "soil_moisture": {"soil_moisture": 1.0},
        "tilt": {"tilt": 1.0},
        "tilt_x": {"tilt": 1.0},
        "tilt_y": {"tilt": 1.0},
        "displacement": {"displacement": 1.0},
    }
)
