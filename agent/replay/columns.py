"""What a column of a CSV file means, by its name: a quantity with its unit, one probe or another. Pure.

The name is the quantity and its unit (`ec_us_cm`); what follows is another probe of the same (`soil_vwc_p3`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import Role
from agent.watch.vigil import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

_M_PER_KPA = 1 / 9.80665  # of water at 1000 kg/m3


class Column(NamedTuple):
    """A kind of column.

    Attributes:
        quantity: as in the station's registry.
        span: low and high of the widest instrument there is, in the column's unit.
        part: what it is to the detectors, from the canonical unit; None: nothing.
        factor: from the column's unit to the canonical one of the quantity.
        offset: is added after that.
    """

    quantity: str
    span: tuple[float, float]
    part: Part | None
    factor: float = 1.0
    offset: float = 0.0


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "ph": Column("ph", (0.0, 14.0), Part(Role.PH)),
        "turbidity_ntu": Column("turbidity", (-10.0, 10_000.0), Part(Role.TURBIDITY)),
        "ec_us_cm": Column("conductivity", (0.0, 300_000.0), Part(Role.EC)),
        "soil_vwc": Column("soil_moisture", (-0.1, 1.0), Part(Role.SOIL)),
        "head_m": Column("water_level", (-500.0, 7_000.0), Part(Role.HEAD)),
        "pore_kpa": Column("pore_pressure", (-110.0, 6_000.0), Part(Role.HEAD, _M_PER_KPA)),
        "baro_kpa": Column("barometric_pressure", (30.0, 120.0), Part(Role.BARO)),
        "rain_mm": Column("rainfall", (0.0, 500.0), Part(Role.RAIN)),
        "temp_c": Column("temperature", (-60.0, 90.0), Part(Role.TEMPERATURE)),
        "temp_f": Column("temperature", (-76.0, 194.0), Part(Role.TEMPERATURE), 5 / 9, -160 / 9),
        "soil_temp_c": Column("temperature", (-60.0, 90.0), None),
        "stage_cm": Column("water_level", (-900.0, 7_000.0), Part(Role.STAGE), 0.01),
        "stage_m": Column("water_level", (-99.0, 7_000.0), Part(Role.STAGE)),
        "do_mg_l": Column("dissolved_oxygen", (-1.0, 60.0), Part(Role.OXYGEN)),
        "orp_mv": Column("orp", (-2_000.0, 2_000.0), Part(Role.ORP)),
        "tilt_deg": Column("tilt", (-180.0, 180.0), Part(Role.TILT)),
        "crack_mm": Column("displacement", (-5_000.0, 5_000.0), Part(Role.CRACK)),
    }
)
# A name that goes on with a unit is of something else: `ph_mv` is the electrode's signal.
_UNITS = {
    "c",
    "f",
    "k",
    "v",
    "mv",
    "ma",
    "m",
    "cm",
    "mm",
    "kpa",
    "hpa",
    "mbar",
    "l",
    "ntu",
    "fnu",
    "pct",
    "deg",
}


def column(name: str) -> Column | None:
    """What a column of this name holds; None for a name that nobody knows."""
    words = name.lower().split("_")
    for end in range(len(words), 0, -1):
        found = COLUMNS.get("_".join(words[:end]))
        if found is not None:
            return None if words[-1] in _UNITS and end < len(words) else found
    return None
