"""The account of a day on its way to real servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agent.config.schema import InfluxSink as InfluxConfig
from agent.model import Completeness, Tally
from agent.publish.influx.sink import InfluxSink
from tests.sinks.world import at, entries, station

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.publish.mqtt.sink import MqttSink
    from tests.servers.influxdb import Influxdb
    from tests.servers.mosquitto import Mosquitto, Subscriber

TORN = Tally(1440, 1400, 1390, {"no_answer": 10, "no_power": 30})
ACCOUNT = Completeness(at(0), "2026-07-25", {"ph-3/ph": TORN, "level-1/water_level": Tally(96, 96, 96, {})})


def test_mqtt_carries_the_account_with_every_reason(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    subscriber = subscribe(mosquitto, "mine/v1/north/accounts/#")
    make_sink(mosquitto.port, "accounts").send(entries([ACCOUNT]))
    (message,) = subscriber.wait_for("/completeness")
    body = json.loads(message.payload)
    assert (body["day"], body["seq"]) == ("2026-07-25", 1)
    assert body["channels"]["ph-3/ph"] == {
        "expected": 1440, "present": 1400, "good": 1390, "missing": {"no_answer": 10, "no_power": 30},
    }  # fmt: skip


def test_influxdb_files_the_account_under_its_day_and_an_account_told_again_replaces_it(
    influxdb: Influxdb,
) -> None:
    database = influxdb.new_database()
    config = InfluxConfig(id="archive", kind="influxdb", url=influxdb.url, api="v1", bucket=database)
    sink = InfluxSink(config, None, station("st-01"))
    again = ACCOUNT._replace(channels={**ACCOUNT.channels, "ph-3/ph": TORN._replace(good=1)})
    sink.send(entries([ACCOUNT]))
    sink.send(entries([again], first=2))
    sink.close()
    rows = influxdb.query('SELECT * FROM "reading_1d"', database)
    assert sorted((row["sensor"], row["n_expected"], row["n_all"], row["n_good"]) for row in rows) == [
        ("level-1", 96, 96, 96),
        ("ph-3", 1440, 1400, 1),
    ]
    assert len({row["time"] for row in rows}) == 1
