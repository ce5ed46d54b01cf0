"""Where a station keeps its files, for the station and for the commands that ask about it."""

from __future__ import annotations

import os
from pathlib import Path

CONFIG = Path("/etc/skyground/skyground.toml")
STATE = Path("/var/lib/skyground")
RUNTIME = Path("/run/skyground")
JOURNAL_NAME = "journal.db"
LOCK_NAME = "lock"
SOCKET_NAME = "control.sock"


def state_dir(configured: Path) -> Path:
    """The directory of the journal: systemd's $STATE_DIRECTORY, else the configured one."""
    return Path(os.environ.get("STATE_DIRECTORY") or configured)


def socket_path(state: Path) -> Path:
    """Where the station listens: systemd's $RUNTIME_DIRECTORY, else beside the journal.

    A technician's shell does not have the variable: there, the installed station's is known by its state.
    """
    runtime = os.environ.get("RUNTIME_DIRECTORY")
    if runtime is None and state == STATE and RUNTIME.is_dir():
        return RUNTIME / SOCKET_NAME
    return (Path(runtime) if runtime else state) / SOCKET_NAME
