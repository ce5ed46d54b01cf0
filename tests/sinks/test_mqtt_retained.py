"""What a new subscriber finds at the broker: the newest values, and what is wrong with the station."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.publish.contract import RejectedError, UnavailableError
from tests.servers.process import wait_until
from tests.sinks.senml_reader import read
from tests.sinks.world import LEVEL, PH, entries, event, observation, readings

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.publish.mqtt.sink import MqttSink
    from tests.servers.mosquitto import Mosquitto, Subscriber
    from tests.servers.tcp import Proxy

FULL = "the journal cannot be written: disk full; 120 records wait in memory"


def test_a_new_subscriber_sees_the_newest_value_of_every_channel_at_once(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    sink = make_sink(mosquitto.port, "newest")
    sink.send([*readings(5), *entries([observation(6, 2.5, channel=LEVEL)], 6)])
    sink.idle()
    (latest,) = subscribe(mosquitto, "mine/v1/north/newest/#").wait_for("/latest")
    assert latest.retain
    assert {(row.name, row.seq, row.value) for row in read(latest.payload)} == {
        (f"north/newest/{PH}", 5, 7.005),
        (f"north/newest/{LEVEL}", 6, 2.5),
    }


def test_values_that_the_broker_did_not_take_are_not_among_the_newest(
    make_mosquitto: Callable[..., Mosquitto],
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
) -> None:
    """The readings go out before the event that is too long, and none behind it."""
    broker = make_mosquitto("allow_anonymous true", "max_packet_size 1000")
    sink = make_sink(broker.port, "partly")
    sink.idle()
    with pytest.raises(RejectedError):
        sink.send([*readings(2), *entries([event(3, "x" * 2000)], 3), *readings(2, 4)])
    sink.idle()
    (latest,) = subscribe(broker, "mine/v1/north/partly/#").wait_for("/latest")
    assert [row.seq for row in read(latest.payload)] == [2]


def test_it_is_not_said_again_before_its_time(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    subscriber = subscribe(mosquitto, "mine/v1/north/seldom/#")
    sink = make_sink(mosquitto.port, "seldom", latest_s=3600)
    for seq in range(1, 6):
        sink.send(readings(1, seq))
        sink.idle()
    subscriber.wait_for("/readings", 5)
    assert len(subscriber.on("/latest")) == 1


def test_after_a_cut_the_newest_values_are_left_again(
    mosquitto: Mosquitto,
    make_sink: Callable[..., MqttSink],
    proxy: Proxy,
    subscribe: Callable[..., Subscriber],
) -> None:
    subscriber = subscribe(mosquitto, "mine/v1/north/again/#")
    sink = make_sink(proxy.port, "again", latest_s=3600)
    sink.send(readings(3))
    sink.idle()
    proxy.cut()
    wait_until(lambda: not sink._link or not sink._link._client.is_connected(), "the cut is noticed")
    with pytest.raises(UnavailableError, match="lost broker"):
        sink.idle()
    sink.idle()
    assert [row.seq for row in read(subscriber.wait_for("/latest", 2)[1].payload)] == [3]


def test_a_broker_that_hangs_up_on_long_messages_gets_the_data_without_the_newest_values(
    make_mosquitto: Callable[..., Mosquitto], make_sink: Callable[..., MqttSink]
) -> None:
    """Its `message_size_limit` is not told to us; 40 channels together are too much for it."""
    broker = make_mosquitto("allow_anonymous true", "message_size_limit 1500")
    sink = make_sink(broker.port, "wide", batch_rows=5)
    many = [PH._replace(sensor=f"ph-{place}") for place in range(40)]
    sink.send(entries(observation(place, channel=each) for place, each in enumerate(many)))
    for _ in range(3):
        with pytest.raises(UnavailableError, match="lost broker"):
            sink.idle()
    sink.send(readings(3, 100))
    sink.idle()
    assert "latest is left out: the broker hangs up on it" in str(sink.status()["warnings"])


def test_trouble_with_the_station_s_own_disk_is_seen_downstream_while_nothing_can_be_sent(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    trouble = [""]
    sink = make_sink(mosquitto.port, "deadcard", trouble=lambda: trouble[0])
    sink.idle()
    subscriber = subscribe(mosquitto, "mine/v1/north/deadcard/status")
    for words in (FULL, ""):
        trouble[0] = words
        sink.idle()
    told = [json.loads(message.payload) for message in subscriber.wait_for("/status", 3)]
    assert [body.get("trouble") for body in told] == [None, FULL, None]
    assert [body["state"] for body in told] == ["online"] * 3
    assert len({body["since"] for body in told}) == 1, "it has been online all the time"


def test_trouble_that_goes_on_is_not_told_at_every_new_number(
    mosquitto: Mosquitto,
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count = [0]

    def trouble() -> str:
        count[0] += 1
        return f"disk full; {count[0]} records wait in memory"

    sink = make_sink(mosquitto.port, "counting", trouble=trouble)
    subscriber = subscribe(mosquitto, "mine/v1/north/counting/#")
    for seq in range(1, 6):
        sink.send(readings(1, seq))
    subscriber.wait_for("/readings", 5)
    assert len(subscriber.on("/status")) == 1
    monkeypatch.setattr("agent.publish.mqtt.presence._TROUBLE_S", 0)
    for _ in range(2):  # what is set applies from the next telling on
        sink._presence._tell_after_s = 0
        sink.idle()
    subscriber.wait_for("/status", 3)
