"""What each kind of conversion takes, gives and may be told: one table for the checks and for the station."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

# A law whose value has the unit of its raw signal.
AS_RAW = "as raw"
# A key without a default.
REQUIRED: Any = object()


class Kind(NamedTuple):
    """One kind of `convert` or `derive` table.

    Attributes:
        raw_units: in which the raw signal must come; empty when any will do.
        reads: that requirement in words.
        unit: of the value, where the law fixes it, or `AS_RAW`; empty where the configuration may say.
        keys: its keys with their defaults, `kind` left out.
    """

    raw_units: tuple[str, ...] = ()
    reads: str = ""
    unit: str = ""
    keys: Mapping[str, Any] = MappingProxyType({})


class Role(NamedTuple):
    """What a channel must be to correct another. Beyond `low` and `high` it is broken, whatever it says."""

    quantity: str
    low: float
    high: float


ROLES: Mapping[str, Role] = {
    "temperature": Role("temperature", -50.0, 100.0),
    # The lowest and the highest pressure where people work: 6000 m up, and below sea level in a high.
    "barometer": Role("barometric_pressure", 45.0, 115.0),
    "rail": Role("supply_voltage", 0.5, 100.0),
}

# Who corrects a value: that is the configuration's alone, and may change behind a calibration.
COMPANIONS = frozenset({"temperature", "temperature_c", "barometer", "rail", "max_age_s"})
# How it is wired: what the configuration says of it goes, and no calibration may say otherwise.
WIRING = COMPANIONS | {"ratio", "shunt_ohm", "center_mv", "gain", "lead_ohm", "curve", "unit", "rail_v"}

USUAL_AGE_S = 3600.0
_WARMTH = {"temperature": None, "max_age_s": USUAL_AGE_S}
_SAMPLE = _WARMTH | {"temperature_c": None}
_RAIL = {"rail": None, "rail_v": 5.0, "max_age_s": USUAL_AGE_S}
_SEALED = _WARMTH | {
    "thermal_per_c": None,
    "thermal_sign": "added",
    "zero_c": None,
    "barometer": None,
    "zero_baro_kpa": None,
    "unit": None,
}
PRESSURES = ("kPa", "mbar", "hPa", "bar", "Pa")

_SOIL_COUNTS = Kind(("counts",), "a TEROS equation takes the probe's raw counts", "m3/m3")
_WIRE = Kind(("Hz", "digits"), "a vibrating wire is read in Hz or digits")

KINDS = {
    "linear": Kind(keys={"points": REQUIRED, "unit": None} | _RAIL),
    "polynomial": Kind(keys={"coefficients": REQUIRED, "unit": None} | _RAIL),
    "piecewise": Kind(keys={"points": REQUIRED, "over_range_raw": None, "unit": None} | _RAIL),
    "divider": Kind(unit=AS_RAW, keys={"ratio": REQUIRED}),
    "loop_4_20ma": Kind(
        ("V",),
        "a 4-20 mA loop is read as V across its shunt",
        keys={"shunt_ohm": 100.0, "at_4ma": REQUIRED, "at_20ma": REQUIRED, "unit": None},
    ),
    "topp": Kind(("1",), "Topp's equation takes a relative permittivity, unit 1", "m3/m3"),
    "teros_mineral": _SOIL_COUNTS,
    "teros_soilless": _SOIL_COUNTS,
    "teros_permittivity": _SOIL_COUNTS._replace(unit="1"),
    "sen0189": Kind(("V",), "a SEN0189 is read in V", "NTU", {"ratio": 1.0} | _RAIL),
    "thermistor": Kind(("ohm",), "a thermistor is read in ohm", "degC", {"curve": "3k", "lead_ohm": 0.0}),
    "tipping_bucket": Kind(("tips",), "a tipping bucket is read in tips", "mm", {"mm_per_tip": REQUIRED}),
    "ph_electrode": Kind(
        ("mV", "V"),
        "a pH electrode is read in mV or V",
        "1",
        {
            "zero_mv": 0.0,
            "acid_slope_mv": -59.159,
            "base_slope_mv": -59.159,
            "calibrated_c": 25.0,
            "center_mv": 0.0,
            "gain": 1.0,
        }
        | _SAMPLE,
    ),
    "conductivity_25": Kind(
        ("uS/cm", "mS/cm"),
        "what is corrected to 25 degC is a conductivity, in uS/cm or mS/cm",
        AS_RAW,
        {"per_c": 0.0191} | _SAMPLE,
    ),
    "vw_linear": _WIRE._replace(keys={"zero": REQUIRED, "gauge_factor": REQUIRED} | _SEALED),
    "vw_polynomial": _WIRE._replace(keys={"zero": REQUIRED, "a": REQUIRED, "b": REQUIRED} | _SEALED),
    "vw_period": Kind(
        ("Hz", "us"),
        "a vibrating wire by its period is read in Hz or us",
        keys={"zero_period": REQUIRED, "gauge_factor": REQUIRED} | _SEALED,
    ),
}

# What can be worked out of a channel of the same sensor: those of `[sensor.derive]`.
DERIVED = {
    "head": Kind(
        PRESSURES,
        "a head is worked out of a pressure",
        "m",
        {"source": REQUIRED, "tip_elevation_m": 0.0, "density_kg_m3": 1000.0, "barometer": None} | _WARMTH,
    ),
    "pore_pressure_ratio": Kind(
        PRESSURES,
        "a pore-pressure ratio is worked out of a pressure",
        "1",
        {"source": REQUIRED, "unit_weight_kn_m3": REQUIRED, "depth_m": REQUIRED},
    ),
}
