"""The servers that other tests lean on do come up, answer, and come back."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.servers.http import call
from tests.servers.process import listens
from tests.servers.tcp import Proxy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.influxdb import Influxdb
    from tests.servers.mosquitto import Mosquitto, Subscriber
    from tests.servers.victoria import VictoriaMetrics


def test_a_durable_broker_keeps_a_session_through_a_kill(
    make_mosquitto: Callable[..., Mosquitto], subscribe: Callable[..., Subscriber]
) -> None:
    broker = make_mosquitto(durable=True)
    subscriber = subscribe(broker, "a/#", name="keeper")
    broker.kill()
    assert not listens(broker.port)
    broker.start()
    publisher = subscribe(broker, "b")
    publisher._client.publish("a/1", b"x", qos=1).wait_for_publish(10)
    assert subscriber.wait_for("a/1")[0].payload == b"x"


def test_influxdb_stores_a_line(influxdb: Influxdb) -> None:
    name = influxdb.new_database()
    assert influxdb.query("SELECT * FROM a", name) == []


def test_victoria_answers(victoria: VictoriaMetrics) -> None:
    assert call(victoria.port, "GET", "/health") == (200, "OK")
    assert victoria.export('{site="nobody"}') == []


def test_a_wire_that_is_cut_is_a_reset_at_both_ends_and_no_goodbye() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as far,
        closing(Proxy(far.getsockname()[1])) as wire,
        socket.create_connection(("127.0.0.1", wire.port), 5) as near,
        far.accept()[0] as end,
    ):
        near.sendall(b"x")
        assert end.recv(1) == b"x"
        wire.cut()
        for each in (near, end):
            each.settimeout(5)
            with pytest.raises(ConnectionResetError):
                each.recv(1)
