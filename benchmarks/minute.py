"""What a usual station costs its card: 32 channels a minute, with MQTT, looked at from outside.

Its time runs sixty times as fast, so that an hour of commits, heartbeats and bookmarks takes a minute. A
sink lives in the time of the machine: bookmarks of late acknowledgements come as late as they do.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from benchmarks import process
from benchmarks.result import Result
from benchmarks.servers import start_broker
from benchmarks.station import Agent, mqtt_toml, start_subscriber, start_wire
from benchmarks.syncs import syncs_per_1000_values

if TYPE_CHECKING:
    from pathlib import Path

_UNITS = 8  # of four channels
_SPEED = 60.0
_PERIOD_S = 60.0
_MINUTES_PER_DAY = 1440


class FastAgent(Agent):
    """The agent on sped time."""

    def _command(self, config: Path) -> list[str]:
        return [sys.executable, "-m", "benchmarks.fast_station", str(config), str(_SPEED)]


def measure(folder: Path, seconds: float) -> list[Result]:
    """Bytes and waits for the card over `seconds` of the machine's time, so many minutes of the station's."""
    with ExitStack() as stack:
        start_wire(stack, folder, _UNITS)
        broker = start_broker(stack, folder)
        start_subscriber(stack, folder, broker)
        agent = stack.enter_context(FastAgent(folder, _UNITS, [mqtt_toml(broker)], period_s=_PERIOD_S))
        agent.wait_until(lambda: agent.values() > 0, "the first values are committed")
        values, bytes_ = agent.values(), process.written_bytes(agent.pid)
        time.sleep(seconds)
        values, bytes_ = agent.values() - values, process.written_bytes(agent.pid) - bytes_
        syncs = syncs_per_1000_values(agent)
    how = f"write_bytes of /proc/PID/io over {values} values in commits of {4 * _UNITS}, checkpoints included"
    per_day_mb = bytes_ / values * 4 * _UNITS * _MINUTES_PER_DAY / 1e6
    results = [
        Result("32 channels a minute, per 1000 values", 1000 * bytes_ / 1024 / values, "KiB", how),
        Result("32 channels a minute, per day", per_day_mb, "MB", "the same over 46 080 values", 50),
    ]
    if syncs is not None:
        results.append(Result("32 channels a minute, fsyncs per 1000", syncs, "", "strace, 5 s"))
    return results
