"""The one registry of what a station can observe: a quantity, its canonical unit, and how it is written.

The name serves configuration, topics, tags and columns (InfluxDB's tag `quantity`). Others call the same
thing otherwise: those names stand here, too, and nowhere else, where the other side has one and it is
known for sure. `decimals` is where the value is rounded once, on becoming an observation: well below any
instrument's resolution, and short on a metered link.
"""

from __future__ import annotations

from typing import NamedTuple


class Quantity(NamedTuple):
    """One observed property.

    Attributes:
        units: what may stand in `Channel.unit`; the first is canonical.
        cf: its standard name in the CF conventions. None for fresh water: theirs are the sea's.
        ismn: its variable in file names of the International Soil Moisture Network.
        hj212: its code in the Chinese protocol of discharge points (HJ 212).
        cigem: its type code in the Chinese network of geological hazards (DZ/T, CIGEM).
    """

    name: str
    units: tuple[str, ...]
    decimals: int
    title: str
    cf: str = ""
    ismn: str = ""
    hj212: str = ""
    cigem: str = ""


_ALL = (
    Quantity(
        "soil_moisture",
        ("m3/m3",),
        4,
        "volumetric soil water content",
        cf="volume_fraction_of_condensed_water_in_soil",
        ismn="sm",
    ),
    Quantity("ph", ("1",), 3, "pH", hj212="w01001"),
    # FNU and NTU agree on formazin only, so they are two units, never converted (ISO 7027, EPA 180.1).
    Quantity("turbidity", ("FNU", "NTU"), 2, "turbidity", hj212="w01003"),
    Quantity("pore_pressure", ("kPa",), 3, "pore water pressure"),
    Quantity("pore_pressure_ratio", ("1",), 4, "share of the overburden that pore water carries, r_u"),
    Quantity("water_level", ("m",), 4, "water level or head"),
    Quantity("temperature", ("degC",), 2, "temperature"),
    Quantity("conductivity", ("uS/cm",), 1, "electrical conductivity at 25 degC", hj212="w01014"),
    Quantity("dissolved_oxygen", ("mg/L",), 3, "dissolved oxygen", hj212="w01009"),
    Quantity("orp", ("mV",), 1, "oxidation-reduction potential"),
    Quantity("barometric_pressure", ("kPa",), 3, "air pressure at the station", cf="surface_air_pressure"),
    Quantity("relative_humidity", ("%",), 1, "relative humidity of the air", cf="relative_humidity"),
    Quantity("rainfall", ("mm",), 2, "rain in the interval", cf="thickness_of_rainfall_amount", ismn="p"),
    # A counter that goes on: what fell while nobody could ask is in the next value.
    Quantity("rainfall_total", ("mm",), 2, "rain since the gauge's counter began"),
    Quantity("tilt", ("deg",), 4, "tilt", cigem="QJ"),
    Quantity("displacement", ("mm",), 3, "displacement", cigem="LF"),
    Quantity("permittivity", ("1",), 2, "relative permittivity of the soil"),
    Quantity("tilt_x", ("deg",), 4, "tilt about the x axis of the instrument"),
    Quantity("tilt_y", ("deg",), 4, "tilt about the y axis of the instrument"),
    Quantity("frequency", ("Hz",), 1, "tone of a vibrating wire"),
    # How a pH electrode ages: it is serviced below 95 % or beyond 15 mV.
    Quantity("electrode_slope", ("%",), 1, "slope of the pH electrode against the ideal one"),
    Quantity("electrode_offset", ("mV",), 1, "signal of the pH electrode at pH 7"),
    Quantity("electrode_signal", ("mV",), 1, "signal of the pH electrode"),
    Quantity("supply_voltage", ("V",), 3, "supply voltage"),
    Quantity("supply_current", ("A",), 4, "supply current"),
    # How well a vibrating wire rang: what tells a good pluck from a bad one.
    Quantity("signal_amplitude", ("mV",), 3, "amplitude of a vibrating wire"),
    Quantity("signal_to_noise", ("1",), 2, "signal-to-noise ratio of a vibrating wire"),
    Quantity("noise_frequency", ("Hz",), 1, "strongest noise beside a vibrating wire"),
    Quantity("decay_ratio", ("1",), 4, "decay of a vibrating wire"),
    Quantity("thermistor_voltage", ("mV",), 1, "thermistor in a reader's own bridge"),
    # The computer's own health. `throttled` holds bits: Raspberry Pi documentation, vcgencmd get_throttled.
    Quantity("cpu_temperature", ("degC",), 1, "temperature of the processor"),
    Quantity("throttled", ("1",), 0, "what the Raspberry Pi suffers from, as bits"),
    Quantity("memory_available", ("MB",), 0, "memory that programs may still use"),
    Quantity("disk_free", ("MB",), 0, "free room on the disk"),
)

QUANTITIES = {quantity.name: quantity for quantity in _ALL}

# Factors from an instrument's unit to the canonical one; all are exact by definition.
_FACTORS = {
    ("%", "m3/m3"): 0.01,
    ("bar", "kPa"): 100.0,
    ("mbar", "kPa"): 0.1,
    ("hPa", "kPa"): 0.1,
    ("Pa", "kPa"): 0.001,
    ("mS/cm", "uS/cm"): 1000.0,
    ("mV", "V"): 0.001,
    ("V", "mV"): 1000.0,
    ("mA", "A"): 0.001,
    ("cm", "m"): 0.01,
    ("mm", "m"): 0.001,
    ("pH", "1"): 1.0,
}

# Names registered by RFC 8428 (Cel, pH, /) and RFC 8798 (deg, mm, mV). The others travel as they are
# written everywhere else in the station: a value is never rescaled on its way out.
_SENML = {"degC": "Cel", "m3/m3": "/"}


def senml_unit(quantity: str, unit: str) -> str:
    """The SenML name of a unit."""
    return "pH" if quantity == "ph" else _SENML.get(unit, unit)


def canonical_unit(quantity: str, raw_unit: str) -> str:
    """The unit in which a quantity from an instrument speaking `raw_unit` is stored."""
    units = QUANTITIES[quantity].units
    return raw_unit if raw_unit in units else units[0]


def factor(raw_unit: str, unit: str) -> float:
    """What to multiply by to get from `raw_unit` to `unit`. Raises KeyError when there is none."""
    return 1.0 if raw_unit == unit else _FACTORS[raw_unit, unit]


def is_reachable(quantity: str, unit: str) -> bool:
    """Whether values in `unit` can be kept as this quantity, which must be a known one."""
    try:
        factor(unit, canonical_unit(quantity, unit))
    except KeyError:
        return False
    return True
