"""Fixtures of the MQTT sink."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.config.schema import MqttSink as MqttConfig
from agent.publish.mqtt.sink import MqttSink
from tests.servers.tcp import Proxy
from tests.sinks.mqtt_rig import META
from tests.sinks.world import station

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.servers.mosquitto import Mosquitto


@pytest.fixture
def make_sink() -> Iterator[Callable[..., MqttSink]]:
    """Build sinks that are closed at the end: `make_sink(port, "station", secret=..., **config)`."""
    sinks: list[MqttSink] = []

    def make(
        port: int,
        name: str,
        secret: str | None = None,
        meta: Mapping[str, object] = META,
        birth: Callable[[], Mapping[str, object]] | None = None,
        trouble: Callable[[], str] = lambda: "",
        **config: object,
    ) -> MqttSink:
        keys = {"id": "m", "kind": "mqtt", "host": "127.0.0.1", "port": port, "ack_timeout_s": 5, **config}
        sinks.append(
            MqttSink(MqttConfig.model_validate(keys), secret, station(name), birth or (lambda: meta), trouble)
        )
        return sinks[-1]

    yield make
    for sink in sinks:
        sink.close()


@pytest.fixture
def proxy(mosquitto: Mosquitto) -> Iterator[Proxy]:
    """A wire to the shared broker that can be cut or frozen."""
    wire = Proxy(mosquitto.port)
    yield wire
    wire.close()
