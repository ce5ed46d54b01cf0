"""Resident and proportional memory in the steady state, and whether it grows."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from benchmarks.result import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.steady import Look, Run

_KIB_PER_MIB = 1024
_SHARE = 5  # the first and the last fifth of the looks are compared


def with_mqtt(run: Run) -> list[Result]:
    """Of a station that publishes to MQTT."""
    first = run.looks[0]
    seconds = (first.at_ns - run.begin.at_ns) / 1e9
    how = f"smaps_rollup {seconds:.0f} s after the first value, MQTT"
    growth = f"mean of the last fifth less the first, {_seconds(run.looks):.0f} s; a page is 4 KiB"
    return [
        Result("memory resident", first.memory.resident_mib, "MiB", how, 40),
        Result("memory proportional", first.memory.proportional_mib, "MiB", how, 30),
        Result("memory growth", growth_kib(run.looks), "KiB", growth),
    ]


def with_mqtt_and_influxdb(run: Run) -> list[Result]:
    """Of a station that publishes to both."""
    first = run.looks[0]
    how = "the same, MQTT and InfluxDB"
    return [
        Result("memory resident, influxdb", first.memory.resident_mib, "MiB", how, 55),
        Result("memory proportional, influxdb", first.memory.proportional_mib, "MiB", how),
    ]


def growth_kib(looks: Sequence[Look]) -> float:
    """By how much resident memory is larger at the end than at the beginning."""
    few = max(1, len(looks) // _SHARE)
    before, after = (fmean(look.memory.resident_mib for look in part) for part in (looks[:few], looks[-few:]))
    return (after - before) * _KIB_PER_MIB


def _seconds(looks: Sequence[Look]) -> float:
    return (looks[-1].at_ns - looks[0].at_ns) / 1e9
