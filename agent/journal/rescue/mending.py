"""Mending the write-ahead log of a crashed station before anybody writes.

    journal.db-wal --as it was found--> .found   and then: .mended --> journal.db-wal

What was found stays until SQLite has nothing against the database that comes of it, or takes its place again.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from agent.journal.file.database import UnusableError, open_reader
from agent.journal.rescue.aside import sync_directory
from agent.journal.rescue.soundness import is_damage, look_before_opening, look_inside
from agent.journal.rescue.wal import HEADER_BYTES, DamagedLogError, turn_back

if TYPE_CHECKING:
    from pathlib import Path

# Half a second's work on the smallest Pi. A log is larger only when a reader has blocked it.
_MOST_BYTES = 8 << 20
_WHY = "its log is damaged: commits in it cannot be read"


def mend_log(path: Path) -> int:
    """Turn flipped bits back in a journal's log. Returns how many. Nobody may have the file open.

    Raises OSError, and UnusableError when commits that had been flushed cannot be read.
    """
    log = path.with_name(path.name + "-wal")
    found = log.with_name(log.name + ".found")
    if found.exists():  # the power went before it was certain that mending was right
        found.replace(log)
        sync_directory(path.parent)
    if not path.exists() or not log.exists() or not HEADER_BYTES < log.stat().st_size <= _MOST_BYTES:
        return 0
    look_before_opening(path)
    original = log.read_bytes()
    mended = bytearray(original)
    try:
        flipped = turn_back(mended)
    except DamagedLogError as error:
        raise UnusableError(_WHY, is_readable=True) from error
    if flipped:
        _replace(path, log, original, mended)
    return flipped


def _replace(path: Path, log: Path, original: bytes, mended: bytearray) -> None:
    found, new = (log.with_name(log.name + suffix) for suffix in (".found", ".mended"))
    _write(new, original)
    new.replace(found)  # whole, or not there
    _write(new, mended)
    new.replace(log)
    sync_directory(path.parent)
    try:
        _look(path)
    except (sqlite3.DatabaseError, UnusableError) as error:
        found.replace(log)
        sync_directory(path.parent)
        if is_damage(error):
            raise UnusableError(f"{_WHY} ({error})", is_readable=True) from error
        raise
    found.unlink()
    sync_directory(path.parent)  # before anything is written: it must not come back


def _look(path: Path) -> None:
    """Read-only: what a writing connection does to the file could not be undone."""
    with closing(open_reader(path)) as connection:
        look_inside(connection)


def _write(path: Path, data: bytes | bytearray) -> None:
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
