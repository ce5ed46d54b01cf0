"""The other half of an end-to-end receipt: an ingest side that says how far it has everything."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from tests.faults.history import Identity
from tests.sinks.senml_reader import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.mosquitto import Message, Subscriber

_TOPIC = "mine/v1/demo-mine/st-1/receipt"
_EVERY_S = 0.2
_NUMBERED = {"event", "health", "completeness", "judgement", "visit"}


class ReceiptGiver:
    """Publishes {journal, seq} for the journal heard last, again and again until it is closed."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._read = 0
        self._have: set[Identity] = set()
        self._highest = Identity("", 0)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._give_and_give, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No more of them."""
        self._closing.set()
        self._thread.join(10)

    def _give_and_give(self) -> None:
        while not self._closing.wait(_EVERY_S):
            self._take_in()
            if self._highest.journal:
                self._subscriber.publish(_TOPIC, json.dumps(self._highest._asdict()).encode())

    def _take_in(self) -> None:
        for message in self._subscriber.messages[self._read :]:
            self._read += 1
            self._have |= set(_identities(message))
        for journal, _ in self._have:
            if journal != self._highest.journal:
                self._highest = Identity(journal, 0)
        while (following := self._highest._replace(seq=self._highest.seq + 1)) in self._have:
            self._highest = following


def _identities(message: Message) -> Iterator[Identity]:
    kind = message.topic.rsplit("/", 1)[1]
    if kind == "readings":
        yield from (Identity(row.journal, row.seq) for row in read(message.payload))
    elif kind in _NUMBERED:
        body = json.loads(message.payload)
        yield Identity(body["journal"], body["seq"])
