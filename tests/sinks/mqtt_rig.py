"""What tests of the MQTT sink share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sinks.senml_reader import read

if TYPE_CHECKING:
    from tests.servers.mosquitto import Subscriber

META = {"agent": "skyground", "channels": ["ph-3/ph"]}


def seqs(subscriber: Subscriber) -> list[int]:
    """Sequence numbers of all readings that came, in order of arrival."""
    return [row.seq for message in subscriber.on("/readings") for row in read(message.payload)]


def tell(subscriber: Subscriber, topic: str, payload: bytes, *, retain: bool = False) -> None:
    """Publish over the subscriber's connection; returns when the broker has it."""
    subscriber._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)
