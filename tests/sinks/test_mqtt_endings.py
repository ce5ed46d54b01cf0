"""The MQTT sink and the shipper on brokers that end connections: for a message, for a rival, by chance."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest
import structlog

from agent.publish.contract import HungUpError, UnavailableError
from agent.publish.shipper import Shipper
from tests.servers.process import wait_until
from tests.sinks.mqtt_rig import seqs
from tests.sinks.world import HandClock, MemoryLog, drain, entries, event, readings

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.publish.mqtt.sink import MqttSink
    from tests.servers.mosquitto import Mosquitto, Subscriber
    from tests.servers.tcp import Proxy

SIZE_LIMIT = ("allow_anonymous true", "max_queued_messages 0", "message_size_limit 1500")


def test_a_broker_that_hangs_up_on_large_messages_gets_small_ones(
    make_mosquitto: Callable[..., Mosquitto],
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
) -> None:
    """Its `message_size_limit` is not told to us and ends the connection: a pack of 100 is too much."""
    broker = make_mosquitto(*SIZE_LIMIT)
    subscriber = subscribe(broker, "mine/v1/north/limit/readings")
    log = MemoryLog(readings(600))
    clock = HandClock()
    drain(Shipper("m", make_sink(broker.port, "limit"), log, clock), clock)
    assert not log.refused
    wait_until(lambda: set(seqs(subscriber)) == set(range(1, 601)), "all 600 readings")


def test_the_one_entry_that_the_broker_hangs_up_on_is_parked_and_the_rest_delivered(
    make_mosquitto: Callable[..., Mosquitto],
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
) -> None:
    broker = make_mosquitto(*SIZE_LIMIT)
    subscriber = subscribe(broker, "mine/v1/north/hangup/readings")
    log = MemoryLog([*readings(5), *entries([event(6, "x" * 5000)], 6), *readings(5, 7)])
    clock = HandClock()
    drain(Shipper("m", make_sink(broker.port, "hangup"), log, clock), clock)
    assert list(log.refused) == [6]
    wait_until(lambda: set(seqs(subscriber)) == {*range(1, 6), *range(7, 12)}, "the ten readings around it")


@pytest.mark.parametrize(("within_s", "blamed"), [(60.0, True), (0.0, False)])
def test_only_an_end_soon_after_the_batch_went_out_may_be_its_doing(
    mosquitto: Mosquitto,
    make_sink: Callable[..., MqttSink],
    proxy: Proxy,
    subscribe: Callable[..., Subscriber],
    monkeypatch: pytest.MonkeyPatch,
    within_s: float,
    *,
    blamed: bool,
) -> None:
    """The broker has it, its answer is held back, and the wire is cut."""
    monkeypatch.setattr("agent.publish.mqtt.delivery._HANG_UP_S", within_s)
    subscriber = subscribe(mosquitto, "mine/v1/north/soon/readings")
    sink = make_sink(proxy.port, "soon")
    sink.idle()
    proxy.mute()

    def cut() -> None:
        subscriber.wait_for("/readings")
        proxy.cut()
        proxy.thaw()

    cutter = threading.Thread(target=cut)
    cutter.start()
    with pytest.raises(UnavailableError, match="lost broker") as caught:
        sink.send(readings(1))
    cutter.join()
    assert isinstance(caught.value, HungUpError) == blamed


def test_a_wire_that_is_cut_again_and_again_parks_nothing(
    mosquitto: Mosquitto,
    make_sink: Callable[..., MqttSink],
    proxy: Proxy,
    subscribe: Callable[..., Subscriber],
) -> None:
    """Cuts at random moments are chance, however many."""
    subscriber = subscribe(mosquitto, "mine/v1/north/cuts/readings")
    sink = make_sink(proxy.port, "cuts", batch_rows=5, window=4, max_messages_per_s=1000)
    log = MemoryLog(readings(2000))
    clock = HandClock()
    over = threading.Event()
    moment = random.Random(1)

    def cut() -> None:
        while not over.wait(moment.uniform(0.005, 0.1)):
            proxy.cut()

    cutter = threading.Thread(target=cut)
    cutter.start()
    try:
        drain(Shipper("m", sink, log, clock), clock, steps=5000)
    finally:
        over.set()
        cutter.join()
    assert not log.refused
    wait_until(lambda: set(seqs(subscriber)) == set(range(1, 2001)), "all 2000 readings")


@pytest.mark.parametrize("limit", ["message_size_limit 1500", "max_packet_size 1500"])
def test_a_meta_that_is_too_long_for_the_broker_does_not_hold_the_data_back(
    make_mosquitto: Callable[..., Mosquitto], make_sink: Callable[..., MqttSink], limit: str
) -> None:
    broker = make_mosquitto("allow_anonymous true", limit)
    sink = make_sink(broker.port, "wordy", meta={"channels": ["ph-3/ph"] * 300})
    log = MemoryLog(readings(5))
    clock = HandClock()
    with structlog.testing.capture_logs() as lines:
        drain(Shipper("m", sink, log, clock), clock)
    assert not log.refused
    (told,) = [line for line in lines if line["event"] == "meta_left_out"]
    assert limit.split(maxsplit=1)[0] in told["hint"]


def test_two_stations_with_one_client_id_are_two_lines_in_the_log_and_the_second_says_why(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink]
) -> None:
    """They evict each other for ever. Away, comes and goes: that is all, for each of them."""
    clock = HandClock()
    sinks = [make_sink(mosquitto.port, "twins", client_id="both") for _ in range(2)]
    twins = [Shipper(f"twin-{n}", sink, MemoryLog([]), clock) for n, sink in enumerate(sinks)]

    def turn(place: int) -> None:
        """One is back from its wait and connects; the other finds that it was evicted."""
        clock.mono_s += 61
        twins[place].step(clock.now())
        evicted = sinks[1 - place]
        wait_until(lambda: evicted._link is None or not evicted._link._client.is_connected(), "eviction")
        clock.mono_s += 31
        twins[1 - place].step(clock.now())

    with structlog.testing.capture_logs() as lines:
        for place in (0, 1) * 10:
            turn(place)
    for twin in ("twin-0", "twin-1"):
        told = [line["event"] for line in lines if line["sink"] == twin]
        assert told == ["sink_away", "sink_comes_and_goes"]
    hints = [line["hint"] for line in lines if line["event"] == "sink_comes_and_goes"]
    assert all('another client uses the client_id "both" too' in hint for hint in hints)
