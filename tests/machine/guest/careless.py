"""On the machine: the same station on a journal that does not wait for the disk.

The control of the power cuts: with `synchronous=OFF` they must find losses, or they prove nothing.
"""

from __future__ import annotations

import functools
import sqlite3
import sys
from typing import Any

from agent.cli.main import main


class Careless(sqlite3.Connection):
    """Says yes to `synchronous=FULL`, and means no."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """As asked, but for the one word."""
        return super().execute(sql.replace("synchronous=FULL", "synchronous=OFF"), *parameters)


sqlite3.connect = functools.partial(sqlite3.connect, factory=Careless)  # type: ignore[assignment]
sys.exit(main())
