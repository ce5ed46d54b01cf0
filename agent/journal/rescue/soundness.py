"""Whether a file can be gone on with, and whether an error is the file's fault or the disk's."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING

from agent.journal.file.database import UnusableError, primary_code

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("", "-wal", "-shm")

# A start must not wait long for this: what it has not seen by then is noticed when it is read or written.
_CHECK_S = 3.0
_CHECK_STEPS = 2000
# Complaints about single values end with these: a row's checksum finds them, and the other rows are well.
_OF_ONE_ROW = " value in record."
_COMPLAINTS = 100

# What the disk, another process or the memory is to blame for: the same may work later.
_PASSING = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_ABORT,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_AUTH,
}
_SEQ_TAKEN = {sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID}


def is_damage(error: Exception) -> bool:
    """Whether the file is to blame, so that trying again is in vain."""
    if isinstance(error, UnusableError):
        return True
    if not isinstance(error, sqlite3.Error):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or primary_code(error) == sqlite3.SQLITE_CONSTRAINT:
        return code in _SEQ_TAKEN
    return primary_code(error) not in _PASSING


def look_before_opening(path: Path) -> None:
    """Find what SQLite would take for a new file, or never open. Raises UnusableError, OSError."""
    log = path.with_name(path.name + "-wal")
    if not path.exists() and not log.exists():
        return
    if path.exists() and not path.is_file():
        raise UnusableError("there is no file but something else in its place", is_readable=False)
    if not path.exists() or path.stat().st_size == 0:
        # Not to be opened even for reading: SQLite deletes the log of an empty database.
        why = "its file is empty or gone" + (", its log is not" if log.exists() else "")
        raise UnusableError(why, is_readable=False)
    for suffix in PARTS:
        part = path.with_name(path.name + suffix)
        if part.exists() and not os.access(part, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK):
            raise UnusableError(f"{part.name} may not be read and written by this user", is_readable=True)


def look_inside(connection: sqlite3.Connection) -> bool:
    """Let SQLite check its pages, for some seconds; whether it came to the end. Raises UnusableError."""
    deadline_s = time.monotonic() + _CHECK_S
    connection.set_progress_handler(lambda: time.monotonic() > deadline_s, _CHECK_STEPS)
    try:
        found = [text for (text,) in connection.execute(f"PRAGMA quick_check({_COMPLAINTS})")]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return False
        raise
    finally:
        connection.set_progress_handler(None, 0)
    serious = [text for text in found if text != "ok" and _OF_ONE_ROW not in text]
    if serious:
        raise UnusableError(f"it is damaged: {serious[0].splitlines()[-1]}", is_readable=True)
    return True
