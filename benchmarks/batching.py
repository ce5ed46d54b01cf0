"""What a value costs on a metered link: a station of 12 channels a minute, by how long it waits for company.

The sink is fed as the shipper would feed it, and a wire in front of the broker counts. A minute takes no
minute: what the silent link costs in between, its signs of life, is measured once and added.
"""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.config.schema import MqttSink as MqttConfig
from agent.model import (
    Calibration,
    Channel,
    Entry,
    Flag,
    Instant,
    Observation,
    Stamp,
    StationId,
    TimeSource,
    Trust,
    Why,
)
from agent.publish.meta import uncalibrated
from agent.publish.mqtt.sink import MqttSink
from agent.quantity import QUANTITIES
from benchmarks.proxy import Proxy
from benchmarks.result import Result
from benchmarks.servers import start_broker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BATCHES = 40
_DEFLATE: dict[str, object] = {"deflate": True}
_METERED: dict[str, object] = {**_DEFLATE, "keepalive_s": 600}
# Minutes that it waits, and the keys of its sink beside that.
_CASES: tuple[tuple[int, str, dict[str, object]], ...] = (
    (1, "plain", {}),
    (1, "deflate", _DEFLATE),
    (1, "deflate, keepalive_s 600", _METERED),
    (5, "plain", {}),
    (5, "deflate", _DEFLATE),
    (5, "deflate, keepalive_s 600", _METERED),
    (5, "the same and latest with each batch", {**_METERED, "latest_s": 1e-9}),
    (15, "deflate, keepalive_s 600", _METERED),
)
_START_NS = 1_763_805_600 * NS
_UNITS = 4
_QUANTITIES = (
    ("soil_moisture", "m3/m3", 0.31),
    ("temperature", "degC", 11.4),
    ("conductivity", "uS/cm", 412.0),
)
_STATION = StationId("north", "seep-1", "8c1f42d0")
_RAW = Calibration("none", "{}")
_HOW = "TCP payload + 40 a segment, both ways, signs of life included; 12 channels a minute"


def measure(folder: Path) -> list[Result]:
    """IP bytes per value, by `batch_s`, `deflate` and `keepalive_s`."""
    with ExitStack() as stack:
        port = start_broker(stack, folder)
        ping = _ping_bytes(port)
        return [
            Result(
                f"mqtt, a batch each {60 * minutes} s, {words}",
                _per_value(port, minutes, ping, config),
                "B",
                _HOW,
                12 if minutes > 1 and config.get("keepalive_s") else None,
            )
            for minutes, words, config in _CASES
        ]


def _per_value(port: int, minutes: int, ping: float, config: dict[str, object]) -> float:
    values = _values()
    with Proxy(port) as wire:
        keys = _keys(wire.port, config)
        sink = MqttSink(keys, None, _STATION, uncalibrated)
        sink.send([next(values) for _ in range(12 * minutes)])
        sink.idle()
        before = wire.traffic()
        for _ in range(_BATCHES):
            sink.send([next(values) for _ in range(12 * minutes)])
            sink.idle()
        passed = wire.traffic().since(before).ip_bytes
        sink.close()
    pings = max(0, minutes * 60 // keys.keepalive_s - 1)
    return (passed / _BATCHES + pings * ping) / (12 * minutes)


def _ping_bytes(port: int) -> float:
    """One sign of life and its answer."""
    with Proxy(port) as wire:
        sink = MqttSink(_keys(wire.port, {"keepalive_s": 5}), None, _STATION, uncalibrated)
        sink.idle()
        before = wire.traffic()
        time.sleep(12)
        passed = wire.traffic().since(before).ip_bytes
        sink.close()
    return passed / 2


def _keys(port: int, config: dict[str, object]) -> MqttConfig:
    keys = {"id": "b", "kind": "mqtt", "host": "127.0.0.1", "port": port, "latest_s": 0, **config}
    return MqttConfig.model_validate(keys)


def _values() -> Iterator[Entry]:
    """A minute of four soil probes in turn; they wander by a hundredth, as sharp as they are stored."""
    chance = random.Random(1)
    walk = {(unit, name): mean for unit in range(_UNITS) for name, _, mean in _QUANTITIES}
    for minute in count():
        for unit in range(_UNITS):
            wall_ns = _START_NS + minute * 60 * NS + (unit * 90 + chance.randrange(20)) * 1_000_000
            for place, (name, symbol, mean) in enumerate(_QUANTITIES):
                walk[unit, name] += chance.gauss(0, mean / 100)
                value = round(walk[unit, name], QUANTITIES[name].decimals)
                seq = (minute * _UNITS + unit) * len(_QUANTITIES) + place + 1
                channel = Channel(f"soil-{unit + 1}", name, symbol, "x")
                yield _entry(seq, channel, wall_ns, value)


def _entry(seq: int, channel: Channel, wall_ns: int, value: float) -> Entry:
    at = Instant(wall_ns, wall_ns - _START_NS, Trust.NTP)
    record = Observation(channel, at, value, value, Flag.GOOD, Why.NONE, _RAW)
    return Entry(seq, "boot", record, Stamp(wall_ns, TimeSource.NTP, 0.0, settled=True))
