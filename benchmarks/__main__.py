"""`scripts/bench`: take every measurement and print one table. Nothing is asserted."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import (
    batching,
    commands,
    cpu,
    disk,
    drain,
    journal_speed,
    latency,
    line16,
    memory,
    minute,
    paced_line,
    startup,
    steady,
    wire_bytes,
)
from benchmarks.child import BenchmarkError
from benchmarks.machine import describe
from benchmarks.result import Result, table

if TYPE_CHECKING:
    from collections.abc import Callable


class Effort(NamedTuple):
    """How much of everything: the second half of the run with MQTT alone is where growth is looked for."""

    mqtt: steady.Times
    both: steady.Times
    rounds: int
    seconds: float
    rows: int


_FULL = Effort(steady.Times(30, 30), steady.Times(30, 10), rounds=9, seconds=10, rows=200_000)
_QUICK = Effort(steady.Times(4, 8), steady.Times(4, 5), rounds=3, seconds=3, rows=40_000)


def _steady_mqtt(folder: Path, effort: Effort) -> list[Result]:
    run = steady.with_mqtt(folder, effort.mqtt)
    return memory.with_mqtt(run) + cpu.measure(run) + latency.measure(run) + disk.measure(run)


def _steady_both(folder: Path, effort: Effort) -> list[Result]:
    run = steady.with_mqtt_and_influxdb(folder, effort.both)
    return memory.with_mqtt_and_influxdb(run) + wire_bytes.measure(run)


MEASUREMENTS: dict[str, Callable[[Path, Effort], list[Result]]] = {
    "steady": _steady_mqtt,
    "both": _steady_both,
    "minute": lambda folder, effort: minute.measure(folder, 6 * effort.seconds),
    "startup": lambda folder, effort: startup.measure(folder, effort.rounds),
    "commands": lambda folder, effort: commands.measure(folder, effort.rounds),
    "journal": lambda folder, effort: journal_speed.measure(folder, effort.seconds / 2),
    "drain-mqtt": lambda folder, effort: drain.to_mqtt(folder, effort.rows),
    "drain-influxdb": lambda folder, effort: drain.to_influxdb(folder, effort.rows),
    "paced": lambda folder, effort: paced_line.measure(folder, effort.seconds),
    "batching": lambda folder, _effort: batching.measure(folder),
    "line16": lambda folder, effort: line16.measure(folder, 3 * effort.seconds),
}


def main() -> int:
    """Print the table. 0 when every measurement could be taken, whatever the numbers say."""
    args = _arguments()
    effort = _QUICK if args.quick else _FULL
    results: list[Result] = []
    failures: list[str] = []
    about = describe(args.dir)
    for name in args.only or MEASUREMENTS:
        _take(name, args.dir, effort, results, failures)
    print("\n".join(f"{key:<10}{text}" for key, text in about.items()), "\n")
    print(table(results))
    for failure in failures:
        print(f"\nerror: {failure}", file=sys.stderr)
    if args.json:
        rows = [{**result._asdict(), "missed": result.missed} for result in results]
        args.json.write_text(json.dumps({"about": about, "results": rows}, indent=2) + "\n")
    return 1 if failures else 0


def _take(name: str, place: Path, effort: Effort, results: list[Result], failures: list[str]) -> None:
    begin_s = time.monotonic()
    print(f"measuring: {name} ...", end="", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="skyground-bench-", dir=place) as folder:
        try:
            results += MEASUREMENTS[name](Path(folder), effort)
        except BenchmarkError as error:
            failures.append(f"{name}: {error}")
    print(f" {time.monotonic() - begin_s:.0f} s", file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="The agent's cost and speed, measured."
    )
    parser.add_argument("--quick", action="store_true", help="a minute instead of four; rougher numbers")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="may be given several times")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path("/var/tmp"),
        help="a directory on the disk to be measured; not a tmpfs (%(default)s)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
