"""What has come in over MQTT and waits to be looked at. Bounded, whatever the far side does.

paho's thread only puts in; the thread that publishes takes out, and reads.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import structlog

from agent.publish.mqtt.orders import MOST_BYTES, UnreadableError, read_order, read_receipt

if TYPE_CHECKING:
    from agent.publish.contract import Order, Receipt
    from agent.publish.mqtt.messages import Topics

_MOST_WAITING = 16
_IDS_KEPT = 64

_log = structlog.get_logger()


class Inbox:
    """Receipts and orders for one station.

    `refusals` are the answers owed to those whose command could not be read, the oldest first.
    """

    def __init__(self, topics: Topics, sink_id: str) -> None:
        self.refusals: deque[UnreadableError] = deque(maxlen=_MOST_WAITING)
        self._topics = topics
        self._sink_id = sink_id
        self._receipt: deque[bytes] = deque(maxlen=1)  # a newer one says all that an older one did
        self._commands: deque[bytes] = deque()
        self._ids: deque[str] = deque(maxlen=_IDS_KEPT)
        self._too_much = 0
        self._unreadable = 0

    @property
    def dropped(self) -> int:
        """Messages that came to nothing: too long, too many, or not what they should be."""
        return self._too_much + self._unreadable

    def put(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """One message as it came. A retained command is none: it would be given again at every connect."""
        if len(payload) > MOST_BYTES:
            self._too_much += 1
        elif topic == self._topics.receipt:
            self._receipt.append(payload)
        elif topic != self._topics.cmd or retained:
            return
        elif len(self._commands) < _MOST_WAITING:
            self._commands.append(payload)
        else:
            self._too_much += 1

    def take(self) -> list[Receipt | Order]:
        """All that has come in and can be read."""
        found: list[Receipt | Order] = []
        while self._receipt:
            found += self._read_receipt(self._receipt.popleft())
        while self._commands:
            found += self._read_order(self._commands.popleft())
        return found

    def _read_receipt(self, payload: bytes) -> list[Receipt]:
        if not payload:  # how a retained message is deleted
            return []
        try:
            return [read_receipt(payload)]
        except UnreadableError as error:
            self._refuse(error)
            return []

    def _read_order(self, payload: bytes) -> list[Order]:
        """The order; nothing when it was given before, as QoS 1 may do."""
        try:
            order = read_order(payload)
        except UnreadableError as error:
            self._refuse(error)
            return []
        if order.id in self._ids:
            return []
        self._ids.append(order.id)
        return [order]

    def _refuse(self, error: UnreadableError) -> None:
        if not self._unreadable:  # the status counts them; the log hears of the first
            _log.warning("message_refused", sink=self._sink_id, reason=error.what, hint=error.hint)
        self._unreadable += 1
        if error.id:
            self.refusals.append(error)
