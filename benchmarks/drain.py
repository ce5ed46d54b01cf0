"""How fast a backlog leaves: a journal full of unsent values, and an agent that is started on it."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import process
from benchmarks.child import BenchmarkError
from benchmarks.result import Result
from benchmarks.servers import points_stored, start_broker, start_influxdb
from benchmarks.station import JOURNAL, Agent, influx_toml, mqtt_toml, start_subscriber
from benchmarks.stored import Log, observations
from benchmarks.subscriber import read_arrivals

if TYPE_CHECKING:
    from pathlib import Path

_COMMIT_ROWS = 5000
_LOOK_S = 0.05
_LONGEST_S = 120.0
_DAY_S = 86400.0
_UNPACED = "max_messages_per_s = 10000\n"


class _Drained(NamedTuple):
    rows_per_s: float
    cpu_us_per_row: float
    peak_mib: float


def to_mqtt(folder: Path, rows: int) -> list[Result]:
    """To a broker with a subscriber: as configured by default, and with the pace of messages let go."""
    filled = _filled(folder, rows)
    return [
        *_to_broker(folder / "default", filled, rows, "drain to mqtt", ""),
        *_to_broker(folder / "unpaced", filled, rows, "drain to mqtt, unpaced", _UNPACED),
    ]


def to_influxdb(folder: Path, rows: int) -> list[Result]:
    """To a database."""
    home = _home(folder, _filled(folder, rows))
    with ExitStack() as stack:
        database = start_influxdb(stack, home)
        drained = _drain(home, rows, influx_toml(database))
        arrived = points_stored(database)
    return _results("drain to influxdb", drained, None, f"{arrived} of {rows} values are there")


def _to_broker(home: Path, filled: Path, rows: int, name: str, more: str) -> list[Result]:
    _home(home, filled)
    with ExitStack() as stack:
        broker = start_broker(stack, home)
        subscriber = start_subscriber(stack, home, broker)
        drained = _drain(home, rows, mqtt_toml(broker, more))
        subscriber.stop()
    arrived = sum(each.payload.count('"v":') for each in read_arrivals(home / "arrivals.txt"))
    pace = "200 messages of 100 rows a second allowed" if not more else "10000 messages a second allowed"
    return _results(name, drained, 20_000, f"{pace}; {arrived} of {rows} values at the subscriber")


def _results(name: str, drained: _Drained, budget: float | None, how: str) -> list[Result]:
    return [
        Result(name, drained.rows_per_s, "1/s", how, budget, at_least=True),
        Result(f"{name}, cpu per row", drained.cpu_us_per_row, "us", "/proc/PID/stat meanwhile"),
        Result(f"{name}, peak memory", drained.peak_mib, "MiB", "VmHWM", 55 if "influx" in name else 40),
    ]


def _drain(home: Path, rows: int, publish: str) -> _Drained:
    """Between two looks at the bookmark: the first that moved it, and the one that found it at the end."""
    with Agent(home, 1, [publish], period_s=_DAY_S) as agent:
        agent.wait_until(lambda: agent.bookmark() > 0, "the sink takes the first rows")
        first, begin_s, before_s = agent.bookmark(), time.monotonic(), process.cpu_s(agent.pid)
        deadline_s = begin_s + _LONGEST_S
        while agent.bookmark() < rows:
            if time.monotonic() > deadline_s:
                raise BenchmarkError(f"only {agent.bookmark()} of {rows} rows left in {_LONGEST_S:g} s")
            time.sleep(_LOOK_S)
        sent, took_s = rows - first, time.monotonic() - begin_s
        used_s = process.cpu_s(agent.pid) - before_s
        return _Drained(sent / took_s, 1e6 * used_s / sent, process.peak_resident_mib(agent.pid))


def _filled(folder: Path, rows: int) -> Path:
    """A journal of `rows` values that nobody has sent."""
    path = folder / "filled.db"
    with Log(path, sent=False) as log:
        for first in range(0, rows, _COMMIT_ROWS):
            log.commit(observations(min(_COMMIT_ROWS, rows - first), first))
    return path


def _home(home: Path, filled: Path) -> Path:
    """A directory for an agent that finds this journal as its own."""
    journal = home / JOURNAL
    journal.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(filled, journal)
    return home
