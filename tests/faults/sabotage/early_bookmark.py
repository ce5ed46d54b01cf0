"""`skyground`, but a batch counts as delivered the moment that it is handed to the MQTT sink."""

from __future__ import annotations

import queue
import sys
import threading
from typing import TYPE_CHECKING

from agent.cli.main import main
from agent.publish.contract import SinkError
from agent.publish.mqtt.sink import MqttSink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Entry

_honest = MqttSink.send
_taken: queue.SimpleQueue[tuple[MqttSink, Sequence[Entry]]] = queue.SimpleQueue()


def _take(self: MqttSink, batch: Sequence[Entry]) -> None:
    _taken.put((self, batch))


def _send_some_day() -> None:
    while True:
        sink, batch = _taken.get()
        try:
            _honest(sink, batch)
        except SinkError:
            continue  # its bookmark has moved long ago


if __name__ == "__main__":
    MqttSink.send = _take  # type: ignore[method-assign]
    threading.Thread(target=_send_some_day, daemon=True).start()
    sys.exit(main())
