"""From nothing to the first value on the disk."""

from __future__ import annotations

import time
from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.result import Result
from benchmarks.servers import start_broker
from benchmarks.station import Agent, mqtt_toml, start_wire
from benchmarks.steady import UNITS

if TYPE_CHECKING:
    from pathlib import Path


def measure(folder: Path, rounds: int) -> list[Result]:
    """The median of `rounds` starts, each with an empty journal; one more before them warms the caches."""
    with ExitStack() as stack:
        broker = start_broker(stack, folder)
        start_wire(stack, folder, UNITS)
        seconds = [_start(folder, broker, number) for number in range(rounds + 1)][1:]
    spread = f"{min(seconds):.2f} to {max(seconds):.2f} s"
    how = (
        f"exec of `skyground run` to the first cycle of {UNITS} units committed, median of {rounds}, {spread}"
    )
    return [Result("start to first value", median(seconds), "s", how, 0.6)]


def _start(folder: Path, broker: int, number: int) -> float:
    home = folder / f"start-{number}"
    home.mkdir()
    (home / "rs485-0").symlink_to((folder / "rs485-0").readlink())
    begin_s = time.monotonic()
    with Agent(home, UNITS, [mqtt_toml(broker)]) as agent:
        agent.wait_until(agent.values, "the first values are committed")
        return time.monotonic() - begin_s
