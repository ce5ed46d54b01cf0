"""CPU time per value in the steady state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.result import Result

if TYPE_CHECKING:
    from benchmarks.steady import Run


def measure(run: Run) -> list[Result]:
    """User and system time of the whole process, start-up left out."""
    first, last = run.looks[0], run.looks[-1]
    used_s = last.cpu_s - first.cpu_s
    seconds = (last.at_ns - first.at_ns) / 1e9
    how = f"/proc/PID/stat over {seconds:.0f} s, {run.values} values at {run.values / seconds:.1f} a second"
    return [Result("cpu per 1000 values", 1000 * used_s / run.values, "s", how, 0.226)]
