"""Where EZO circuits are: one has a UART to itself, several share an I2C bus by address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.config.problem import Problem
from agent.config.tables import tables, text
from drivers.ezo.circuits import CIRCUITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.position import Path
    from agent.config.schema import Config

UNCOMPENSATED = "SG-C054"

_WHAT_IT_GIVES = {
    "ezo-ec": "conductivity is then the one at the temperature of the water, and not the one at 25 degC: "
    "2 % less per degree below",
    "ezo-do": "mg/L are then worked out for the default temperature of the circuit: 2 % wrong per degree",
}


def places(document: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """What each sensor takes up, in words, where nobody else may be: each of them at most once."""
    kinds = _kinds(document)
    sensors = [(path, sensor, text(sensor, "bus")) for path, sensor in tables(document, "sensor")]
    uarts = {bus for _, sensor, bus in sensors if _is_ezo(sensor) and kinds.get(bus) == "serial"}
    for path, sensor, bus in sensors:
        if bus in uarts:
            yield (*path, "bus"), f"the UART {bus}, which an EZO circuit needs for itself"
        elif _is_ezo(sensor) and kinds.get(bus) == "i2c":
            address = sensor.get("address", CIRCUITS[sensor["model"]].address)
            if type(address) is int:
                yield (*path, "address" if "address" in sensor else "bus"), f"address {address:#x} on {bus}"


def needless_addresses(document: dict[str, Any]) -> Iterator[Path]:
    """Every address of a circuit that is on a UART, where it would be passed over in silence."""
    kinds = _kinds(document)
    for path, sensor in tables(document, "sensor"):
        if _is_ezo(sensor) and "address" in sensor and kinds.get(text(sensor, "bus")) == "serial":
            yield (*path, "address")


def warnings(config: Config) -> Iterator[Problem]:
    """Every circuit whose values mean little without the temperature of the water, which nobody tells it.

    pH is left out: its slope changes by 0.3 % per degree, and near 7 not at all.
    """
    for sensor in config.sensor:
        told = [getattr(sensor, key, None) for key in ("temperature", "temperature_c")]
        if sensor.model in _WHAT_IT_GIVES and told == [None, None]:
            yield Problem(
                code=UNCOMPENSATED,
                level="warning",
                message=f'sensor "{sensor.id}" ({sensor.model}) is not told the temperature of the water',
                notes=(_WHAT_IT_GIVES[sensor.model],),
                help='temperature = "SENSOR/temperature", or temperature_c = the usual one; without either '
                "the circuit uses what it was told last, and its default after its power was off",
            )


def _kinds(document: dict[str, Any]) -> dict[str | None, str | None]:
    return {text(table, "id"): text(table, "kind") for _, table in tables(document, "bus")}


def _is_ezo(sensor: dict[str, Any]) -> bool:
    return text(sensor, "model") in CIRCUITS
