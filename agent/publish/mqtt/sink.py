"""The MQTT sink: a batch is sent when the broker has acknowledged every message of it.

The connection is made on the first need and thrown away at the first doubt; the shipper brings us back.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from agent.publish.contract import SinkError, UnavailableError
from agent.publish.mqtt.connection import Connection, Will
from agent.publish.mqtt.delivery import Delivery, Pace
from agent.publish.mqtt.messages import Limits, Message, Topics, messages
from agent.publish.stamp import iso_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.config.schema import MqttSink as MqttConfig
    from agent.model import Entry, StationId
    from agent.publish.mqtt.connection import Welcome

_MOST_ROWS = 4000  # a stop waits for one batch, and a batch is in memory
_GOODBYE_S = 2.0


class MqttSink:
    """Publishes to one MQTT 5 broker under `{prefix}/{site}/{station}/`.

    `meta` is the station's birth certificate, retained beside `status`. `secret` is the password.
    """

    def __init__(
        self, config: MqttConfig, secret: str | None, station: StationId, meta: Mapping[str, object]
    ) -> None:
        self._config = config
        self._secret = secret
        self._station = station
        self._meta = json.dumps(meta, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
        self._topics = Topics.of(config.topic_prefix, station)
        self._link: Connection | None = None
        self._window = config.window
        self._limits = Limits(config.batch_rows, 0)
        self._pace = Pace(config.max_messages_per_s)
        self._unheard = 0

    @property
    def max_batch(self) -> int:
        """Entries that `send` likes to get at once."""
        return min(self._config.batch_rows * self._config.window, _MOST_ROWS)

    def send(self, batch: Sequence[Entry]) -> None:
        """Return when the broker has acknowledged the whole batch. Raises SinkError."""
        link = self._connected()
        delivery = Delivery(link, self._pace, self._window, self._config.ack_timeout_s)
        try:
            delivery.run(messages(batch, self._topics, self._station, self._limits))
        except SinkError as error:
            if not delivery.settled:
                self._drop()
            error.accepted = delivery.accepted
            raise
        finally:
            self._unheard += delivery.unheard

    def idle(self) -> float:
        """Stay connected, and notice when we no longer are. Raises UnavailableError."""
        link = self._connected()
        try:
            link.next_ack(0)
        except SinkError:
            self._drop()
            self._connected()
        return float(self._config.keepalive_s)

    def status(self) -> Mapping[str, object]:
        """How many messages the broker took although nobody subscribes to them."""
        return {"messages_without_subscriber": self._unheard}

    def close(self) -> None:
        """Leave `stopped` behind, if the broker still listens."""
        if self._link is not None:
            # If even this does not get through, the broker's own word for us, "lost", is the right one.
            with suppress(UnavailableError):
                self._say(self._link, self._topics.status, _status("stopped"), _GOODBYE_S)
                self._link.close(with_will=False)
                self._link = None

    def _connected(self) -> Connection:
        if self._link is None:
            link, welcome = self._open()
            self._window = min(self._config.window, welcome.in_flight)
            self._limits = Limits(self._config.batch_rows, welcome.packet_bytes)
            self._link = link
            self._say(link, self._topics.meta, self._meta, self._config.ack_timeout_s)
            self._say(link, self._topics.status, _status("online"), self._config.ack_timeout_s)
        return self._link

    def _open(self) -> tuple[Connection, Welcome]:
        client_id = self._config.client_id or f"{self._station.site}-{self._station.station}"
        # Nobody can know beforehand when it will be true, so "lost" carries no time.
        will = Will(self._topics.status, b'{"state":"lost"}')
        link = Connection(self._config, client_id, self._secret, will)
        return link, link.open()

    def _say(self, link: Connection, topic: str, payload: bytes, timeout_s: float) -> None:
        """Publish one retained message and wait until it is acknowledged. Raises UnavailableError."""
        delivery = Delivery(link, self._pace, self._window, timeout_s)
        try:
            delivery.run(iter([Message(topic, payload, 1, retain=True)]))
        except SinkError as error:
            self._drop()
            raise UnavailableError(error.what, error.hint) from error

    def _drop(self) -> None:
        """Give up a connection in doubt. Until there is a new one, the station counts as lost."""
        if self._link is not None:
            self._link.close()
            self._link = None


def _status(state: str) -> bytes:
    return json.dumps({"state": state, "since": iso_ms(time.time_ns())}, separators=(",", ":")).encode()
