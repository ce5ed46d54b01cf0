"""An alarm reaches whoever listens while weeks of readings wait: real journal, shipper, broker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agent.model import Event, Severity
from agent.publish.shipper import Shipper
from tests.journal.conftest import Store, observation
from tests.servers.process import wait_until
from tests.sinks.mqtt_rig import seqs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.publish.mqtt.sink import MqttSink
    from tests.servers.mosquitto import Mosquitto, Subscriber

BACKLOG = 12_000
DATA: dict[str, float | str] = {
    "ph": 5.12,
    "ph_from": 6.0,
    "mechanism": "acid_water",
    "confidence": 0.83,
    "late_s": float("nan"),
}


def test_an_alarm_goes_before_twelve_thousand_readings_and_so_does_its_acknowledgement(
    tmp_path: Path,
    mosquitto: Mosquitto,
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
) -> None:
    store = Store(tmp_path / "journal.db", ring_records=BACKLOG).open()
    store.journal.append([observation(n) for n in range(BACKLOG)])
    alarm = Event(
        "a-1", "acid_drainage", "station", "raised", Severity.RED, store.clock.now(), "Acid!", "why", DATA
    )
    store.journal.append([alarm])
    store.step()
    ingest = subscribe(mosquitto, "mine/v1/north/alarm/#")
    shipper = Shipper("m", make_sink(mosquitto.port, "alarm", batch_rows=100), store.journal, store.clock)
    shipper.step(store.clock.now())
    assert 0 < shipper.waiting < BACKLOG, "a step ends within the backlog"
    said = {"by": "M. Weber", "note": "on my way"}
    store.journal.append([alarm._replace(phase="acknowledged", data={**DATA, **said})])
    store.step()
    while shipper.waiting:
        store.clock.mono_s += 1.0
        shipper.step(store.clock.now())
    shipper.close()
    store.writer.close()
    raised, acknowledged = (json.loads(each.payload) for each in ingest.wait_for("/event", 2))
    assert (raised["severity"], raised["level"], raised["phase"]) == (4, "red", "raised")
    assert raised["data"] == {**DATA, "late_s": None}, "no JSON has a word for what is no number"
    assert (acknowledged["phase"], acknowledged["data"]["by"]) == ("acknowledged", "M. Weber")
    wait_until(lambda: len(set(seqs(ingest))) == BACKLOG, "all readings")
    came = [
        word for each in ingest.messages if (word := each.topic.rpartition("/")[2]) in {"event", "readings"}
    ]
    assert came[0] == "event"
    assert "event" in came[1:-1], "the acknowledgement did not wait for the rest"
