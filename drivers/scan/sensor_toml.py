"""The `[[sensor]]` table that makes a found instrument part of the station. Pure."""

from __future__ import annotations

import json


def _linear(quantity: str, low: float, high: float, value: float, when: str) -> str:
    points = [[low, 0.0], [high, value]]
    text = f'convert.{quantity} = {{ kind = "linear", points = {points} }}'
    return f"{text} # EXAMPLE numbers: put yours, {when}"


_CERTIFICATE = "# EXAMPLE numbers: take them from its certificate"
_GAUGE = (
    'quantity = "pore_pressure"    # what the gauge measures',
    f'convert.pore_pressure = {{ kind = "vw_linear", zero = 9000.0, gauge_factor = -0.18 }} {_CERTIFICATE}',
)
# What a model needs beyond its place. What only the owner can know is an example, and says so.
_MORE: dict[str, tuple[str, ...]] = {
    "ads1115": ('input = "A0"', 'quantity = "supply_voltage"    # what is wired to this input'),
    "avw200": ("input = 1", *_GAUGE, 'convert.temperature = { kind = "thermistor" }'),
    "chirp": (_linear("soil_moisture", 290.0, 700.0, 0.5, "dry and wet"),),
    "qdy30a": (_linear("water_level", 0.0, 1.0, 1.0, "in air and under water"),),
    "seesaw-soil": (_linear("soil_moisture", 200.0, 2000.0, 0.5, "dry and wet"),),
    "teros-11": ('convert.soil_moisture = { kind = "teros_mineral" }',),
    "teros-12": ('convert.soil_moisture = { kind = "teros_mineral" }',),
    "vibwire-108": ("input = 0", *_GAUGE),
}


def sensor_toml(models: tuple[str, ...], bus: str, key: str, place: int | str) -> str:
    """A table for the first of `models`, with the others in a comment."""
    model, *others = models
    shown = f"0x{place:02X}" if key == "address" and isinstance(place, int) else json.dumps(place)
    # SDI-12 tells `a` from `A`, and an id of the station does not.
    capital = "upper-" if isinstance(place, str) and place.isupper() else ""
    number = f"{place:02x}" if key == "address" and isinstance(place, int) else str(place).lower()
    lines = [
        "[[sensor]]",
        f'id = "{model}-{capital}{number}"',
        f'model = "{model}"' + (f"    # or {', '.join(others)}" if others else ""),
        f"bus = {json.dumps(bus)}",
        f"{key} = {shown}",
        *_MORE.get(model, ()),
    ]
    return "\n".join(lines) + "\n"
