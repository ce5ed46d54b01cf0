"""What a value costs the card: bytes that reach it, bytes that stay, and waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.result import Result

if TYPE_CHECKING:
    from benchmarks.steady import Run


def measure(run: Run) -> list[Result]:
    """From the first value on, so that the run spans at least one checkpoint; logs and bookmarks included."""
    first, last = run.begin, run.looks[-1]
    values = last.values - first.values
    written_kib = (last.written_bytes - first.written_bytes) / 1024
    grown_kib = (last.disk_bytes - first.disk_bytes) / 1024
    how = f"write_bytes of /proc/PID/io over {values} values, log and checkpoints included"
    results = [
        Result("disk written per 1000 values", 1000 * written_kib / values, "KiB", how, 170),
        Result(
            "disk grown per 1000 values",
            1000 * grown_kib / values,
            "KiB",
            "file sizes, the write-ahead log included",
        ),
    ]
    if run.syncs is not None:
        results.append(Result("fsyncs per 1000 values", run.syncs, "", "strace of fsync and fdatasync, 5 s"))
    return results
