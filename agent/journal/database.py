"""The journal's file: opening it for writing or for reading, its schema, and setting a broken one aside."""

from __future__ import annotations

import os
import sqlite3
import uuid
from pathlib import Path

VERSION = 1

# A WAL that is reused in place halves the bytes that reach the card: checkpoint early, never truncate.
_CHECKPOINT_PAGES = 800
# A commit of one poll cycle touches four or five pages whatever their size: small ones cost the card 40 %
# less (240 against 400 KiB per 1000 observations in commits of 64).
_PAGE_BYTES = 1024
_CACHE_KIB = 512


def open_writer(path: Path) -> sqlite3.Connection:
    """The one writing connection. Makes the schema in a new file. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        _make_schema(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection for one thread; it never checkpoints. Raises sqlite3.Error."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    connection.execute("PRAGMA query_only=1")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    return connection


def set_aside(path: Path) -> Path:
    """Rename a journal that cannot be used, with its -wal and -shm, and say where it is now."""
    n = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{n}")).exists():
        n += 1
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)
    return aside


def read_id(connection: sqlite3.Connection) -> str:
    """The id that this file got when it was made."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'journal_id'").fetchone()
    if row is None:
        raise sqlite3.DatabaseError("journal has no id")
    return str(row[0])


def _make_schema(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    if version != 0:
        raise sqlite3.DatabaseError(f"journal has schema {version}, this agent knows {VERSION}")
    sql = (Path(__file__).parent / "schema" / "001.sql").read_text(encoding="utf-8")
    identity = f"INSERT INTO meta VALUES ('journal_id', '{uuid.uuid4()}')"  # noqa: S608 - made here, not input
    connection.executescript(f"BEGIN; {sql} {identity}; PRAGMA user_version={VERSION}; COMMIT;")
