"""What the scripts print: progress as it comes, and on what it was measured."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from agent import __version__

if TYPE_CHECKING:
    from tests.machine.shell import Shell

_BEGAN_S = time.monotonic()


def say(text: str) -> None:
    """One line, at once, with the seconds since the start before it."""
    sys.stdout.write(f"[{time.monotonic() - _BEGAN_S:5.0f} s] {text}\n")
    sys.stdout.flush()


def versions(shell: Shell) -> str:
    """Date, code, and what the machine is made of."""
    code = _first_line("git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty")
    sqlite = "/opt/skyground/bin/python -c 'import sqlite3; print(sqlite3.sqlite_version)'"
    guest = shell.run(f"uname -r; python3 -V; {sqlite}; systemctl --version | head -1").splitlines()
    date = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    host = f"{_first_line('qemu-system-x86_64', '--version')}, {os.cpu_count()} processors"
    inside = f"Linux {guest[0]}, {guest[1]}, SQLite {guest[2]}, {guest[3]}"
    return f"{date}, skyground {__version__} {code}; {inside}; {host}"


def _first_line(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout.splitlines() or ["unknown"])[0]
