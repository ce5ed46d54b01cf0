"""What a column of a CSV file means, by its name: a quantity with its unit, one probe or another. Pure.

The name is the quantity and its unit (`ec_us_cm`); what follows is another probe of the same (`soil_vwc_p3`).
"""

from __future__ import annotations

from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Channel
from agent.quantity import QUANTITIES
from agent.watch.contract import Role
from agent.watch.live.parts import parts as parts_of
from agent.watch.vigil import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    """What a column of this name holds; None for a name that nobody knows.

    A channel's own name, as `ph-3/ph`, is known, too: its values are in the unit that the station stores.
    """
    sensor, is_channel, quantity = name.rpartition("/")
    if is_channel:
        return _stored(quantity) if sensor and quantity in QUANTITIES else None
    words = name.lower().split("_")
    for end in range(len(words), 0, -1):
        found = COLUMNS.get("_".join(words[:end]))
        if found is not None:
            return None if end < len(words) and words[-1] in _UNITS else found
    return None


def parts(names: Iterable[str], roles: Mapping[str, Mapping[str, str]]) -> dict[str, Part]:
    """What each column is to the detectors; those that are nothing to them are left out.

    Args:
        names: of all columns of a station.
        roles: of channels by their own names, as configured: by sensor and quantity.
    """
    found: dict[str, Part] = {}
    channels = []
    for name in names:
        kind = column(name)
        if "/" in name and kind is not None:
            channels.append(Channel(name.rpartition("/")[0], kind.quantity, "", ""))
        elif kind is not None and kind.part is not None:
            found[name] = kind.part
    return {**found, **parts_of(channels, roles)}


def _stored(quantity: str) -> Column:
    spans = [each.span for each in COLUMNS.values() if each.quantity == quantity and each.factor == 1.0]
    low = min((low for low, _ in spans), default=-inf)
    return Column(quantity, (low, max((high for _, high in spans), default=inf)), None)
