"""The one list of targets: a new reader of bytes is a line here. Imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from fuzz.target import Target

TARGETS = {
    "modbus-decode": "fuzz.modbus:DECODE",
    "modbus-frame": "fuzz.modbus:FRAME",
    "modbus-dialogue": "fuzz.modbus_dialogue:DIALOGUE",
    "modbus-profile": "fuzz.modbus:PROFILE",
    "sdi12-answer": "fuzz.sdi12:ANSWER",
    "sdi12-profile": "fuzz.sdi12:PROFILE",
    "ezo-uart": "fuzz.ezo:UART",
    "ezo-i2c": "fuzz.ezo:I2C",
    "bme280": "fuzz.barometers:BME280",
    "bmp388": "fuzz.barometers:BMP388",
    "config-load": "fuzz.configuration:LOAD",
    "config-positions": "fuzz.configuration:POSITIONS",
    "influx-answer": "fuzz.servers:INFLUX",
    "control-request": "fuzz.control:REQUEST",
    "mqtt-inbox": "fuzz.mqtt:INBOX",
    "replay-history": "fuzz.replay:HISTORY",
}


def find(name: str) -> Target:
    """The target of this name. Raises KeyError."""
    module, _, attribute = TARGETS[name].partition(":")
    return cast("Target", getattr(import_module(module), attribute))
