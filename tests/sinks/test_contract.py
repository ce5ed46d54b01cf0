"""What every sink must do, whatever it speaks: one suite over all of them, against real servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

import pytest

from agent.config.schema import InfluxSink as InfluxConfig
from agent.config.schema import MqttSink as MqttConfig
from agent.publish.contract import Sink, UnavailableError
from agent.publish.influx.sink import InfluxSink
from agent.publish.meta import uncalibrated
from agent.publish.mqtt.sink import MqttSink
from agent.publish.shipper import Shipper
from tests.servers.influxdb import Influxdb
from tests.servers.mosquitto import Mosquitto, Subscriber
from tests.servers.process import wait_until
from tests.sinks.senml_reader import read
from tests.sinks.world import HandClock, MemoryLog, drain, entries, event, health, readings, station

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.model import Entry


class Rig(Protocol):
    """A sink and its far side, for one test."""

    sink: Sink

    def start(self) -> None:
        """Bring the far side up."""

    def stop(self) -> None:
        """Take the far side down; what it stored stays."""

    def values(self) -> dict[int, float]:
        """Every pH value that can be read at the far side, by seconds after T0 (which is its `seq`)."""

    def poison(self) -> Entry:
        """An entry with `seq` 50 that this far side will never take."""


class MqttRig:
    """mosquitto with a packet limit, and a subscriber with a durable session."""

    def __init__(self, folder: Path) -> None:
        lines = ("allow_anonymous true", "max_queued_messages 0", "max_packet_size 20000")
        self._broker = Mosquitto(folder, *lines, durable=True)
        self._broker.start()
        self._subscriber = Subscriber(self._broker, "mine/#", name="reader")
        config = MqttConfig(id="m", kind="mqtt", host="127.0.0.1", port=self._broker.port, ack_timeout_s=5)
        self.sink: Sink = MqttSink(config, None, station("rig"), uncalibrated)

    def start(self) -> None:
        self._broker.start()

    def stop(self) -> None:
        self._broker.stop()

    def values(self) -> dict[int, float]:
        rows = [row for message in self._subscriber.on("/readings") for row in read(message.payload)]
        return {row.seq: row.value for row in rows if row.value is not None}

    def poison(self) -> Entry:
        return entries([event(50, "x" * 30_000)], 50)[0]

    def end(self) -> None:
        self.sink.close()
        self._subscriber.close()
        self._broker.stop()


class InfluxRig:
    """InfluxDB 1.6, where `uptime_s` was a text once."""

    def __init__(self, folder: Path) -> None:
        self._server = Influxdb(folder).start()
        self._database = self._server.new_database()
        config = InfluxConfig(id="i", kind="influxdb", url=self._server.url, api="v1", bucket=self._database)
        self.sink: Sink = InfluxSink(config, None, station("rig"))
        self._server.write(self._database, 'station uptime_s="a while" 1763805600000')

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def values(self) -> dict[int, float]:
        rows = self._server.query("SELECT value FROM reading", self._database)
        return {(row["time"] - 1_763_805_600_000) // 1000: row["value"] for row in rows}

    def poison(self) -> Entry:
        return entries([health(50)], 50)[0]

    def end(self) -> None:
        self.sink.close()
        self._server.stop()


@pytest.fixture(params=[MqttRig, InfluxRig], ids=["mqtt", "influxdb"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MqttRig | InfluxRig]:
    """One of all sinks with its far side up."""
    made: MqttRig | InfluxRig = request.param(tmp_path / "far")
    yield made
    made.end()


EXPECTED = {seq: 7 + seq / 1000 for seq in range(1, 301)}


def test_everything_sent_can_be_read_at_the_far_side(rig: Rig) -> None:
    rig.sink.send(readings(300))
    wait_until(lambda: rig.values() == EXPECTED, "300 values at the far side")


def test_sending_again_changes_nothing(rig: Rig) -> None:
    for _ in range(2):
        rig.sink.send(readings(300))
    wait_until(lambda: rig.values() == EXPECTED, "the same 300 values")


def test_holes_in_the_sequence_are_kept(rig: Rig) -> None:
    rig.sink.send(readings(3) + readings(3, 100))
    wait_until(lambda: sorted(rig.values()) == [1, 2, 3, 100, 101, 102], "both runs")


def test_every_kind_of_record_is_taken(rig: Rig) -> None:
    rig.sink.send([*readings(2), *entries([event(3)], 3), *readings(2, 4)])
    wait_until(lambda: sorted(rig.values()) == [1, 2, 4, 5], "the readings around an event")


def test_nobody_there_is_unavailable_with_a_hint(rig: Rig) -> None:
    rig.stop()
    with pytest.raises(UnavailableError) as caught:
        rig.sink.send(readings(3))
    assert caught.value.hint
    assert caught.value.accepted == 0
    rig.start()


def test_it_comes_back_by_itself(rig: Rig) -> None:
    rig.sink.send(readings(100))
    rig.stop()
    log = MemoryLog(readings(300))
    clock = HandClock()
    shipper = Shipper("far", rig.sink, log, clock)
    shipper.step(clock.now())
    assert shipper.status()["state"] == "waiting"
    rig.start()
    drain(shipper, clock)
    wait_until(lambda: rig.values() == EXPECTED, "everything after the outage")


def test_a_poison_entry_is_isolated_and_the_rest_delivered(rig: Rig) -> None:
    log = MemoryLog([*readings(49), rig.poison(), *readings(50, 51)])
    clock = HandClock()
    drain(Shipper("far", rig.sink, log, clock), clock)
    assert list(log.refused) == [50]
    assert log.refused[50]
    wait_until(lambda: sorted(rig.values()) == [*range(1, 50), *range(51, 101)], "all others")


def test_closing_with_the_far_side_gone_does_not_hang(rig: Rig) -> None:
    """A hang would be ended by the suite's time limit."""
    rig.sink.send(readings(3))
    rig.stop()
    rig.sink.close()
    rig.start()


def test_closing_twice_or_unused_is_harmless(rig: Rig) -> None:
    rig.sink.close()
    rig.sink.close()


def test_it_says_how_it_is_in_json(rig: Rig) -> None:
    assert json.dumps(dict(rig.sink.status()))
    assert rig.sink.max_batch >= 1
    assert rig.sink.idle() > 0
