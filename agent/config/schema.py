"""The configuration as types: what may stand in the file, within which limits, with which default.

Descriptions travel into the JSON Schema and into messages. Driver keys come from the driver itself.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import Field, create_model

from agent.config.patterns import ADAPTER, HOST, IN_WORDS, REFERENCE, TOPIC, URL
from agent.config.schema_base import STRICT, FilePath, Ident, Range, Reference, Strict
from agent.config.schema_calibrate import Calibrate  # noqa: TC001 - pydantic reads it
from agent.config.schema_convert import Conversion, Derivation  # noqa: TC001 - pydantic reads them
from agent.config.schema_notify import AnyNotifier  # noqa: TC001 - pydantic reads it
from agent.config.schema_quality import Quality  # noqa: TC001 - pydantic reads it
from agent.config.schema_watch import RoleName, Watch
from drivers.registry import MODELS
from drivers.settings import Settings


class Station(Strict):
    """Which station this is and where it keeps its data."""

    site: Ident = Field(description="the restored mine", examples=["north-dump"])
    id: Ident = Field(description="this unit; unique on its site", examples=["st-01"])
    title: str = Field(default="", max_length=120, description="for people")
    latitude: float | None = Field(default=None, ge=-90, le=90, description="WGS84 degrees")
    longitude: float | None = Field(default=None, ge=-180, le=180, description="WGS84 degrees")
    elevation_m: float | None = Field(default=None, ge=-500, le=9000, description="above sea level")
    state_dir: FilePath = Field(
        default=Path("/var/lib/skyground"), description="holds the journal; systemd's $STATE_DIRECTORY wins"
    )
    heartbeat_s: float = Field(
        default=60, ge=5, le=3600, description="how often the station reports on itself"
    )
    clock_wait_h: float = Field(
        default=24,
        ge=0,
        le=8760,
        description="how long observations wait for the clock to be set before they are stored with an"
        " estimated time; 0: not at all",
    )


class Journal(Strict):
    """The log on the card: everything is kept until its space is needed."""

    max_mb: float = Field(
        default=1000,
        ge=4,
        le=1_000_000,
        description="its share of the card; the oldest delivered observations make room first",
    )
    card_tb: float = Field(
        default=29, gt=0, le=100_000, description="terabytes the card may be written, by its maker (TBW)"
    )


class Log(Strict):
    """What the agent says about itself on standard output."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class SerialBus(Strict):
    """An RS-485 or UART line. One thread owns it; all instruments on it share these line settings."""

    id: Ident = Field(description="a name of your choice", examples=["rs485-0"])
    kind: Literal["serial"]
    port: str = Field(
        min_length=1,
        max_length=4096,
        description="prefer /dev/serial/by-id/...: it survives re-plugging",
        examples=["/dev/serial/by-id/usb-FTDI_USB-RS485_Cable_FT000001-if00-port0"],
    )
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1
    data_bits: Literal[7, 8] = Field(
        default=8, description="7 only for SDI-12 through a bare level shifter: 1200 baud, parity even"
    )


class I2cBus(Strict):
    """An I2C adapter."""

    id: Ident = Field(description="a name of your choice", examples=["i2c-1"])
    kind: Literal["i2c"]
    adapter: str = Field(default="/dev/i2c-1", pattern=ADAPTER, description=IN_WORDS[ADAPTER])


class HostBus(Strict):
    """The computer that the station runs on, for its own health. There is one, without a wire."""

    id: Ident = Field(description="a name of your choice", examples=["host"])
    kind: Literal["host"]


class SensorBase(Settings):
    """What every sensor says. Its model's driver adds keys of its own."""

    model_config = STRICT

    id: Ident = Field(description="a name of your choice; part of topics and tags", examples=["level-1"])
    model: str = Field(description="the instrument")
    bus: Ident = Field(description="id of the [[bus]] it is wired to", examples=["i2c-1"])
    period_s: float = Field(default=60.0, ge=0.1, le=86400, description="time between readings")
    title: str = Field(default="", max_length=120, description="for people")
    depth_m: float | None = Field(default=None, ge=0, le=1000, description="below ground, positive down")
    convert: dict[str, Conversion] = Field(
        default_factory=dict, description="by quantity: how the raw signal becomes a value"
    )
    derive: dict[str, Derivation] = Field(
        default_factory=dict, description="by quantity: a channel worked out of another of this sensor"
    )
    expect: dict[str, Range] = Field(
        default_factory=dict, description="by quantity: values outside [low, high] are flagged suspect"
    )
    calibrate: dict[str, Calibrate] = Field(
        default_factory=dict, description="by quantity: how long a calibration is good"
    )
    quality: dict[str, Quality] = Field(
        default_factory=dict, description="by quantity: what its quality tests ask"
    )
    watch: dict[str, RoleName] = Field(
        default_factory=dict, description="by quantity: what it is to the detectors, where that is not plain"
    )


class SinkBase(Strict):
    """What every destination says."""

    id: Ident = Field(description="a name of your choice", examples=["office"])
    batch_s: float = Field(
        default=0, ge=0, le=3600, description="wait so long for more to send together; events never wait"
    )
    max_mb_per_day: float | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        description="what may cross the link in a day; events go all the same",
    )
    drain_rows_per_s: float | None = Field(
        default=None, gt=0, le=1_000_000, description="how fast a backlog may follow what is live"
    )


class MqttSink(SinkBase):
    """An MQTT 5 broker."""

    kind: Literal["mqtt"]
    host: str = Field(
        pattern=HOST, description="name or address of the broker", examples=["mqtt.example.org"]
    )
    port: int | None = Field(default=None, ge=1, le=65535, description="1883, or 8883 with TLS")
    tls: bool = Field(default=False, description="encrypt and verify the broker")
    ca_file: FilePath | None = Field(
        default=None, description="own certificate authority; default: the system's"
    )
    cert_file: FilePath | None = Field(default=None, description="this station's certificate, for mutual TLS")
    key_file: FilePath | None = Field(default=None, description="the certificate's key")
    username: str | None = Field(default=None, description="as the broker knows this station")
    password_from: Reference | None = Field(default=None, description=IN_WORDS[REFERENCE])
    client_id: str | None = Field(
        default=None, min_length=1, max_length=64, description="default: SITE-STATION"
    )
    topic_prefix: str = Field(
        default="mine/v1", max_length=200, pattern=TOPIC, description="first part of every topic"
    )
    keepalive_s: int = Field(default=30, ge=5, le=1200, description="sign of life on a silent link")
    batch_rows: int = Field(default=100, ge=1, le=1000, description="observations in one message")
    window: int = Field(default=20, ge=1, le=1000, description="messages sent ahead of their acknowledgement")
    max_messages_per_s: float = Field(
        default=200, gt=0, le=10000, description="brokers drop acknowledged messages above their queue limit"
    )
    ack_timeout_s: float = Field(default=20, ge=1, le=300, description="silence after which the link is dead")
    deflate: bool = Field(default=False, description="compress observations: a fifth of the bytes")
    latest_s: float = Field(
        default=300, ge=0, le=86400, description="how often the retained newest values are renewed; 0: never"
    )
    listen: bool = Field(
        default=True, description="take receipts and resend requests for this station from the broker"
    )


class InfluxSink(SinkBase):
    """An InfluxDB server, or anything that takes its writes."""

    kind: Literal["influxdb"]
    url: str = Field(pattern=URL, description=IN_WORDS[URL], examples=["http://127.0.0.1:8086"])
    api: Literal["v2", "v1"] = Field(
        default="v2", description="v1 for the 1.6 server of Debian and Raspberry Pi OS"
    )
    bucket: str = Field(min_length=1, description="bucket, or database for v1", examples=["skyground"])
    org: str = Field(default="", description="v2 only")
    token_from: Reference | None = Field(default=None, description=f"v2 only: {IN_WORDS[REFERENCE]}")
    username: str | None = Field(default=None, description="v1 only")
    password_from: Reference | None = Field(default=None, description=f"v1 only: {IN_WORDS[REFERENCE]}")
    ca_file: FilePath | None = Field(
        default=None, description="own certificate authority; default: the system's"
    )
    text: bool = Field(
        default=True,
        description="write text fields of events; false for VictoriaMetrics, which turns them into 0",
    )
    batch_rows: int = Field(default=1000, ge=1, le=5000, description="observations in one request")
    timeout_s: float = Field(default=10, ge=1, le=120, description="longest wait for an answer")


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
            model=cast("Any", (Literal[tuple(models)], Field(description="the instrument"))),
        )
        for entry, models in by_driver.items()
    ]


if TYPE_CHECKING:
    AnySensor = SensorBase
else:
    AnySensor = Annotated[reduce(or_, _sensor_types()), Field(discriminator="model")]
AnyBus = Annotated[I2cBus | SerialBus | HostBus, Field(discriminator="kind")]
AnySink = Annotated[MqttSink | InfluxSink, Field(discriminator="kind")]


class Config(Strict):
    """One station."""

    station: Station
    journal: Journal = Journal()
    log: Log = Log()
    watch: Watch = Watch()
    bus: list[AnyBus] = Field(min_length=1)
    sensor: list[AnySensor] = Field(min_length=1)
    publish: list[AnySink] = Field(default_factory=list)
    notify: list[AnyNotifier] = Field(default_factory=list)
