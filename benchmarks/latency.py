"""From the wire to the subscriber: answer given, read, judged, committed, published, received.

One clock for both ends: CLOCK_MONOTONIC, which all processes of a machine share. The wire's moment is when
the answer is made up, a fraction of a millisecond before its bytes leave; the subscriber's is when its
callback has the whole message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.result import Result, percentile
from benchmarks.steady import UNITS

if TYPE_CHECKING:
    from benchmarks.steady import Run

_HOW = "answer made on the wire to the callback of a subscriber, one monotonic clock"


def measure(run: Run) -> list[Result]:
    """Over all values, and over those of the unit that is read last in a cycle."""
    every = latencies_ms(run)
    last = every[UNITS]
    flat = [each for one in every.values() for each in one]
    end = f"the same, unit {UNITS} alone: the last one of its cycle"
    return [
        Result("latency p50", percentile(flat, 50), "ms", f"{_HOW}, {len(flat)} answers", 20),
        Result("latency p99", percentile(flat, 99), "ms", "the same", 60),
        Result("latency of the last p50", percentile(last, 50), "ms", end),
        Result("latency of the last p99", percentile(last, 99), "ms", end),
    ]


def latencies_ms(run: Run) -> dict[int, list[float]]:
    """By unit: the way of each of its answers in the steady part of the run, by its first arrival."""
    begin_ns, end_ns = run.looks[0].at_ns, run.looks[-1].at_ns
    found: dict[int, list[float]] = {unit: [] for unit in range(1, UNITS + 1)}
    for (unit, count), arrived_ns in _arrivals_ns(run).items():
        answered_ns = run.answers.get((unit, count))
        if answered_ns is not None and begin_ns <= answered_ns < end_ns:
            found[unit].append((arrived_ns - answered_ns) / 1e6)
    return found


def _arrivals_ns(run: Run) -> dict[tuple[int, int], int]:
    """By (unit, count): when that answer first was with the subscriber."""
    arrived: dict[tuple[int, int], int] = {}
    for arrival in run.arrivals:
        for record in arrival.values():
            sensor, _, quantity = record["n"].rpartition("/")
            if quantity == "conductivity" and "v" in record:
                key = int(sensor.rpartition("-")[2]), round(record["v"])
                arrived.setdefault(key, arrival.at_ns)
    return arrived
