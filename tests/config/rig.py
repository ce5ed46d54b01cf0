"""A small right configuration, and what `load` says about a changed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.config.load import ConfigError, load

if TYPE_CHECKING:
    from pathlib import Path

    from agent.config.schema import Config

RIGHT = """\
[station]
site = "north-dump"
id = "st-01"

[[bus]]
id = "rs485-0"
kind = "serial"
port = "/dev/ttyUSB0"

[[bus]]
id = "i2c-1"
kind = "i2c"

[[sensor]]
id = "ph-3"
model = "sup-ph8001"
bus = "rs485-0"
unit = 3

[[sensor]]
id = "level-1"
model = "ads1115"
bus = "i2c-1"
input = "A0"
quantity = "water_level"
convert.water_level = { kind = "linear", points = [[0.4, 0.0], [2.0, 10.0]] }

[[publish]]
id = "office"
kind = "mqtt"
host = "mqtt.example.org"

[[publish]]
id = "archive"
kind = "influxdb"
url = "http://127.0.0.1:8086"
bucket = "skyground"
"""

PH = 'model = "sup-ph8001"\n'
LEVEL = 'quantity = "water_level"\n'
LINE = 'convert.water_level = { kind = "linear", points = [[0.4, 0.0], [2.0, 10.0]] }\n'
MQTT = 'host = "mqtt.example.org"\n'
INFLUX = 'bucket = "skyground"\n'


def changed(old: str, new: str) -> str:
    """The right configuration with one thing replaced."""
    assert RIGHT.count(old) == 1
    return RIGHT.replace(old, new)


def loaded(folder: Path, text: str) -> Config:
    """The configuration in `text`."""
    path = folder / "skyground.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def refused(folder: Path, text: str) -> ConfigError:
    """The error that `text` deserves."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    return caught.value
