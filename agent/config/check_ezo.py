"""Where EZO circuits are: one has a UART to itself, several share an I2C bus by address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.config.tables import tables, text
from drivers.ezo.circuits import CIRCUITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.position import Path


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


def _kinds(document: dict[str, Any]) -> dict[str | None, str | None]:
    return {text(table, "id"): text(table, "kind") for _, table in tables(document, "bus")}


def _is_ezo(sensor: dict[str, Any]) -> bool:
    return text(sensor, "model") in CIRCUITS
