"""The journal's file: opening it for writing or for reading, and its schema."""

from __future__ import annotations

import sqlite3
import uuid
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.journal.file.checked import check

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 4
CORRUPT = "corrupt"

_SCHEMA = Path(__file__).parent / "schema"

# A WAL that is reused in place halves the bytes that reach the card: checkpoint early, never truncate.
_CHECKPOINT_PAGES = 800
# A commit of one poll cycle touches four or five pages whatever their size: small ones cost the card 40 %
# less (240 against 400 KiB per 1000 observations in commits of 64).
_PAGE_BYTES = 1024
_CACHE_KIB = 512


class UnusableError(Exception):
    """Why a file cannot be gone on with; what to call it (`name`), and whether parts of it may be read."""

    def __init__(self, why: str, name: str = CORRUPT, *, is_readable: bool) -> None:
        super().__init__(why)
        self.name = name
        self.is_readable = is_readable


@contextmanager
def making_sense() -> Iterator[None]:
    """What Python cannot make sense of is damage. Raises UnusableError."""
    try:
        yield
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise UnusableError(f"it is damaged: {error!r}", is_readable=True) from error


def open_writer(path: Path) -> sqlite3.Connection:
    """The one writing connection, its schema brought up to date. Raises sqlite3.Error, UnusableError."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.text_factory = _text
    connection.create_function("row_check", -1, check, deterministic=True)
    try:
        connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        _upgrade(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection for one thread; it never checkpoints. Raises sqlite3.Error."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    connection.text_factory = _text
    connection.execute("PRAGMA query_only=1")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    return connection


def _text(stored: bytes) -> str:
    """A damaged byte must not look like a busy disk: it is shown as such, and fails the checksum."""
    return stored.decode(errors="replace")


def primary_code(error: Exception) -> int:
    """SQLite's result code without its details; 0 for an error that is not SQLite's."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def read_id(connection: sqlite3.Connection) -> str:
    """The id that this file got when it was made. Raises UnusableError when it is not that any more."""
    found = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('journal_id', 'id_check')"))
    identity = str(found.get("journal_id", ""))
    # Files of the first releases have no check of it.
    if not _is_uuid(identity) or found.get("id_check", _check_of(identity)) != _check_of(identity):
        raise UnusableError("the journal's id is damaged", is_readable=True)
    return identity


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _check_of(identity: str) -> str:
    """Every record is named after it: one flipped bit would send all of them out under another name."""
    return f"{zlib.crc32(identity.encode()):08x}"


def schema_of(connection: sqlite3.Connection) -> int:
    """The version of its schema; 0 for an empty file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _upgrade(connection: sqlite3.Connection) -> None:
    """Step by step, each step one transaction with its number: a power cut leaves the one or the other."""
    version = schema_of(connection)
    if version > VERSION:
        why = f"it was written by a newer agent (schema {version}, this one knows {VERSION})"
        raise UnusableError(why, f"schema-{version}", is_readable=False)
    for step in range(version + 1, VERSION + 1):
        sql = (_SCHEMA / f"{step:03}.sql").read_text(encoding="utf-8")
        if step == 1:
            identity = str(uuid.uuid4())
            rows = f"('journal_id', '{identity}'), ('id_check', '{_check_of(identity)}')"
            sql += f"INSERT INTO meta VALUES {rows};"  # noqa: S608 - made here
        connection.executescript(f"BEGIN IMMEDIATE; {sql} PRAGMA user_version={step}; COMMIT;")
