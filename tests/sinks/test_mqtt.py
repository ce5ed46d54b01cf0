"""The MQTT sink against real mosquitto brokers and wires that fail."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
import structlog

from agent.config.schema import MqttSink as MqttConfig
from agent.publish.contract import Audible, HungUpError, RejectedError, UnavailableError
from agent.publish.mqtt import audience
from agent.publish.mqtt.connection import Connection, Will
from agent.publish.mqtt.inbox import Inbox
from agent.publish.mqtt.messages import Message, Topics
from agent.publish.mqtt.traffic import Traffic
from agent.publish.shipper import Shipper
from tests.servers.process import free_port, program, wait_until
from tests.servers.tcp import OddServer, Proxy
from tests.sinks.mqtt_rig import META, seqs
from tests.sinks.world import HandClock, MemoryLog, drain, entries, event, health, readings, station

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.publish.mqtt.sink import MqttSink
    from tests.servers.mosquitto import Mosquitto, Subscriber


@pytest.fixture
def odd() -> Iterator[Callable[..., OddServer]]:
    """Start misbehaving servers."""
    servers: list[OddServer] = []

    def make(reply: bytes = b"") -> OddServer:
        servers.append(OddServer(reply))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def test_a_new_subscriber_learns_who_speaks_and_that_it_is_online(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    """`meta` and `status` are retained."""
    make_sink(mosquitto.port, "retained").idle()
    subscriber = subscribe(mosquitto, "mine/v1/north/retained/#")
    (status,) = subscriber.wait_for("/status")
    (meta,) = subscriber.wait_for("/meta")
    assert status.retain
    assert meta.retain
    assert json.loads(meta.payload) == META
    assert json.loads(status.payload)["state"] == "online"
    assert json.loads(status.payload)["since"].endswith("Z")


def test_a_birth_certificate_that_changes_is_told_again_at_once(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    """And one that does not is told once."""
    births: list[dict[str, object]] = [{"calibration": "a"}]
    sink = make_sink(mosquitto.port, "born", birth=lambda: births[-1])
    ingest = subscribe(mosquitto, "mine/v1/north/born/meta")
    sink.idle()
    sink.idle()
    births.append({"calibration": "b"})
    sink.idle()
    sink.idle()
    told = [json.loads(each.payload) for each in ingest.wait_for("/meta", 2)]
    assert told == births


def test_closing_says_stopped(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    sink = make_sink(mosquitto.port, "stopping")
    sink.idle()
    sink.close()
    (status,) = subscribe(mosquitto, "mine/v1/north/stopping/#").wait_for("/status")
    assert json.loads(status.payload)["state"] == "stopped"


def test_a_cut_wire_becomes_lost(
    mosquitto: Mosquitto,
    make_sink: Callable[..., MqttSink],
    proxy: Proxy,
    subscribe: Callable[..., Subscriber],
) -> None:
    """The broker says it for us, retained, a second after we vanished."""
    make_sink(proxy.port, "vanishing").idle()
    subscriber = subscribe(mosquitto, "mine/v1/north/vanishing/status")
    subscriber.wait_for("/status")
    proxy.cut()
    assert json.loads(subscriber.wait_for("/status", 2)[1].payload) == {"state": "lost"}


def test_a_cut_wire_is_noticed_while_idle_and_made_anew_at_the_next_call(
    mosquitto: Mosquitto,
    make_sink: Callable[..., MqttSink],
    proxy: Proxy,
    subscribe: Callable[..., Subscriber],
) -> None:
    sink = make_sink(proxy.port, "idling")
    sink.idle()
    subscriber = subscribe(mosquitto, "mine/v1/north/idling/status")
    subscriber.wait_for("/status")
    proxy.cut()
    subscriber.wait_for("/status", 2)
    with pytest.raises(UnavailableError, match="lost broker"):
        sink.idle()
    sink.idle()
    assert json.loads(subscriber.wait_for("/status", 3)[2].payload)["state"] == "online"


def test_records_go_to_the_topic_of_their_kind(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    subscriber = subscribe(mosquitto, "mine/v1/north/kinds/#")
    make_sink(mosquitto.port, "kinds").send([*readings(3), *entries([event(4), health(5)], 4)])
    assert json.loads(subscriber.wait_for("/event")[0].payload)["kind"] == "acid_drainage"
    assert json.loads(subscriber.wait_for("/health")[0].payload)["seq"] == 5
    subscriber.wait_for("/readings")
    assert seqs(subscriber) == [1, 2, 3]


def test_messages_that_nobody_subscribes_to_are_counted(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink]
) -> None:
    sink = make_sink(mosquitto.port, "unheard")
    sink.send(readings(3))
    assert sink.status()["messages_without_subscriber"] == 1
    assert "nobody subscribes to mine/v1/north/unheard/readings" in str(sink.status()["warnings"])


def test_a_topic_without_subscriber_is_warned_of_until_it_has_one_and_only_if_it_carries_data(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    sink = make_sink(mosquitto.port, "alone")
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            sink.send([*readings(1), *entries([health(2)], 2)])
        subscriber = subscribe(mosquitto, "mine/v1/north/alone/readings")
        sink.send(readings(1, 3))
    subscriber.wait_for("/readings")
    assert sink.status()["warnings"] == []
    assert sink.status()["messages_without_subscriber"] == 4
    assert [line["event"] for line in lines] == ["nobody_subscribes", "subscribed_again"]


def test_that_nobody_has_subscribed_for_an_hour_is_said_and_so_is_its_end(
    mosquitto: Mosquitto,
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sink = make_sink(mosquitto.port, "deserted")
    sink.send(readings(1))
    assert sink.heard() == []
    monkeypatch.setattr(audience, "UNHEARD_S", 0.0)
    sink.send(readings(1, 2))
    (word,) = sink.heard()
    assert isinstance(word, Audible)
    assert "nobody subscribes to mine/v1/north/deserted/readings" in word.why_not
    subscribe(mosquitto, "mine/v1/north/deserted/readings")
    sink.send(readings(1, 3))
    assert sink.heard() == [Audible()]


def test_a_broker_killed_in_mid_stream_costs_a_durable_subscriber_nothing(
    make_mosquitto: Callable[..., Mosquitto],
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
) -> None:
    """Duplicates may come, with the same identity; nothing is missing."""
    broker = make_mosquitto(durable=True)
    subscriber = subscribe(broker, "mine/v1/north/kill/readings", name="durable")
    sink = make_sink(broker.port, "kill", batch_rows=10, window=4)
    log = MemoryLog(readings(2000))
    clock = HandClock()
    shipper = Shipper("m", sink, log, clock)
    for _ in range(3):
        shipper.step(clock.now())
        broker.kill()
        assert shipper.step(clock.now()) >= 0
        assert shipper.status()["state"] == "waiting"
        broker.start()
        clock.mono_s += 100
    drain(shipper, clock)
    wait_until(lambda: set(seqs(subscriber)) == set(range(1, 2001)), "all 2000 readings at the subscriber")


def test_what_was_acknowledged_before_a_refusal_counts(
    make_mosquitto: Callable[..., Mosquitto], make_sink: Callable[..., MqttSink], tmp_path: Path
) -> None:
    """The bookmark may move over the readings although the event behind them is refused."""
    root = "mine/v1/north/partly"
    rules = tmp_path / "acl"
    rules.write_text("".join(f"topic write {root}/{topic}\n" for topic in ("status", "meta", "readings")))
    broker = make_mosquitto("allow_anonymous true", f"acl_file {rules}")
    sink = make_sink(broker.port, "partly", batch_rows=2)
    with pytest.raises(UnavailableError, match=f"{root}/event") as caught:
        sink.send([*readings(5), *entries([event(6)], 6), *readings(5, 7)])
    assert caught.value.accepted == 5


@pytest.mark.parametrize(("allowed_by_broker", "window", "out"), [(50, 5, 5), (2, 5, 2)])
def test_no_more_is_out_unacknowledged_than_both_sides_allow(
    make_mosquitto: Callable[..., Mosquitto],
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
    allowed_by_broker: int,
    window: int,
    out: int,
) -> None:
    """With the answers held back, the broker gets one window full and not a message more."""
    broker = make_mosquitto("allow_anonymous true", f"max_inflight_messages {allowed_by_broker}")
    subscriber = subscribe(broker, "mine/#")
    wire = Proxy(broker.port)
    sink = make_sink(wire.port, "window", batch_rows=1, window=window, ack_timeout_s=1)
    sink.idle()
    wire.mute()
    with pytest.raises(UnavailableError, match="acknowledged nothing"):
        sink.send(readings(50))
    subscriber.wait_for("/status", 2)  # "lost": the connection is gone, so nothing can follow
    wire.close()
    assert seqs(subscriber) == list(range(1, out + 1))


def test_the_broker_s_packet_limit_cuts_messages_smaller(
    make_mosquitto: Callable[..., Mosquitto],
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
) -> None:
    broker = make_mosquitto("allow_anonymous true", "max_packet_size 600")
    subscriber = subscribe(broker, "mine/v1/north/small/readings")
    make_sink(broker.port, "small").send(readings(100))
    wait_until(lambda: seqs(subscriber) == list(range(1, 101)), "all 100 readings")
    assert len(subscriber.messages) > 1


def test_a_poison_entry_over_the_packet_limit_is_parked_and_the_rest_delivered(
    make_mosquitto: Callable[..., Mosquitto],
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
) -> None:
    broker = make_mosquitto("allow_anonymous true", "max_packet_size 600")
    subscriber = subscribe(broker, "mine/v1/north/poison/readings")
    log = MemoryLog([*readings(5), *entries([event(6, "x" * 5000)], 6), *readings(5, 7)])
    clock = HandClock()
    drain(Shipper("m", make_sink(broker.port, "poison"), log, clock), clock)
    assert list(log.refused) == [6]
    wait_until(lambda: seqs(subscriber) == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11], "the ten readings around it")


def test_no_more_messages_a_second_than_configured(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink]
) -> None:
    sink = make_sink(mosquitto.port, "pace", batch_rows=1, max_messages_per_s=50)
    sink.idle()
    start_s = time.monotonic()
    sink.send(readings(30))
    # 30 messages and the two of the introduction, 5 of them as the allowed burst.
    assert time.monotonic() - start_s >= (30 - 5 - 1) / 50


def test_an_access_list_that_denies_the_topic_keeps_the_data(
    make_mosquitto: Callable[..., Mosquitto], make_sink: Callable[..., MqttSink], tmp_path: Path
) -> None:
    """MQTT 5 says so in the acknowledgement; it is never taken for a success."""
    rules = tmp_path / "acl"
    rules.write_text("topic write mine/v1/north/denied/status\ntopic write mine/v1/north/denied/meta\n")
    broker = make_mosquitto("allow_anonymous true", f"acl_file {rules}")
    sink = make_sink(broker.port, "denied")
    with pytest.raises(UnavailableError, match="Not authorized") as caught:
        sink.send(readings(250))
    assert caught.value.accepted == 0
    assert "access list" in caught.value.hint
    assert "/readings" in caught.value.what


def test_an_access_list_that_denies_even_the_status_says_so(
    make_mosquitto: Callable[..., Mosquitto], make_sink: Callable[..., MqttSink], tmp_path: Path
) -> None:
    rules = tmp_path / "acl"
    rules.write_text("topic read #\n")
    broker = make_mosquitto("allow_anonymous true", f"acl_file {rules}")
    with pytest.raises(UnavailableError, match="/meta"):
        make_sink(broker.port, "mute").idle()


@pytest.fixture
def guarded(make_mosquitto: Callable[..., Mosquitto], tmp_path: Path) -> Mosquitto:
    """A broker that knows one user: `station`, password `right`."""
    passwords = tmp_path / "passwords"
    passwords.write_text("station:right\n")
    subprocess.run([program("mosquitto_passwd", "mosquitto"), "-U", str(passwords)], check=True)
    return make_mosquitto("allow_anonymous false", f"password_file {passwords}")


def test_the_right_password_opens_the_door(guarded: Mosquitto, make_sink: Callable[..., MqttSink]) -> None:
    make_sink(guarded.port, "user", secret="right", username="station").send(readings(1))


@pytest.mark.parametrize("secret", ["wrong-canary", None])
def test_a_wrong_password_is_named_and_not_shown(
    guarded: Mosquitto, make_sink: Callable[..., MqttSink], secret: str | None
) -> None:
    with pytest.raises(UnavailableError, match="refused the connection: Not authorized") as caught:
        make_sink(guarded.port, "user", secret=secret, username="station").idle()
    assert "canary" not in f"{caught.value.what} {caught.value.hint}"


def test_nothing_listens(make_sink: Callable[..., MqttSink]) -> None:
    with pytest.raises(UnavailableError, match="nothing listens on") as caught:
        make_sink(free_port(), "nobody").idle()
    assert caught.value.hint


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b"])
def test_a_name_that_does_not_resolve(make_sink: Callable[..., MqttSink], host: str) -> None:
    with pytest.raises(UnavailableError, match="does not resolve"):
        make_sink(1883, "nobody", host=host).idle()


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n",
        b"\x20\x7f\x00\x00",
        bytes(range(256)),
        b"\x30\xff\xff\xff\xff\xff",
    ],
)
def test_a_server_that_speaks_something_else(
    odd: Callable[..., OddServer], make_sink: Callable[..., MqttSink], reply: bytes
) -> None:
    """A login page or garbage is reported, and the next try is a clean one."""
    sink = make_sink(odd(reply).port, "portal", ack_timeout_s=1)
    for _ in range(2):
        with pytest.raises(UnavailableError) as caught:
            sink.idle()
        assert caught.value.hint


def test_a_mute_server_is_given_up(odd: Callable[..., OddServer], make_sink: Callable[..., MqttSink]) -> None:
    with pytest.raises(UnavailableError, match="says nothing"):
        make_sink(odd().port, "mute", ack_timeout_s=1).idle()


def test_a_frozen_wire_ends_in_a_new_connection(make_sink: Callable[..., MqttSink], proxy: Proxy) -> None:
    sink = make_sink(proxy.port, "frozen", ack_timeout_s=1)
    sink.idle()
    proxy.freeze()
    with pytest.raises(UnavailableError, match="acknowledged nothing for 1 s"):
        sink.send(readings(10))
    proxy.thaw()
    sink.send(readings(10))


def test_closing_does_not_wait_for_a_peer_that_takes_no_bytes(proxy: Proxy) -> None:
    """The goodbye is stuck behind megabytes; a hang would be ended by the suite's time limit."""
    config = MqttConfig(id="m", kind="mqtt", host="127.0.0.1", port=proxy.port, ack_timeout_s=60)
    inbox = Inbox(Topics.of("mine/v1", station("stuck")), "m")
    link = Connection(config, "stuck", None, Will("mine/v1/north/stuck/status", b"{}"), inbox, Traffic())
    link.open()
    proxy.freeze()
    for _ in range(200):
        link.publish(Message("mine/v1/north/stuck/event", b"x" * 100_000, 1))
    link.close()
    assert not link._client.is_connected()


def test_two_stations_with_one_client_id_are_told_apart_in_words(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink]
) -> None:
    first = make_sink(mosquitto.port, "twin", client_id="same")
    first.idle()
    make_sink(mosquitto.port, "twin", client_id="same").idle()
    wait_until(lambda: first._link is not None and not first._link._client.is_connected(), "eviction")
    with pytest.raises(UnavailableError, match="lost broker") as caught:
        first.send(readings(1))
    assert "client_id" in caught.value.hint
    assert not isinstance(caught.value, HungUpError), "it ended before the batch went out"


def test_a_message_that_the_broker_will_not_carry_is_rejected(
    make_mosquitto: Callable[..., Mosquitto], make_sink: Callable[..., MqttSink]
) -> None:
    """A disconnect that blames the packet's size is about the batch, not about the broker."""
    broker = make_mosquitto("allow_anonymous true", "max_packet_size 600")
    sink = make_sink(broker.port, "large")
    sink.idle()
    sink._limits = sink._limits._replace(packet_bytes=10**6)
    with pytest.raises(RejectedError, match="too large"):
        sink.send(readings(50))
