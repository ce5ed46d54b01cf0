"""A simulated site that outlives the agent, and agents on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from drivers.simulated.site import SimulatedSite, station_toml
from tests.servers.tcp import Proxy
from tests.system.agent_process import AgentProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SimulatedSite]:
    """A calm site whose day takes as long as ours."""
    with SimulatedSite(tmp_path, time.time, seed=7, scenario="calm") as running:
        yield running


@pytest.fixture
def make_agent(tmp_path: Path, site: SimulatedSite) -> Iterator[Callable[..., AgentProcess]]:
    """`make_agent(publish_toml, period_s=..., **environment)`: configured, not started."""
    assert site
    agents: list[AgentProcess] = []

    def make(publish: str = "", period_s: float = 0.2, **environment: str) -> AgentProcess:
        config = tmp_path / "station.toml"
        # Nobody may have set the clock of the machine that tests, and what is filed by time waits for that.
        text = station_toml(tmp_path, publish, period_s).replace(
            "[station]\n", "[station]\nclock_wait_h = 0\n", 1
        )
        config.write_text(text, encoding="utf-8")
        agents.append(AgentProcess(config, tmp_path / "state", **environment))
        return agents[-1]

    yield make
    for agent in agents:
        agent.end()


@pytest.fixture
def wire_to() -> Iterator[Callable[[int], Proxy]]:
    """A wire of one's own to a port, to be cut and frozen."""
    wires: list[Proxy] = []

    def make(port: int) -> Proxy:
        wires.append(Proxy(port))
        return wires[-1]

    yield make
    for wire in wires:
        wire.close()


def mqtt_toml(port: int) -> str:
    """A `[[publish]]` table for a broker on loopback."""
    return f'[[publish]]\nid = "office"\nkind = "mqtt"\nhost = "127.0.0.1"\nport = {port}\n'


def influx_toml(url: str, bucket: str, api: str = "v1", name: str = "archive", *, text: bool = True) -> str:
    """A `[[publish]]` table for a time-series server."""
    return (
        f'[[publish]]\nid = "{name}"\nkind = "influxdb"\nurl = "{url}"\napi = "{api}"\n'
        f'bucket = "{bucket}"\ntext = {str(text).lower()}\n'
    )
