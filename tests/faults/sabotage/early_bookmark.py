"""`skyground`, but a batch counts as delivered the moment that it is handed to a sink."""

from __future__ import annotations

import queue
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING

from agent.cli.main import main
from agent.publish.contract import SinkError
from agent.publish.influx.sink import InfluxSink
from agent.publish.mqtt.sink import MqttSink

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.model import Entry
    from agent.publish.contract import Sink

_taken: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()


def _spoil(kind: type[Sink]) -> None:
    honest = kind.send

    def take(self: Sink, batch: Sequence[Entry]) -> None:
        _start_sending()
        _taken.put(lambda: honest(self, batch))

    kind.send = take  # type: ignore[method-assign]


@cache
def _start_sending() -> None:
    """Not sooner: a thread from before the signals were blocked would be ended by the first of them."""
    threading.Thread(target=_send_some_day, daemon=True).start()


def _send_some_day() -> None:
    while True:
        send = _taken.get()
        try:
            send()
        except SinkError:
            continue  # its bookmark has moved long ago


if __name__ == "__main__":
    _spoil(MqttSink)
    _spoil(InfluxSink)
    sys.exit(main())
