"""Who is at the terminal, for records that name whoever did something."""

from __future__ import annotations

import getpass
import os


def login() -> str:
    """The account, also behind sudo; empty for a user without a name."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return ""
