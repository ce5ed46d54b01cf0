"""What the tests ask of each quantity where the configuration says nothing. Pure.

One rule for all of them: what technicians had left standing in real series is flagged less than once in fifty
days (docs/quality.md says in which, and how far the honest extremes lie below each limit). A default never
fails a value: only who knows the site can say what is impossible there.

Nothing is asked of quantities that may stay the same for months and be right: rain and its counter, tilt and
crack gauges, bits, memory, disk, and any temperature, which in a borehole does not move at all.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# What loggers write for "no value": Campbell (-7999, 7999, -6999), SDI-12 instruments and databases.
CODES = (-9999.0, -9999.9, -999.9, -999.0, -99.99, -7999.0, 7999.0, -6999.0, -99999.0, -9999999.0)

# An instrument asked once a day that says the same twice is not stuck.
_VALUES = 10


def _still(hours: float) -> Mapping[str, Any]:
    return {"suspect_h": hours, "values": _VALUES}


# In the same words, units and keys as `[sensor.quality.QUANTITY]` of the configuration.
STANDARD: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "ph": {
            "spike": {"suspect": 0.3},
            "rate": {"suspect_per_h": 2.0, "step": 0.2},
            "flat_line": _still(24.0),
            "electrode": {"slope": [85.0, 105.0], "offset_mv": 30.0},
        },
        "conductivity": {"flat_line": _still(24.0)},
        "turbidity": {"flat_line": _still(24.0), "fouling": {"rise": 10.0, "for_h": 72.0}},
        "dissolved_oxygen": {"spike": {"suspect": 1.5}, "flat_line": _still(24.0)},
        "orp": {"spike": {"suspect": 100.0}, "flat_line": _still(24.0)},
        "water_level": {
            "spike": {"suspect": 0.5},
            "rate": {"suspect_per_h": 0.8, "step": 0.2},
            "flat_line": _still(120.0),
        },
        "pore_pressure": {
            "spike": {"suspect": 5.0},
            "rate": {"suspect_per_h": 8.0, "step": 2.0},
            "flat_line": _still(120.0),
        },
        "soil_moisture": {"spike": {"suspect": 0.05}, "flat_line": _still(240.0)},
        "temperature": {"spike": {"suspect": 3.0}},
        "barometric_pressure": {"spike": {"suspect": 0.5}, "flat_line": _still(12.0)},
        "relative_humidity": {"flat_line": _still(72.0)},
        "supply_voltage": {"flat_line": _still(168.0)},
    }
)


def in_soil(quantity: str) -> Mapping[str, Any]:
    """The standard of what a soil probe measures beside the moisture: the ground may stand still for weeks.

    A probe that is stuck shows it in its moisture: even in a wet winter that moves within ten days.
    """
    return {name: table for name, table in STANDARD.get(quantity, {}).items() if name != "flat_line"}
