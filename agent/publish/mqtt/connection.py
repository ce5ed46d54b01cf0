"""One connection to a broker, from CONNECT to its end: never reused, never repaired.

paho is the wire and nothing else. Its memory of unacknowledged messages, its reconnecting and its resending
stay off, because the journal already is the only queue. Its callbacks only put into a queue; the thread
that publishes is the one that takes out, so no lock and no map is shared.
"""

from __future__ import annotations

import queue
import socket
import ssl
import time
from typing import TYPE_CHECKING, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from agent.publish.contract import UnavailableError
from agent.publish.mqtt.orders import MOST_BYTES
from agent.publish.mqtt.reasons import connect_refused, disconnected, is_failure
from agent.publish.network import unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paho.mqtt.client import ConnectFlags, DisconnectFlags, MQTTMessage

    from agent.config.schema import MqttSink
    from agent.publish.mqtt.inbox import Inbox
    from agent.publish.mqtt.messages import Message, Topics
    from agent.publish.mqtt.traffic import Traffic

_MOST_IN_FLIGHT = 65535  # packet identifiers are 16 bits wide; also the default of Receive Maximum
_LARGEST_PACKET = 268_435_460  # what MQTT's length field can say, with its own bytes
_WILL_DELAY_S = 1  # a reconnect within it keeps "lost" off the screen
_GOODBYE_S = 2.0
# What a broker may send us: a longer packet than any that we read, and few at a time.
_INCOMING_BYTES = 2 * MOST_BYTES
_INCOMING_AT_ONCE = 16


class Will(NamedTuple):
    """What the broker says in our name when we vanish. Retained."""

    topic: str
    payload: bytes


class Welcome(NamedTuple):
    """What the broker allows us."""

    in_flight: int
    packet_bytes: int


class Ack(NamedTuple):
    """The broker's word on one message."""

    mid: int
    code: int
    name: str


class _End(NamedTuple):
    code: int
    name: str


class _Granted(NamedTuple):
    """The broker's word on our subscriptions: what it refused, in words; "" when nothing."""

    refused: str


class Connection:
    """Opened by `open`, ended by `close`; used by one thread. What comes in goes to `inbox`."""

    def __init__(
        self,
        config: MqttSink,
        client_id: str,
        password: str | None,
        will: Will,
        inbox: Inbox,
        traffic: Traffic,
    ) -> None:
        self.port = config.port or (8883 if config.tls else 1883)
        self.where = f"broker {config.host}:{self.port}"
        self._config = config
        self._welcomes: queue.SimpleQueue[Welcome | _End] = queue.SimpleQueue()
        self._acks: queue.SimpleQueue[Ack | _End] = queue.SimpleQueue()
        self._grants: queue.SimpleQueue[_Granted | _End] = queue.SimpleQueue()
        self._inbox = inbox
        self._traffic = traffic
        self._client = self._build(client_id, password, will)

    def open(self) -> Welcome:
        """Connect and wait for the broker's welcome. Raises UnavailableError, with nothing left open."""
        try:
            self._connect()
            return self._await_welcome()
        except UnavailableError:
            self.close()
            raise

    def subscribe(self, topics: Topics) -> str:
        """Listen for receipts and commands. Returns why not, in words; "" when all is well.

        Raises SinkError when the connection has ended meanwhile.
        """
        # A command that was left retained is not for us: whoever left it may have been answered long ago.
        wanted = [
            (topics.receipt, SubscribeOptions(qos=1)),
            (topics.cmd, SubscribeOptions(1, retainHandling=2)),
        ]
        self._client.subscribe(wanted)
        try:
            word = self._grants.get(timeout=self._config.ack_timeout_s)
        except queue.Empty:
            return f"no answer in {self._config.ack_timeout_s:g} s"
        if isinstance(word, _End):
            raise disconnected(word.code, word.name, self.where)
        return word.refused

    def publish(self, message: Message) -> int:
        """Hand over one QoS 1 message; its number comes back in an Ack.

        On a connection that has ended this does nothing: `next_ack` says why, behind the acks before it.
        """
        return self._client.publish(message.topic, message.payload, qos=1, retain=message.retain).mid

    def next_ack(self, timeout_s: float) -> Ack | None:
        """The next word of the broker, or None when `timeout_s` passed without one.

        Raises SinkError when the connection has ended: the caller must throw it away.
        """
        try:
            word = self._acks.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None
        if isinstance(word, _End):
            raise disconnected(word.code, word.name, self.where)
        return word

    def close(self, *, with_will: bool = True) -> None:
        """End within a few seconds, whatever the far side does. The broker tells our will, if it hears us."""
        reason = "Disconnect with will message" if with_will else "Normal disconnection"
        if self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, reason)) == paho.MQTT_ERR_SUCCESS:
            self._wait_for_end()
        # A peer that takes no bytes would hold paho's thread until the keepalive runs out.
        wire = self._client.socket()
        self._traffic.closing()
        if isinstance(wire, socket.socket):
            _shut(wire)
        self._client.loop_stop()
        self._let_go()

    def _build(self, client_id: str, password: str | None, will: Will) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
        )
        client.suppress_exceptions = True
        client.max_inflight_messages_set(_MOST_IN_FLIGHT)
        client.connect_timeout = self._config.ack_timeout_s
        if self._config.username:
            client.username_pw_set(self._config.username, password)
        late = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        late.WillDelayInterval = _WILL_DELAY_S
        client.will_set(will.topic, will.payload, qos=1, retain=True, properties=late)
        self._listen(client)
        return client

    def _listen(self, client: paho.Client) -> None:
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close

    def _connect(self) -> None:
        config = self._config
        if config.tls:
            self._client.tls_set_context(_tls(config))
        try:
            self._client.connect(
                config.host,
                self.port,
                keepalive=config.keepalive_s,
                clean_start=True,
                properties=_what_we_take(),
            )
        except (OSError, UnicodeError) as error:
            raise unavailable(error, config.host, self.port) from error
        self._client.loop_start()

    def _await_welcome(self) -> Welcome:
        try:
            word = self._welcomes.get(timeout=self._config.ack_timeout_s)
        except queue.Empty:
            raise UnavailableError(
                f"{self.where} takes connections but says nothing",
                "check that an MQTT broker runs there, and that port and tls belong together",
            ) from None
        if isinstance(word, Welcome):
            return word
        if is_failure(word.code):
            raise connect_refused(word.code, word.name, self.where)
        raise UnavailableError(
            f"{self.where} does not speak MQTT 5 with us: {word.name}",
            "check that an MQTT broker runs there, that port and tls belong together, and that no login page"
            " of the network answers in its place",
        )

    def _wait_for_end(self) -> None:
        deadline = time.monotonic() + _GOODBYE_S
        while time.monotonic() < deadline:
            try:
                if isinstance(self._acks.get(timeout=max(0.0, deadline - time.monotonic())), _End):
                    return
            except queue.Empty:
                return

    def _let_go(self) -> None:
        """Undo the circle of client and callbacks, so that paho closes its last sockets now, not some day."""
        client = self._client
        client.on_connect = client.on_publish = client.on_subscribe = client.on_message = None
        client.on_disconnect = client.on_socket_open = client.on_socket_close = None

    def _on_connect(
        self,
        _client: object,
        _data: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        props: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._welcomes.put(_End(reason.value, str(reason)))
            return
        self._welcomes.put(
            Welcome(
                getattr(props, "ReceiveMaximum", _MOST_IN_FLIGHT),
                getattr(props, "MaximumPacketSize", _LARGEST_PACKET),
            )
        )

    def _on_publish(
        self, _client: object, _data: object, mid: int, reason: ReasonCode, _props: Properties | None
    ) -> None:
        self._acks.put(Ack(mid, reason.value, str(reason)))

    def _on_subscribe(
        self,
        _client: object,
        _data: object,
        _mid: int,
        reasons: Sequence[ReasonCode],
        _props: Properties | None,
    ) -> None:
        refused = {str(reason) for reason in reasons if reason.is_failure}
        self._grants.put(_Granted(", ".join(sorted(refused))))

    def _on_message(self, _client: object, _data: object, message: MQTTMessage) -> None:
        self._inbox.put(message.topic, bytes(message.payload), retained=message.retain)

    def _on_disconnect(
        self,
        _client: object,
        _data: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        _props: Properties | None,
    ) -> None:
        # Without a DISCONNECT packet the code is paho's own guess and says nothing about our messages.
        end = _End(reason.value if flags.is_disconnect_packet_from_server else 0, str(reason))
        for words in (self._welcomes, self._acks, self._grants):
            words.put(end)

    def _on_socket_open(self, _client: object, _data: object, wire: object) -> None:
        if isinstance(wire, socket.socket):
            timeout_ms = int(self._config.ack_timeout_s * 1000)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout_ms)
            self._traffic.opened(wire)

    def _on_socket_close(self, _client: object, _data: object, _wire: object) -> None:
        self._traffic.closing()


def _what_we_take() -> Properties:
    """Bounds on what the broker may send us."""
    bounds = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    bounds.MaximumPacketSize = _INCOMING_BYTES
    bounds.ReceiveMaximum = _INCOMING_AT_ONCE
    return bounds


class _ClosingSocket(ssl.SSLSocket):
    """A TLS socket that does not stay open when its handshake fails (paho forgets it)."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002  # the signature is ssl's
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def _tls(config: MqttSink) -> ssl.SSLContext:
    """A verifying context, TLS 1.2 at the least. Raises UnavailableError for files that cannot be used."""
    try:
        context = ssl.create_default_context(cafile=config.ca_file)
        if config.cert_file:
            context.load_cert_chain(config.cert_file, config.key_file)
    except OSError as error:
        files = ", ".join(str(file) for file in (config.ca_file, config.cert_file, config.key_file) if file)
        raise UnavailableError(
            f"cannot use the certificate files {files}: {error.strerror or error}",
            "check path, permission, PEM format, and that certificate and key belong together",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _ClosingSocket
    return context


def _shut(wire: socket.socket) -> None:
    try:
        wire.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the far side was faster
