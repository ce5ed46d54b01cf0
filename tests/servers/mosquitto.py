"""A real mosquitto broker and a subscriber that loses nothing."""

from __future__ import annotations

import os
import queue
import time
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.servers.process import Process, free_port, listens, program, wait_until

if TYPE_CHECKING:
    from pathlib import Path

# The default limit of 1000 queued messages drops what the broker has already acknowledged.
_OPEN = ("allow_anonymous true", "max_queued_messages 0")
_DURABLE = ("persistence true", "autosave_on_changes true", "autosave_interval 1")


class Mosquitto:
    """A broker on its own loopback port. `lines` are added to its configuration file."""

    def __init__(self, folder: Path, *lines: str, durable: bool = False, port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.host = "127.0.0.1"
        self.port = port or free_port()
        own = list(lines or _OPEN)
        if os.geteuid() == 0:
            own.insert(0, "user root")  # it would give up root and then fail to read files of the tests
        if durable:
            own += [*_DURABLE, f"persistence_location {folder}/"]
        if not any(line.startswith("listener") for line in own):
            own.insert(0, f"listener {self.port} 127.0.0.1")
        config = folder / "mosquitto.conf"
        config.write_text("\n".join(own) + "\n", encoding="utf-8")
        self.database = folder / "mosquitto.db" if durable else None
        command = [program("mosquitto", "mosquitto"), "-v", "-c", str(config)]
        self.process = Process(command, folder / "mosquitto.log", lambda: listens(self.port))

    def start(self) -> Mosquitto:
        """Start, or start again on the same port with the same data."""
        self.process.start()
        return self

    def stop(self) -> None:
        """SIGTERM and wait."""
        self.process.stop()

    def kill(self) -> None:
        """SIGKILL and wait."""
        self.process.kill()

    def log_text(self) -> str:
        """The broker's verbose log."""
        return self.process.log_text()


class Message(NamedTuple):
    """One received publication."""

    topic: str
    payload: bytes
    retain: bool


class Subscriber:
    """An MQTT 5 QoS 1 subscriber with a session that outlives its connection and the broker's restarts."""

    def __init__(
        self, broker: Mosquitto, topic: str, name: str = "", username: str = "", port: int | None = None
    ) -> None:
        self.messages: list[Message] = []
        self.pause_s = 0.0  # how long a message keeps it busy
        self._ready: queue.SimpleQueue[None] = queue.SimpleQueue()
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=name or f"sub-{uuid4()}", protocol=paho.MQTTv5
        )
        client.username = username or None

        def on_connect(*_: object) -> None:
            client.subscribe(topic, qos=1)

        client.on_connect = on_connect
        client.on_subscribe = lambda *_: self._ready.put(None)
        client.on_message = self._on_message
        client.reconnect_delay_set(1, 1)
        keep = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho is partly typed
        keep.SessionExpiryInterval = 3600
        client.connect(broker.host, port or broker.port, clean_start=False, properties=keep)
        client.loop_start()
        self._client = client
        self._ready.get(timeout=10)
        saved = broker.database
        if saved is not None:  # the broker answers first and saves a moment later
            wait_until(lambda: saved.exists() and topic.encode() in saved.read_bytes(), "session saved")

    def on(self, suffix: str) -> list[Message]:
        """What came on topics that end in `suffix`, in order of arrival."""
        return [message for message in list(self.messages) if message.topic.endswith(suffix)]

    def wait_for(self, suffix: str, count: int = 1, timeout_s: float = 15.0) -> list[Message]:
        """Wait until `count` messages came on topics that end in `suffix`."""
        wait_until(lambda: len(self.on(suffix)) >= count, f"{count} messages on {suffix}", timeout_s)
        return self.on(suffix)

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        time.sleep(self.pause_s)
        self.messages.append(Message(message.topic, bytes(message.payload), message.retain))

    def publish(self, topic: str, payload: bytes) -> None:
        """Say something retained, if the broker can be reached."""
        self._client.publish(topic, payload, qos=1, retain=True)

    def wait_until_subscribed(self) -> None:
        """Wait for the subscription that follows the next connect, or the last that nobody waited for."""
        self._ready.get(timeout=15)

    def close(self) -> None:
        """Disconnect and end the thread."""
        client = self._client
        client.disconnect()
        client.loop_stop()
        # Without the circle of client and callbacks, paho closes its last sockets at once.
        client.on_connect = client.on_subscribe = client.on_message = None
