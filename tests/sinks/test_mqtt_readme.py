"""What the MQTT page tells people to write into their broker's files does what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.publish.contract import Receipt
from agent.publish.mqtt.messages import Topics
from tests.servers.mosquitto import Subscriber
from tests.servers.process import wait_until
from tests.sinks.mqtt_rig import seqs, tell
from tests.sinks.test_completeness import ACCOUNT
from tests.sinks.test_later_words import VISIT, judged
from tests.sinks.world import entries, event, health, observation, readings

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.publish.mqtt.sink import MqttSink
    from tests.servers.mosquitto import Mosquitto

PAGE = (Path(__file__).parents[2] / "agent/publish/mqtt/README.md").read_text(encoding="utf-8")
CONF, RULES = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("topic", Topics._fields)
def test_every_topic_is_explained_and_in_the_access_list(topic: str) -> None:
    assert f"\n| `{topic}` |" in PAGE
    assert f"/seep-1/{topic}\n" in RULES


def test_a_broker_with_these_lines_keeps_through_a_kill_what_it_acknowledged(
    make_mosquitto: Callable[..., Mosquitto], make_sink: Callable[..., MqttSink], tmp_path: Path
) -> None:
    """For a subscriber that was away, more than the thousand that mosquitto keeps by default."""
    broker = make_mosquitto("allow_anonymous true", *CONF.split("\n"), f"persistence_location {tmp_path}/")
    Subscriber(broker, "mine/v1/north/kept/readings", name="away").close()
    make_sink(broker.port, "kept", batch_rows=1, max_messages_per_s=10_000).send(readings(1010))
    saved = tmp_path / "mosquitto.db"
    wait_until(lambda: saved.exists() and saved.read_bytes().count(b'"seq":') >= 1010, "all is saved")
    broker.kill()
    broker.start()
    back = Subscriber(broker, "mine/v1/north/kept/readings", name="away")
    wait_until(lambda: len(seqs(back)) == 1010, "1010 readings after the kill")
    back.close()


def test_with_this_access_list_everything_works_and_nothing_else_is_allowed(
    make_mosquitto: Callable[..., Mosquitto],
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
    tmp_path: Path,
) -> None:
    rules = tmp_path / "acl"
    rules.write_text(f"{RULES}\nuser ingest\ntopic readwrite mine/#\n")
    broker = make_mosquitto("allow_anonymous true", f"acl_file {rules}")
    ingest = subscribe(broker, "mine/v1/north/seep-1/#", username="ingest")
    sink = make_sink(broker.port, "seep-1", username="seep-1")
    sink.send([*readings(2), *entries([event(3), health(4), ACCOUNT, judged(observation(1)), VISIT], 3)])
    sink.idle()
    for topic in (
        "readings",
        "event",
        "health",
        "completeness",
        "judgement",
        "visit",
        "status",
        "meta",
        "latest",
    ):
        ingest.wait_for(f"/{topic}")
    tell(ingest, "mine/v1/north/seep-1/receipt", json.dumps({"journal": "8c1f", "seq": 4}).encode())
    wait_until(lambda: Receipt("8c1f", 4) in sink.heard(), "the receipt")
    assert sink.status()["warnings"] == []
