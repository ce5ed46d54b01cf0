"""How often the agent asks the disk to make sure, counted by strace where it is installed."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.station import Agent

_SECONDS = 5.0
_CALL = re.compile(r"\bf(?:data)?sync\(")


def syncs_per_1000_values(agent: Agent) -> float | None:
    """Calls of fsync and fdatasync per 1000 values; None without strace or the right to use it."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    log = agent.folder / "strace.txt"
    command = [strace, "-f", "-q", "-e", "trace=fsync,fdatasync", "-o", str(log), "-p", str(agent.pid)]
    before = agent.values()
    tracer = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(_SECONDS)
    was_tracing = tracer.poll() is None
    tracer.send_signal(signal.SIGINT)
    tracer.wait(10)
    values = agent.values() - before
    if not was_tracing or not values:
        return None
    return 1000 * len(_CALL.findall(log.read_text())) / values
