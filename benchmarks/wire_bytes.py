"""What a value costs on the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.result import Result

if TYPE_CHECKING:
    from benchmarks.steady import Run

_HOW = "TCP payload + 40 a segment, both ways; the kernel counts (TCP_INFO), segments of 1460 bytes"


def measure(run: Run) -> list[Result]:
    """IP bytes to and from each server in the steady state, and what of it is payload of MQTT."""
    first, last = run.looks[0], run.looks[-1]
    mqtt, influx = (after.since(before) for before, after in zip(first.traffic, last.traffic, strict=True))
    return [
        Result("mqtt ip bytes per value, deflated", mqtt.ip_bytes / run.values, "B", _HOW, 12),
        Result("mqtt segments per 1000 values", 1000 * mqtt.segments / run.values, "", "the same"),
        _payload(run),
        Result("influxdb ip bytes per value", influx.ip_bytes / run.values, "B", _HOW),
    ]


def _payload(run: Run) -> Result:
    begin_ns, end_ns = run.looks[0].at_ns, run.looks[-1].at_ns
    arrived = [each for each in run.arrivals if begin_ns <= each.at_ns < end_ns]
    size = sum(len(each.payload.encode()) for each in arrived)
    values = sum(len(each.values()) for each in arrived)
    how = f"SenML JSON at the subscriber, {values / len(arrived):.0f} values a message"
    return Result("mqtt payload per value, inflated", size / values, "B", how)
