"""The MQTT sink: a batch is sent when the broker has acknowledged every message of it.

The connection is made on the first need and thrown away at the first doubt; the shipper brings us back.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from agent.publish.contract import HELD_S, Deaf, SinkError, UnavailableError
from agent.publish.mqtt.audience import Audience
from agent.publish.mqtt.connection import Connection, Will
from agent.publish.mqtt.courtesy import Courtesy
from agent.publish.mqtt.delivery import Delivery, Pace
from agent.publish.mqtt.inbox import Inbox
from agent.publish.mqtt.messages import Limits, Message, Topics, messages
from agent.publish.mqtt.presence import Presence
from agent.publish.mqtt.reasons import nobody_to_blame
from agent.publish.mqtt.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.config.schema import MqttSink as MqttConfig
    from agent.model import Entry, StationId
    from agent.publish.contract import Order, Word

_MOST_ROWS = 4000  # a stop waits for one batch, and a batch is in memory
_GOODBYE_S = 2.0
_RIVAL_AFTER = 3  # connections in a row that ended young and idle
_LOOK_S = 5.0  # how long an order or the end of the connection may go unnoticed
_REFUSALS_PER_S = 1.0


class MqttSink:
    """Publishes to one MQTT 5 broker under `{prefix}/{site}/{station}/`.

    `birth` gives the station's birth certificate, the same object until it changes; it is retained as `meta`
    beside `status`, which also tells `trouble`: what is wrong with the station itself. `secret` is the
    password.
    """

    def __init__(
        self,
        config: MqttConfig,
        secret: str | None,
        station: StationId,
        birth: Callable[[], Mapping[str, object]],
        trouble: Callable[[], str] = lambda: "",
    ) -> None:
        self._config = config
        self._secret = secret
        self._station = station
        self._topics = Topics.of(config.topic_prefix, station)
        self._client_id = config.client_id or f"{station.site}-{station.station}"
        self._presence = Presence(config.id, self._topics, station, birth, config.latest_s, trouble)
        self._inbox = Inbox(self._topics, config.id)
        self._audience = Audience(config.id, (self._topics.readings, self._topics.event))
        self._listening = Courtesy(config.id, "listening")
        self._answering = Courtesy(config.id, "answer")
        self._traffic = Traffic()
        self._link: Connection | None = None
        self._linked_s = 0.0
        self._short_lives = 0
        self._window = config.window
        self._limits = Limits(config.batch_rows, 0, config.deflate)
        self._pace = Pace(config.max_messages_per_s)
        self._refusal_pace = Pace(_REFUSALS_PER_S)

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
        """IP bytes of all connections since the start, both ways."""
        return self._traffic.bytes

    def heard(self) -> Sequence[Word]:
        """Receipts and orders that came in since the last call, and whether anybody hears us."""
        is_deaf = not self._config.listen or bool(self._listening.left_out)
        return [*self._audience.take(), *([Deaf()] if is_deaf else []), *self._inbox.take()]

    def answer(self, order: Order, answer: Mapping[str, object]) -> None:
        """Publish what became of it. Raises UnavailableError when the connection is gone."""
        self._living()
        self._answer(order.id, answer)

    def send(self, batch: Sequence[Entry]) -> None:
        """Return when the broker has acknowledged the whole batch. Raises SinkError."""
        link = self._tended()
        delivery = Delivery(link, self._pace, self._window, self._config.ack_timeout_s, self._audience.taken)
        try:
            delivery.run(messages(batch, self._topics, self._station, self._limits))
        except SinkError as error:
            if not delivery.settled:
                self._drop()
            error.accepted = delivery.accepted
            raise
        finally:
            self._presence.saw(batch[: delivery.accepted])

    def idle(self) -> float:
        """Be connected, notice when we no longer are, renew what is retained. Raises UnavailableError."""
        self._tended()
        return min(self._presence.wait_s(), _LOOK_S)

    def status(self) -> Mapping[str, object]:
        """What the broker does not let us do, and who does not hear us."""
        return {
            "messages_without_subscriber": self._audience.unheard,
            "messages_dropped": self._inbox.dropped,
            "warnings": [
                *self._audience.warnings,
                *self._presence.warnings,
                *self._listening.warnings,
                *self._answering.warnings,
            ],
        }

    def close(self) -> None:
        """Leave `stopped` behind, if the broker still listens."""
        if self._link is not None:
            # If even this does not get through, the broker's own word for us, "lost", is the right one.
            with suppress(SinkError):
                self._say(self._presence.farewell(), _GOODBYE_S)
                self._link.close(with_will=False)
                self._link = None

    def _tended(self) -> Connection:
        """The connection, with nothing left to say but data. Raises UnavailableError."""
        link = self._living()
        try:
            if self._listening.is_forgiven:
                self._listen(link)
            self._presence.tend(self._say, self._limits)
            self._answer_refused()
        except UnavailableError:
            self._drop()
            raise
        return link

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
            return nobody_to_blame(error)
        return UnavailableError(
            f"{error.what}; {self._short_lives} connections in a row were ended soon after they were made",
            f'most likely another client uses the client_id "{self._client_id}" too, and each connection ends'
            " the other's: give every station its own",
        )

    def _age_s(self) -> float:
        return time.monotonic() - self._linked_s

    def _connected(self) -> Connection:
        # Nobody can know beforehand when it will be true, so "lost" carries no time.
        will = Will(self._topics.status, b'{"state":"lost"}')
        link = Connection(self._config, self._client_id, self._secret, will, self._inbox, self._traffic)
        welcome = link.open()
        self._window = min(self._config.window, welcome.in_flight)
        self._limits = self._limits._replace(packet_bytes=welcome.packet_bytes)
        self._link = link
        self._linked_s = time.monotonic()
        try:
            self._listen(link)
            self._presence.greet(self._say, self._limits)
        except UnavailableError:
            self._drop()
            raise
        return link

    def _listen(self, link: Connection) -> None:
        """Ask for receipts and commands; the data does not depend on it."""
        self._listening.connected()
        self._answering.connected()
        if not self._config.listen or self._listening.left_out:
            return
        with self._listening.tried():
            refused = link.subscribe(self._topics)
        if refused:
            self._listening.leave_out(
                f"the broker does not let us subscribe: {refused}",
                f"let this station read {self._topics.receipt} and {self._topics.cmd}",
            )

    def _answer_refused(self) -> None:
        """Tell who sent what we could not read; seldom, for they may be many."""
        if self._inbox.refusals and self._refusal_pace.wait_s() == 0:
            self._refusal_pace.went()
            refused = self._inbox.refusals.popleft()
            self._answer(refused.id, {"error": refused.what, "hint": refused.hint})

    def _answer(self, asker: str, answer: Mapping[str, object]) -> None:
        if self._answering.left_out:
            return
        payload = json.dumps({"id": asker, **answer}, separators=(",", ":")).encode()
        with self._answering.tried():
            refusal = self._say(Message(self._topics.answer, payload, 1))
        if refusal is not None:
            self._answering.leave_out(refusal.what, refusal.hint)

    def _say(self, message: Message, timeout_s: float | None = None) -> SinkError | None:
        """Publish one message; returns the broker's refusal, if it is one.

        Raises SinkError when the connection has ended or is silent, and is given up.
        """
        assert self._link is not None
        longest_s = self._config.ack_timeout_s if timeout_s is None else timeout_s
        delivery = Delivery(self._link, self._pace, self._window, longest_s)
        try:
            delivery.run(iter([message]))
        except SinkError as error:
            if delivery.settled:
                return error
            self._drop()
            raise
        return None

    def _drop(self) -> None:
        """Give up a connection in doubt. Until there is a new one, the station counts as lost."""
        if self._link is not None:
            self._link.close()
            self._link = None
