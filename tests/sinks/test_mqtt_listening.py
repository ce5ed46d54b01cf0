"""The MQTT sink hears receipts and orders, and whatever it hears, it goes on sending."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.publish.contract import Deaf, Order, Receipt, UnavailableError
from agent.publish.mqtt import courtesy
from tests.servers.curt_broker import CurtBroker
from tests.servers.process import wait_until
from tests.sinks.mqtt_rig import seqs, tell
from tests.sinks.test_orders import said
from tests.sinks.world import T0_NS, readings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.publish.contract import Word
    from agent.publish.mqtt.sink import MqttSink
    from tests.servers.mosquitto import Mosquitto, Subscriber

ORDER = Order("a1", "ph-3/ph", T0_NS, T0_NS + 3_600_000_000_000)
RECEIPT = json.dumps({"journal": "8c1f42d0", "seq": 47}).encode()


def heard(sink: MqttSink, count: int = 1) -> list[Word]:
    """What it hears, once it has heard `count`."""
    found: list[Word] = []

    def enough() -> bool:
        found.extend(sink.heard())
        return len(found) >= count

    wait_until(enough, f"{count} words from the far side")
    return found


def test_a_receipt_that_was_left_before_is_heard_on_connecting(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    ingest = subscribe(mosquitto, "mine/v1/north/receipt/#")
    tell(ingest, "mine/v1/north/receipt/receipt", RECEIPT, retain=True)
    sink = make_sink(mosquitto.port, "receipt")
    sink.idle()
    assert heard(sink) == [Receipt("8c1f42d0", 47)]


def test_an_order_is_heard_and_answered_on_the_same_connection(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    ingest = subscribe(mosquitto, "mine/v1/north/order/#")
    sink = make_sink(mosquitto.port, "order")
    sink.idle()
    tell(ingest, "mine/v1/north/order/cmd", said())
    assert heard(sink) == [ORDER]
    sink.answer(ORDER, {"ok": {"records": 60}})
    (answer,) = ingest.wait_for("/answer")
    assert json.loads(answer.payload) == {"id": "a1", "ok": {"records": 60}}
    assert len(ingest.on("/meta")) == 1, "the connection was made anew"


def test_a_command_that_makes_no_sense_is_answered_with_what_to_do(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    ingest = subscribe(mosquitto, "mine/v1/north/nonsense/#")
    sink = make_sink(mosquitto.port, "nonsense")
    sink.idle()
    tell(ingest, "mine/v1/north/nonsense/cmd", said(to="tomorrow"))
    wait_until(lambda: sink.heard() == [] and sink.status()["messages_dropped"] == 1, "it is looked at")
    sink.send(readings(3))
    (answer,) = ingest.wait_for("/answer")
    body = json.loads(answer.payload)
    assert body["id"] == "a1"
    assert body["error"] == "to is not a time"
    assert "2026-11-22T06:00:00Z" in body["hint"]
    wait_until(lambda: seqs(ingest) == [1, 2, 3], "the readings")


def test_a_command_that_was_left_retained_is_never_obeyed(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    ingest = subscribe(mosquitto, "mine/v1/north/stale/#")
    tell(ingest, "mine/v1/north/stale/cmd", said(), retain=True)
    sink = make_sink(mosquitto.port, "stale")
    sink.idle()
    tell(ingest, "mine/v1/north/stale/receipt", RECEIPT)
    assert heard(sink) == [Receipt("8c1f42d0", 47)]
    assert sink.heard() == []
    sent = [line for line in mosquitto.log_text().splitlines() if "Sending PUBLISH to north-stale" in line]
    assert not [line for line in sent if "/cmd" in line], "it need not even cross the link"


def test_those_who_sent_nonsense_are_answered_one_at_a_time(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    ingest = subscribe(mosquitto, "mine/v1/north/babble/#")
    sink = make_sink(mosquitto.port, "babble")
    sink.idle()
    for number in range(10):
        tell(ingest, "mine/v1/north/babble/cmd", said(id=f"a{number}", command="reboot"))
    wait_until(lambda: sink.heard() == [] and sink.status()["messages_dropped"] == 10, "all are read")
    sink._refusal_pace._gap_s = 3600
    for _ in range(5):
        sink.idle()
    assert len(sink._inbox.refusals) == 9


def test_a_flood_of_commands_is_cut_off_and_the_data_goes_on(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink], subscribe: Callable[..., Subscriber]
) -> None:
    ingest = subscribe(mosquitto, "mine/v1/north/flood/#")
    sink = make_sink(mosquitto.port, "flood")
    sink.idle()
    for number in range(300):
        tell(ingest, "mine/v1/north/flood/cmd", said(id=f"a{number}"))
    tell(ingest, "mine/v1/north/flood/cmd", b"x" * 100_000)
    tell(ingest, "mine/v1/north/flood/receipt", RECEIPT)
    sink.send(readings(300))
    wait_until(lambda: len(seqs(ingest)) == 300, "all readings")
    words = heard(sink, 17)
    assert len([word for word in words if isinstance(word, Order)]) == 16
    assert sink.status()["messages_dropped"] == 284


def test_a_station_that_shall_not_listen_does_not(
    make_mosquitto: Callable[..., Mosquitto], make_sink: Callable[..., MqttSink]
) -> None:
    broker = make_mosquitto()
    make_sink(broker.port, "deaf", listen=False).send(readings(1))
    wait_until(lambda: "readings" in broker.log_text(), "the broker tells what it got")
    assert "SUBSCRIBE" not in broker.log_text()


def test_one_that_does_not_listen_says_so(mosquitto: Mosquitto, make_sink: Callable[..., MqttSink]) -> None:
    assert make_sink(mosquitto.port, "says-so", listen=False).heard() == [Deaf()]
    assert make_sink(mosquitto.port, "listens").heard() == []


def test_a_broker_that_lets_nobody_subscribe_gets_the_data(make_sink: Callable[..., MqttSink]) -> None:
    broker = CurtBroker(hangs_up=False)
    sink = make_sink(broker.port, "refused")
    sink.send(readings(3))
    assert "mine/v1/north/refused/readings" in broker.published
    assert Deaf() in sink.heard()
    assert "listening is left out: the broker does not let us subscribe: Not authorized" in str(
        sink.status()["warnings"]
    )
    sink.close()
    broker.close()


def test_a_broker_that_hangs_up_on_subscribers_gets_the_data_all_the_same(
    make_sink: Callable[..., MqttSink],
) -> None:
    broker = CurtBroker(hangs_up=True)
    sink = make_sink(broker.port, "hung")
    for _ in range(3):
        with pytest.raises(UnavailableError, match="lost broker"):
            sink.send(readings(3))
    sink.send(readings(3))
    assert "mine/v1/north/hung/readings" in broker.published
    assert "listening is left out" in str(sink.status()["warnings"])
    sink.close()
    broker.close()


def test_what_a_broker_hung_up_on_is_tried_again_after_an_hour(
    make_sink: Callable[..., MqttSink], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three cuts in a row may have been the link's."""
    broker = CurtBroker(hangs_up=True)
    sink = make_sink(broker.port, "forgiven")
    for _ in range(3):
        with pytest.raises(UnavailableError, match="lost broker"):
            sink.send(readings(3))
    sink.send(readings(3))
    monkeypatch.setattr(courtesy, "FORGIVEN_S", 0.0)
    with pytest.raises(UnavailableError, match="lost broker"):
        sink.send(readings(3))
    monkeypatch.undo()
    sink.send(readings(3))
    assert Deaf() in sink.heard()
    sink.close()
    broker.close()


def test_an_access_list_that_allows_no_answers_does_not_hold_the_data_back(
    make_mosquitto: Callable[..., Mosquitto],
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
    tmp_path: Path,
) -> None:
    root = "mine/v1/north/silent"
    rules = tmp_path / "acl"
    allowed = "".join(f"topic write {root}/{topic}\n" for topic in ("status", "meta", "readings"))
    rules.write_text(f"{allowed}topic read #\n")
    broker = make_mosquitto("allow_anonymous true", f"acl_file {rules}")
    ingest = subscribe(broker, f"{root}/#")
    sink = make_sink(broker.port, "silent")
    sink.send(readings(3))
    for _ in range(3):
        sink.answer(ORDER, {"ok": {}})
    sink.idle()
    sink.send(readings(3, 4))
    wait_until(lambda: seqs(ingest) == [1, 2, 3, 4, 5, 6], "the readings")
    assert len(ingest.on("/meta")) == 1, "the connection was made anew"
    warnings = str(sink.status()["warnings"])
    assert "answer is left out" in warnings
    assert "latest is left out" in warnings
    denied = [line for line in broker.log_text().splitlines() if "Denied PUBLISH" in line]
    assert len([line for line in denied if "/answer" in line]) == 1
