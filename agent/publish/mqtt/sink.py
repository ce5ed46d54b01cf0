"""The MQTT sink: a batch is sent when the broker has acknowledged every message of it.

The connection is made on the first need and thrown away at the first doubt; the shipper brings us back.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from agent.publish.contract import HELD_S, HungUpError, SinkError, UnavailableError
from agent.publish.mqtt.connection import Connection, Will
from agent.publish.mqtt.delivery import Delivery, Pace
from agent.publish.mqtt.messages import PUBLISH_OVERHEAD, Limits, Message, Topics, messages
from agent.publish.stamp import iso_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.config.schema import MqttSink as MqttConfig
    from agent.model import Entry, StationId
    from agent.publish.contract import Order, Receipt
    from agent.publish.mqtt.connection import Welcome

_MOST_ROWS = 4000  # a stop waits for one batch, and a batch is in memory
_GOODBYE_S = 2.0
_RIVAL_AFTER = 3  # connections in a row that ended young and idle
_META_TRIES = 3

_log = structlog.get_logger()


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
        self._client_id = config.client_id or f"{station.site}-{station.station}"
        self._link: Connection | None = None
        self._linked_s = 0.0
        self._short_lives = 0
        self._meta_hang_ups = 0
        self._meta_left_out = False
        self._window = config.window
        self._limits = Limits(config.batch_rows, 0)
        self._pace = Pace(config.max_messages_per_s)
        self._unheard = 0

    @property
    def max_batch(self) -> int:
        """Entries that `send` likes to get at once."""
        return min(self._config.batch_rows * self._config.window, _MOST_ROWS)

    @property
    def needs_time(self) -> bool:
        """A pack says how far its times can be believed: what is live goes at once."""
        return False

    @property
    def traffic_bytes(self) -> int:
        """Not counted."""
        return 0

    def heard(self) -> Sequence[Receipt | Order]:
        """Nothing is subscribed."""
        return []

    def answer(self, order: Order, answer: Mapping[str, object]) -> None:
        """Nobody can ask."""
        raise UnavailableError(f"nobody can be told of {order.id}: {answer}")

    def send(self, batch: Sequence[Entry]) -> None:
        """Return when the broker has acknowledged the whole batch. Raises SinkError."""
        link = self._living()
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
        """Be connected, and notice when we no longer are. Raises UnavailableError."""
        self._living()
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

    def _living(self) -> Connection:
        """The connection, made when there is none. Raises UnavailableError when it has ended meanwhile."""
        if self._link is None:
            return self._connected()
        try:
            self._link.next_ack(0)
        except SinkError as error:
            self._drop()
            raise self._ended(error) from error
        return self._link

    def _ended(self, error: SinkError) -> UnavailableError:
        """A connection that ended while nothing was under way: once is chance, again and again is a rival."""
        self._short_lives = self._short_lives + 1 if self._age_s() < HELD_S else 0
        if self._short_lives < _RIVAL_AFTER:
            return UnavailableError(error.what, error.hint)
        return UnavailableError(
            f"{error.what}; {self._short_lives} connections in a row were ended soon after they were made",
            f'most likely another client uses the client_id "{self._client_id}" too, and each connection ends'
            " the other's: give every station its own",
        )

    def _age_s(self) -> float:
        return time.monotonic() - self._linked_s

    def _connected(self) -> Connection:
        link, welcome = self._open()
        self._window = min(self._config.window, welcome.in_flight)
        self._limits = Limits(self._config.batch_rows, welcome.packet_bytes)
        self._link = link
        self._linked_s = time.monotonic()
        self._introduce(link)
        return link

    def _introduce(self, link: Connection) -> None:
        """Retained `meta` and `status`."""
        size = len(self._topics.meta) + len(self._meta) + PUBLISH_OVERHEAD
        if size > self._limits.packet_bytes:
            self._leave_meta_out(f"it has {size} bytes, the broker takes {self._limits.packet_bytes}")
        if not self._meta_left_out:
            self._say_meta(link)
        self._say(link, self._topics.status, _status("online"), self._config.ack_timeout_s)

    def _say_meta(self, link: Connection) -> None:
        """A broker that hangs up on it again and again gets the data without. Raises UnavailableError."""
        try:
            self._deliver(link, self._topics.meta, self._meta, self._config.ack_timeout_s)
        except HungUpError as error:
            self._meta_hang_ups += 1
            if self._meta_hang_ups >= _META_TRIES:
                self._leave_meta_out(f"the broker hangs up on its {len(self._meta)} bytes")
            raise UnavailableError(error.what, error.hint) from error
        except SinkError as error:
            raise UnavailableError(error.what, error.hint) from error
        self._meta_hang_ups = 0

    def _leave_meta_out(self, reason: str) -> None:
        if not self._meta_left_out:
            self._meta_left_out = True
            _log.warning(
                "meta_left_out",
                sink=self._config.id,
                reason=reason,
                hint="raise max_packet_size or message_size_limit of the broker, then restart the station",
                data="not affected",
            )

    def _open(self) -> tuple[Connection, Welcome]:
        # Nobody can know beforehand when it will be true, so "lost" carries no time.
        will = Will(self._topics.status, b'{"state":"lost"}')
        link = Connection(self._config, self._client_id, self._secret, will)
        return link, link.open()

    def _say(self, link: Connection, topic: str, payload: bytes, timeout_s: float) -> None:
        """See `_deliver`; whatever goes wrong raises UnavailableError, because no batch is to blame."""
        try:
            self._deliver(link, topic, payload, timeout_s)
        except SinkError as error:
            raise UnavailableError(error.what, error.hint) from error

    def _deliver(self, link: Connection, topic: str, payload: bytes, timeout_s: float) -> None:
        """Publish one retained message and wait until it is acknowledged. Raises SinkError."""
        delivery = Delivery(link, self._pace, self._window, timeout_s)
        try:
            delivery.run(iter([Message(topic, payload, 1, retain=True)]))
        except SinkError:
            self._drop()
            raise

    def _drop(self) -> None:
        """Give up a connection in doubt. Until there is a new one, the station counts as lost."""
        if self._link is not None:
            self._link.close()
            self._link = None


def _status(state: str) -> bytes:
    return json.dumps({"state": state, "since": iso_ms(time.time_ns())}, separators=(",", ":")).encode()
