"""What each kind of conversion takes and gives: one table for the checks and for the station."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """One kind of `convert` table.

    Attributes:
        raw_units: in which the raw signal must come; empty when any will do.
        reads: that requirement in words.
        unit: of the value, where the law fixes it; empty where the configuration may say.
    """

    raw_units: tuple[str, ...] = ()
    reads: str = ""
    unit: str = ""


_SOIL_COUNTS = Kind(("counts",), "a TEROS equation takes the probe's raw counts", "m3/m3")
_WIRE = Kind(("Hz", "digits"), "a vibrating wire is read in Hz or digits")

KINDS = {
    "linear": Kind(),
    "polynomial": Kind(),
    "loop_4_20ma": Kind(("V",), "a 4-20 mA loop is read as V across its shunt"),
    "topp": Kind(("1",), "Topp's equation takes a relative permittivity, unit 1", "m3/m3"),
    "teros_mineral": _SOIL_COUNTS,
    "teros_soilless": _SOIL_COUNTS,
    "sen0189": Kind(("V",), "a SEN0189 is read in V", "NTU"),
    "thermistor": Kind(("ohm",), "a thermistor is read in ohm", "degC"),
    "vw_linear": _WIRE,
    "vw_polynomial": _WIRE,
}
