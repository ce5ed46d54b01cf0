"""Whoever reads the station's topics, as a program: `python -m benchmarks.subscriber PORT FILE`.

MQTT 5, QoS 1. Notes when each message came, and writes it all down at the end as
`monotonic_ns topic payload`, one line per message.
"""

from __future__ import annotations

import json
import signal
import sys
import time
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion


class Arrival(NamedTuple):
    """One message, and when the subscriber had it in hands, ns of the monotonic clock."""

    at_ns: int
    topic: str
    payload: str

    def values(self) -> list[dict[str, Any]]:
        """The SenML records of a message of readings."""
        found: list[dict[str, Any]] = json.loads(self.payload)
        return found


def read_arrivals(path: Path) -> list[Arrival]:
    """The messages of readings, in order."""
    rows = (line.split(" ", 2) for line in path.read_text(encoding="utf-8").splitlines())
    found = (Arrival(int(at_ns), topic, payload) for at_ns, topic, payload in rows)
    return [arrival for arrival in found if arrival.topic.endswith("/readings")]


def _listen(port: int, path: Path) -> None:
    heard: list[tuple[int, str, bytes | bytearray]] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bench", protocol=paho.MQTTv5)
    client.on_message = lambda _c, _d, each: heard.append((time.monotonic_ns(), each.topic, each.payload))
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe("mine/#", qos=1)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    client.disconnect()
    client.loop_stop()
    lines = (f"{at_ns} {topic} {_text(payload)}\n" for at_ns, topic, payload in heard)
    path.write_text("".join(lines), encoding="utf-8")


def _text(payload: bytes | bytearray) -> str:
    """As JSON, deflated or not."""
    return (zlib.decompress(payload) if payload[:1] == b"\x78" else payload).decode()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    _listen(int(sys.argv[1]), Path(sys.argv[2]))
