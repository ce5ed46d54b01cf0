"""What each sensor of a document measures, in which unit, as far as a document that may be wrong tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.config import check_i2c, check_modbus, check_sdi12
from agent.config.tables import subtables, tables, text
from agent.quantity import QUANTITIES
from drivers.ezo.circuits import CIRCUITS
from drivers.registry import ADS1115, MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.config.position import Path

Table = dict[str, Any]

_VOLT = "V"


def delivered(sensor: Table) -> dict[str, str]:
    """The unit in which a sensor gives each of its quantities; empty when that cannot be told."""
    model = text(sensor, "model") or ""
    entry = MODELS.get(model)
    if check_modbus.is_modbus(sensor):
        return check_modbus.delivered(sensor)
    if check_sdi12.is_sdi12(sensor):
        return check_sdi12.delivered(sensor)
    if check_i2c.delivers_always(sensor):
        return check_i2c.delivered(sensor)
    if model in CIRCUITS:
        return {CIRCUITS[model].quantity: CIRCUITS[model].raw_unit}
    quantity = text(sensor, "quantity")
    return {quantity: _VOLT} if entry == ADS1115 and quantity in QUANTITIES else {}


def channels(document: Mapping[str, Any]) -> dict[str, Path]:
    """Every channel of the station that can be told, `SENSOR/QUANTITY`, with the path of its sensor."""
    return {
        f"{text(sensor, 'id')}/{quantity}": path
        for path, sensor in tables(document, "sensor")
        for quantity in (*delivered(sensor), *subtables(sensor, "derive"))
        if text(sensor, "id")
    }
