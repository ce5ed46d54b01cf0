"""Fixtures for the whole suite: real servers, started once when the first test asks for one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.servers.influxdb import Influxdb
from tests.servers.mosquitto import Mosquitto, Subscriber
from tests.servers.victoria import VictoriaMetrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# numpy's own thread would take the SIGTERM that a test sends to its own process, and end it all.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The fault suite's seed; here, because options must be known before its own folder is looked at."""
    parser.addoption("--faults-seed", type=int, default=1, help="seed of tests/faults (%(default)s)")


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker that anybody may use and nobody may stop. Keep to topics of your own."""
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto")).start()
    yield broker
    broker.stop()


@pytest.fixture
def make_mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Start a broker of one's own: `make_mosquitto(*config_lines, durable=..., port=...)`."""
    brokers: list[Mosquitto] = []

    def make(*lines: str, durable: bool = False, port: int | None = None) -> Mosquitto:
        broker = Mosquitto(tmp_path / f"broker-{len(brokers)}", *lines, durable=durable, port=port)
        brokers.append(broker)
        return broker.start()

    yield make
    for broker in brokers:
        broker.stop()


@pytest.fixture
def subscribe() -> Iterator[Callable[..., Subscriber]]:
    """Subscribe and be closed at the end: `subscribe(broker, "topic/#", name="survives-restarts")`."""
    subscribers: list[Subscriber] = []

    def make(broker: Mosquitto, topic: str, name: str = "", username: str = "") -> Subscriber:
        subscribers.append(Subscriber(broker, topic, name, username))
        return subscribers[-1]

    yield make
    for subscriber in subscribers:
        subscriber.close()


@pytest.fixture(scope="session")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxdb]:
    """InfluxDB 1.6. Take a database of your own from `new_database()`."""
    server = Influxdb(tmp_path_factory.mktemp("influxdb")).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    """VictoriaMetrics. Keep to site names of your own."""
    server = VictoriaMetrics(tmp_path_factory.mktemp("victoria") / "data").start()
    yield server
    server.stop()
