"""The configuration as types: what may stand in the file, within which limits, with which default.

Descriptions travel into the JSON Schema and into messages. Driver keys come from the driver itself.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from drivers.contract import Settings
from drivers.registry import MODELS

# Safe in an MQTT topic, a tag, a file name and a URL, all without escaping.
Ident = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$",
        description="lower-case letters, digits, - and _, 63 at the most, starting with a letter or digit",
    ),
]
Range = Annotated[list[float], Field(min_length=2, max_length=2, description="[low, high]")]


class Strict(BaseModel):
    """Unknown keys are errors; nothing changes after start; values never show in error texts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Station(Strict):
    """Which station this is and where it keeps its data."""

    site: Ident = Field(description="the restored mine")
    id: Ident = Field(description="this unit; unique on its site")
    title: str = Field(default="", max_length=120, description="for people")
    latitude: float | None = Field(default=None, ge=-90, le=90, description="WGS84 degrees")
    longitude: float | None = Field(default=None, ge=-180, le=180, description="WGS84 degrees")
    elevation_m: float | None = Field(default=None, ge=-500, le=9000)
    state_dir: Path = Field(
        default=Path("/var/lib/skyground"), description="holds the journal; systemd's $STATE_DIRECTORY wins"
    )
    heartbeat_s: float = Field(default=60, ge=5, le=3600, description="how often the station reports on itself")


class Log(Strict):
    """What the agent says about itself on standard output."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class SerialBus(Strict):
    """An RS-485 or UART line. One thread owns it; all instruments on it share these line settings."""

    id: Ident
    kind: Literal["serial"]
    port: str = Field(min_length=1, description="prefer /dev/serial/by-id/...: it survives re-plugging")
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1


class I2cBus(Strict):
    """An I2C adapter."""

    id: Ident
    kind: Literal["i2c"]
    adapter: str = Field(
        default="/dev/i2c-1",
        pattern=r"^(/dev/i2c-\d+|unix:/.+)$",
        description="/dev/i2c-N, or unix:/path of a simulated bus",
    )


class Linear(Strict):
    """A straight line through two points, for anything whose raw signal is proportional."""

    kind: Literal["linear"]
    points: Annotated[list[Range], Field(min_length=2, max_length=2)] = Field(
        description="[[raw, value], [raw, value]]"
    )
    unit: str | None = Field(default=None, description="unit of the value where the quantity has several")


class Divider(Strict):
    """A voltage divider in front of the converter: value = raw / ratio."""

    kind: Literal["divider"]
    ratio: float = Field(gt=0, le=1, description="R bottom / (R top + R bottom)")


class CurrentLoop(Strict):
    """A 4-20 mA loop over a shunt, judged by NAMUR NE 43."""

    kind: Literal["loop_4_20ma"]
    shunt_ohm: float = Field(default=100.0, gt=0, le=1000)
    at_4ma: float = Field(description="value at 4 mA")
    at_20ma: float = Field(description="value at 20 mA")
    unit: str | None = Field(default=None, description="unit of the value where the quantity has several")


Conversion = Annotated[Linear | Divider | CurrentLoop, Field(discriminator="kind")]


class SensorBase(Settings):
    """What every sensor says. Its model's driver adds keys of its own."""

    id: Ident
    bus: Ident = Field(description="id of the [[bus]] it is wired to")
    period_s: float = Field(default=60.0, ge=0.1, le=86400, description="time between readings")
    title: str = Field(default="", max_length=120, description="for people")
    depth_m: float | None = Field(default=None, ge=0, le=1000, description="below ground, positive down")
    convert: dict[str, Conversion] = Field(
        default_factory=dict, description="by quantity: how the raw signal becomes a value"
    )
    expect: dict[str, Range] = Field(
        default_factory=dict, description="by quantity: values outside [low, high] are flagged suspect"
    )


class MqttSink(Strict):
    """An MQTT 5 broker."""

    id: Ident
    kind: Literal["mqtt"]
    host: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$")
    port: int | None = Field(default=None, ge=1, le=65535, description="1883, or 8883 with TLS")
    tls: bool = Field(default=False, description="encrypt and verify the broker")
    ca_file: Path | None = Field(default=None, description="own certificate authority; default: the system's")
    cert_file: Path | None = Field(default=None, description="this station's certificate, for mutual TLS")
    key_file: Path | None = Field(default=None, description="the certificate's key")
    username: str | None = None
    password_from: str | None = Field(
        default=None,
        pattern=r"^(credential:[A-Za-z0-9_.-]+|file:/.+|env:[A-Za-z_][A-Za-z0-9_]*)$",
        description="credential:NAME (systemd), file:/path or env:NAME",
    )
    client_id: str | None = Field(default=None, max_length=64, description="default: SITE-STATION")
    topic_prefix: str = Field(default="mine/v1", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")
    keepalive_s: int = Field(default=30, ge=5, le=1200)
    batch_rows: int = Field(default=100, ge=1, le=1000, description="observations in one message")
    window: int = Field(default=20, ge=1, le=1000, description="messages sent ahead of their acknowledgement")
    max_messages_per_s: float = Field(
        default=200, gt=0, le=10000, description="brokers drop acknowledged messages above their queue limit"
    )
    ack_timeout_s: float = Field(default=20, ge=1, le=300, description="silence after which the link is dead")


class InfluxSink(Strict):
    """An InfluxDB server, or anything that takes its writes."""

    id: Ident
    kind: Literal["influxdb"]
    url: str = Field(pattern=r"^https?://[^\s@]+$", description="http://host:8086")
    api: Literal["v2", "v1"] = Field(
        default="v2", description="v1 for the 1.6 server of Debian and Raspberry Pi OS"
    )
    bucket: str = Field(min_length=1, description="bucket, or database for v1")
    org: str = Field(default="", description="v2 only")
    token_from: str | None = Field(
        default=None,
        pattern=r"^(credential:[A-Za-z0-9_.-]+|file:/.+|env:[A-Za-z_][A-Za-z0-9_]*)$",
        description="v2: credential:NAME (systemd), file:/path or env:NAME",
    )
    username: str | None = Field(default=None, description="v1 only")
    password_from: str | None = Field(
        default=None,
        pattern=r"^(credential:[A-Za-z0-9_.-]+|file:/.+|env:[A-Za-z_][A-Za-z0-9_]*)$",
        description="v1: credential:NAME (systemd), file:/path or env:NAME",
    )
    ca_file: Path | None = Field(default=None, description="own certificate authority; default: the system's")
    text: bool = Field(
        default=True, description="write text fields of events; false for VictoriaMetrics, which turns them into 0"
    )
    batch_rows: int = Field(default=1000, ge=1, le=5000)
    timeout_s: float = Field(default=10, ge=1, le=120)


def _sensor_types() -> list[type[SensorBase]]:
    """One type per driver: the common keys, the driver's own, and its model names."""
    by_driver: dict[Any, list[str]] = {}
    for model, entry in MODELS.items():
        by_driver.setdefault(entry, []).append(model)
    return [
        create_model(
            f"{entry.settings_name.removesuffix('Settings')}Sensor",
            __base__=(SensorBase, entry.settings()),
            __doc__=entry.settings().__doc__,
            model=(Literal[tuple(models)], Field(description="the instrument")),
        )
        for entry, models in by_driver.items()
    ]


AnySensor = Annotated[reduce(or_, _sensor_types()), Field(discriminator="model")]
AnyBus = Annotated[SerialBus | I2cBus, Field(discriminator="kind")]
AnySink = Annotated[MqttSink | InfluxSink, Field(discriminator="kind")]


class Config(Strict):
    """One station."""

    station: Station
    log: Log = Log()
    bus: list[AnyBus] = Field(min_length=1)
    sensor: list[AnySensor] = Field(min_length=1)  # type: ignore[valid-type]
    publish: list[AnySink] = Field(default_factory=list)
