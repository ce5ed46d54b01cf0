"""What the commands cost that people and scripts type all day, and that they import nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.child import BenchmarkError
from benchmarks.result import Result
from benchmarks.station import COMMAND, Agent, start_wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_UNITS = 4
_HEAVY = ("pydantic", "paho", "influxdb_client", "serial", "adafruit", "structlog", "minimalmodbus", "smbus2")


class _Cost(NamedTuple):
    wall_ms: float
    cpu_ms: float


def measure(folder: Path, rounds: int) -> list[Result]:
    """`skyground --help`, and `skyground status` of a running station."""
    with ExitStack() as stack:
        start_wire(stack, folder, _UNITS)
        agent = stack.enter_context(Agent(folder, _UNITS))
        agent.wait_until(agent.values, "the first values are committed")
        status = ["status", "--config", str(folder / "station.toml")]
        return _measured("--help", ["--help"], rounds) + _measured("status", status, rounds)


def _measured(name: str, words: Sequence[str], rounds: int) -> list[Result]:
    costs = [_run(words) for _ in range(rounds + 1)][1:]
    modules = _imported(words)
    heavy = [each for each in modules if each.partition(".")[0].startswith(_HEAVY)]
    how = f"median of {rounds} processes"
    forbidden = f"none of {', '.join(_HEAVY)}" if not heavy else f"found {', '.join(heavy)}"
    return [
        Result(f"{name} wall time", median(cost.wall_ms for cost in costs), "ms", how),
        Result(f"{name} cpu time", median(cost.cpu_ms for cost in costs), "ms", f"rusage, {how}"),
        Result(f"{name} modules", len(modules), "", "python -X importtime, the interpreter's own included"),
        Result(f"{name} forbidden imports", len(heavy), "", forbidden, 0),
    ]


def _run(words: Sequence[str]) -> _Cost:
    begin_s = time.monotonic()
    child = subprocess.Popen([str(COMMAND), *words], stdout=subprocess.DEVNULL)
    _, code, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(code)  # it has been waited for
    if child.returncode:
        raise BenchmarkError(f"skyground {' '.join(words)} ended with {child.returncode}")
    return _Cost(1000 * (time.monotonic() - begin_s), 1000 * (used.ru_utime + used.ru_stime))


def _imported(words: Sequence[str]) -> list[str]:
    """The modules that a command imports, told by the interpreter."""
    command = [sys.executable, "-X", "importtime", str(COMMAND), *words]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()
    return [line.rpartition("|")[2].strip() for line in told[1:] if line.startswith("import time:")]
