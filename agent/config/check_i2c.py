"""Chips on I2C, and the computer itself, in a document that may be wrong anywhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from agent.config.problem import Finding
from agent.config.tables import numbers, tables, text
from agent.config.words import literal
from drivers.ads1115.channels import FULL_SCALE_V
from drivers.registry import ADS1115, BME280, BMP388, CHIRP, HOST, INA219, MODELS, SEESAW_SOIL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.position import Path

NO_REFERENCE = "SG-C036"

Table = dict[str, Any]

_ADDRESSES = {ADS1115: 0x48, BME280: 0x76, BMP388: 0x77, CHIRP: 0x20, INA219: 0x40, SEESAW_SOIL: 0x36}
_SUPPLY_V = 3.3


def delivers_always(sensor: Table) -> bool:
    """Whether the model alone says what a sensor measures, and in which unit."""
    entry = MODELS.get(text(sensor, "model") or "")
    return entry == HOST or (entry in _ADDRESSES and entry != ADS1115)


def delivered(sensor: Table) -> dict[str, str]:
    """The unit in which such a sensor gives each of its quantities."""
    chosen = sensor.get("quantities")
    # A shunt changes the range alone; the names and units that are asked for here do not depend on it.
    keys = SimpleNamespace(shunt_ohm=1.0, quantities=chosen if isinstance(chosen, list) else _Everything())
    model = str(text(sensor, "model"))
    return {spec.quantity: spec.raw_unit for spec in MODELS[model].channels(model, keys)}


class _Everything:
    def __contains__(self, _item: object) -> bool:
        return True


def places(document: Table) -> Iterator[tuple[Path, str]]:
    """The address of each chip on its bus, once for the sensors that share an ADS1115."""
    shared = set()
    for path, sensor in tables(document, "sensor"):
        entry, bus = MODELS.get(text(sensor, "model") or ""), text(sensor, "bus")
        if entry not in _ADDRESSES or not bus:
            continue
        address = sensor.get("address", _ADDRESSES[entry])
        if type(address) is not int or (entry == ADS1115 and (bus, address) in shared):
            continue
        if entry == ADS1115:
            shared.add((bus, address))
        yield (*path, "address" if "address" in sensor else "bus"), f"address {address:#x} on {bus}"


def references(document: Table) -> Iterator[Finding]:
    """Every ratiometric instrument whose supply could not be measured as it says."""
    for path, sensor in tables(document, "sensor"):
        pin = text(sensor, "reference_input")
        if MODELS.get(text(sensor, "model") or "") == ADS1115 and pin:
            yield from _same_input((*path, "reference_input"), sensor, pin)
            yield from _beyond_gain(path, sensor)


def _same_input(path: Path, sensor: Table, pin: str) -> Iterator[Finding]:
    if pin == text(sensor, "input"):
        yield Finding(
            code=NO_REFERENCE,
            message=f"{pin} is both the signal and its reference: that gives one value for ever",
            path=path,
            help="wire the supply of the instrument to another input, and name that one",
        )


def _beyond_gain(path: Path, sensor: Table) -> Iterator[Finding]:
    supply = numbers([sensor.get("reference_v", _SUPPLY_V)], 1)
    full_scale_v = FULL_SCALE_V.get(str(sensor.get("gain", "1")))
    if supply and full_scale_v and supply[0] >= full_scale_v:
        yield Finding(
            code=NO_REFERENCE,
            message=f"a supply of {literal(supply[0])} V is above the {full_scale_v:g} V of this gain",
            path=(*path, "reference_v" if "reference_v" in sensor else "gain"),
            help="choose a smaller gain: signal and supply are measured with the same one",
        )
