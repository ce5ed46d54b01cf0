"""The heavy case in its steady state: 64 values a second from 16 Modbus units on one line, to MQTT at QoS 1.

Once a second the agent's process is looked at from outside; what the wire and the subscriber noted comes with
it. The measurements of memory, CPU, latency, disk and bytes are all read from such a run.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import process
from benchmarks.proxy import Proxy, Traffic
from benchmarks.servers import start_broker, start_influxdb
from benchmarks.station import Agent, influx_toml, mqtt_toml, start_subscriber, start_wire
from benchmarks.subscriber import Arrival, read_arrivals
from benchmarks.syncs import syncs_per_1000_values
from benchmarks.wire import read_answers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

UNITS = 16


class Times(NamedTuple):
    """How long a run takes: until it is called steady, and from there on."""

    settle_s: float
    measure_s: float


class Look(NamedTuple):
    """The agent at one moment, as everyone else on the machine can see it."""

    at_ns: int
    values: int
    memory: process.Memory
    cpu_s: float
    written_bytes: int
    disk_bytes: int
    traffic: tuple[Traffic, ...]


class Run(NamedTuple):
    """One run. `begin` is the moment of the first values; `looks` begin when it has settled."""

    begin: Look
    looks: Sequence[Look]
    answers: dict[tuple[int, int], int]
    arrivals: Sequence[Arrival]
    syncs: float | None

    @property
    def values(self) -> int:
        """How many values were committed while it was watched."""
        return self.looks[-1].values - self.looks[0].values


def with_mqtt(folder: Path, times: Times) -> Run:
    """One agent, one broker, one subscriber; nothing in between."""
    with ExitStack() as stack:
        broker = start_broker(stack, folder)
        return _run(stack, folder, times, [mqtt_toml(broker)], broker, ())


def with_mqtt_and_influxdb(folder: Path, times: Times) -> Run:
    """The same with a database, and wires that count in front of both: [0] the broker's, [1] the other's."""
    with ExitStack() as stack:
        broker, database = start_broker(stack, folder), start_influxdb(stack, folder)
        proxies = [stack.enter_context(Proxy(port)) for port in (broker, database)]
        publish = [mqtt_toml(proxies[0].port, "deflate = true\n"), influx_toml(proxies[1].port)]
        return _run(stack, folder, times, publish, broker, proxies)


def _run(
    stack: ExitStack,
    folder: Path,
    times: Times,
    publish: Sequence[str],
    broker: int,
    proxies: Sequence[Proxy],
) -> Run:
    subscriber = start_subscriber(stack, folder, broker)
    wire = start_wire(stack, folder, UNITS)
    agent = stack.enter_context(Agent(folder, UNITS, publish))
    agent.wait_until(agent.values, "the first values are committed")
    begin = _look(agent, proxies)
    time.sleep(times.settle_s)
    looks = _watch(agent, proxies, times.measure_s)
    syncs = None if proxies else syncs_per_1000_values(agent)
    for child in (agent, subscriber, wire):
        child.stop()
    return Run(begin, looks, read_answers(folder), read_arrivals(folder / "arrivals.txt"), syncs)


def _watch(agent: Agent, proxies: Sequence[Proxy], seconds: float) -> list[Look]:
    """A look a second, the first one at once."""
    looks = [_look(agent, proxies)]
    for _ in range(round(seconds)):
        time.sleep(1)
        looks.append(_look(agent, proxies))
    return looks


def _look(agent: Agent, proxies: Sequence[Proxy]) -> Look:
    return Look(
        at_ns=time.monotonic_ns(),
        values=agent.values(),
        memory=process.memory(agent.pid),
        cpu_s=process.cpu_s(agent.pid),
        written_bytes=process.written_bytes(agent.pid),
        disk_bytes=agent.disk_bytes(),
        traffic=tuple(proxy.traffic() for proxy in proxies),
    )
