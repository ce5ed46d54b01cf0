"""What the tests ask of each quantity where the configuration says nothing. Pure.

One rule for all of them: what technicians had left standing in real series is flagged less than once in fifty
days (docs/quality.md says in which, and how far the honest extremes lie below each limit). A default never
fails a value: only who knows the site can say what is impossible there.

Nothing is asked of quantities that may stay the same for months and be right: rain and its counter, tilt and
crack gauges, bits, memory, disk, and a temperature, which in a borehole does not move at all. Turbidity is
not asked for a film on its window: by its values alone a flood that rises for three days is one, too.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# What loggers write for "no value": Campbell (-7999, 7999, -6999), SDI-12 instruments and databases.
CODES = (-9999.0, -9999.9, -999.9, -999.0, -99.99, -7999.0, 7999.0, -6999.0, -99999.0, -9999999.0)

# An instrument asked once a day that says the same twice is not stuck.
_VALUES = 10


# Heights of spikes were found at 15 min and at an hour. Between three values of a slower station lie the tide
# and the day, and honest values go up and down by more.
SPIKE_PERIOD_S = 3600.0


def _still(hours: float, may_stay_at: float | None = None) -> Mapping[str, Any]:
    """`may_stay_at`: the end of the scale, where water without oxygen and saturated air do stay."""
    ends = {} if may_stay_at is None else {"may_stay_at": [may_stay_at]}
    return {"suspect_h": hours, "values": _VALUES, **ends}


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
        "turbidity": {"flat_line": _still(24.0, 0.0)},
        "dissolved_oxygen": {"spike": {"suspect": 1.5}, "flat_line": _still(24.0, 0.0)},
        "orp": {"spike": {"suspect": 100.0}, "flat_line": _still(24.0)},
        "water_level": {
            "spike": {"suspect": 0.5},
            "rate": {"suspect_per_h": 0.8, "step": 0.2},
            "flat_line": _still(120.0, 0.0),
        },
        "pore_pressure": {
            "spike": {"suspect": 5.0},
            "rate": {"suspect_per_h": 8.0, "step": 2.0},
            "flat_line": _still(120.0),
        },
        "soil_moisture": {"spike": {"suspect": 0.05}, "flat_line": _still(240.0)},
        "temperature": {"spike": {"suspect": 3.0}},
        "barometric_pressure": {"spike": {"suspect": 0.5}, "flat_line": _still(12.0)},
        "relative_humidity": {"flat_line": _still(72.0, 100.0)},
        "supply_voltage": {"flat_line": _still(168.0)},
    }
)


# A thermometer beside one of these is in moving water or in air, and often corrects them.
_MOVES_WITH = {
    "ph", "conductivity", "turbidity", "dissolved_oxygen", "orp", "relative_humidity", "barometric_pressure",
}  # fmt: skip
# Beside one of these it may hang in a borehole, or be in the ground.
_MAY_STAND_STILL = {"water_level", "pore_pressure", "soil_moisture"}
# Water under ice stays at 0.
_THERMOMETER = _still(48.0, 0.0)


def standard(quantity: str, beside: Collection[str] = (), period_s: float = 0.0) -> Mapping[str, Any]:
    """What is asked of a channel read every `period_s` seconds, whose instrument measures `beside`, too.

    What a soil probe measures beside the moisture may stand still with the ground for weeks: a probe that is
    stuck shows it in its moisture, which even in a wet winter moves within ten days.
    """
    tables = dict(STANDARD.get(quantity, {}))
    if period_s > SPIKE_PERIOD_S:
        tables.pop("spike", None)
    if "soil_moisture" in beside:
        tables.pop("flat_line", None)
    if quantity == "temperature" and _MOVES_WITH & {*beside} and not _MAY_STAND_STILL & {*beside}:
        tables["flat_line"] = _THERMOMETER
    return tables
