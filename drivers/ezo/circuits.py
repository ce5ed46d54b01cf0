"""The circuits of the EZO family: what each measures, and what differs in how it is asked.

Source: the Atlas Scientific data sheets of EZO-pH, EZO-EC, EZO-ORP, EZO-DO and EZO-RTD.
"""

from __future__ import annotations

from typing import NamedTuple


class Circuit(NamedTuple):
    """One member of the family.

    `name` is what it calls itself. A reading takes `reading_s`, by the data sheet; some firmware takes twice
    that. `outputs` are the numbers that one reading may hold, in the order in which they come, the wanted
    one first; empty when there is always exactly one. `is_compensated`: the reading depends on the
    temperature that the circuit was told. `has_scale`: the unit can be changed in the circuit.
    """

    name: str
    quantity: str
    raw_unit: str
    low: float
    high: float
    address: int
    reading_s: float
    outputs: tuple[str, ...] = ()
    is_compensated: bool = False
    has_scale: bool = False


CIRCUITS = {
    "ezo-ph": Circuit("pH", "ph", "pH", 0.001, 14.0, 0x63, 0.9, is_compensated=True),
    "ezo-ec": Circuit(
        "EC",
        "conductivity",
        "uS/cm",
        0.07,
        500_000.0,
        0x64,
        0.6,
        outputs=("EC", "TDS", "S", "SG"),
        is_compensated=True,
    ),
    "ezo-orp": Circuit("ORP", "orp", "mV", -1019.9, 1019.9, 0x62, 0.9),
    "ezo-rtd": Circuit("RTD", "temperature", "degC", -126.0, 1254.0, 0x66, 0.6, has_scale=True),
    # In which order mg/L and % saturation come, the maker's own examples do not agree: mg/L alone, then.
    "ezo-do": Circuit(
        "DO", "dissolved_oxygen", "mg/L", 0.0, 100.0, 0x61, 0.6, outputs=("mg",), is_compensated=True
    ),
}
