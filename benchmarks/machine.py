"""On what the numbers were taken: without it they say nothing."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from agent import __version__
from benchmarks.child import BenchmarkError, program

_PACKAGES = ("paho-mqtt", "pydantic", "influxdb-client", "structlog")


def describe(folder: Path) -> dict[str, str]:
    """Date, machine, the disk below `folder`, versions, and how busy the machine was before the start."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "skyground": f"{__version__} {_first_line('git', 'describe', '--always', '--dirty')}",
        "machine": f"{os.cpu_count()} x {_processor()}, {platform.machine()}, Linux {platform.release()}",
        "load": f"{os.getloadavg()[0]:.2f} before the start",
        "disk": " ".join(_first_line("findmnt", "-no", "FSTYPE,SOURCE", "-T", str(folder)).split()),
        "python": f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        "packages": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        "servers": f"{_first_line('mosquitto', '-h')}; {_first_line('influxd', 'version')}",
    }


def _processor() -> str:
    lines = (line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines())
    fields = {key.strip(): text.strip() for key, _, text in lines}
    return fields.get("model name") or fields.get("Model", "unknown processor")  # ARM boards say Model


def _first_line(name: str, *words: str) -> str:
    """What a program says first, or that it is not there."""
    try:
        told = subprocess.run([program(name), *words], capture_output=True, text=True, check=False)
    except BenchmarkError:
        return f"no {name}"
    return (told.stdout.splitlines() or [""])[0]
