"""A history to be replayed: any file is gone through, or refused in words."""

from __future__ import annotations

import gzip
import io
import os

from agent.replay.opening import UnreadableError, is_journal, opened
from agent.replay.table import Table, read
from agent.replay.tables import replay
from agent.replay.task import Out, Task
from fuzz.target import Target

# A file in memory: a card would be worn out by a million of them.
_FILE = os.memfd_create("history.csv")
_NAME = f"/proc/self/fd/{_FILE}"
_FLAGS = {1, 2, 3, 4, 9}


def _history(data: bytes) -> None:
    """Any bytes: rows that are all flagged, refused ones on record, no error but the documented one."""
    os.ftruncate(_FILE, 0)
    os.pwrite(_FILE, data, 0)
    if is_journal(_NAME):
        return
    try:
        with opened(_NAME) as text:
            table = read(text)
    except UnreadableError:
        return
    _go_through(table)


def _go_through(table: Table) -> None:
    out = Out(io.StringIO(), io.StringIO())
    gone = replay("history.csv", table, Task(wants_rates=True), out)
    assert set(gone.flags) <= _FLAGS
    assert sum(gone.flags.values()) == gone.rows == len(table)
    assert bool(table.refusals) is bool(table.refused)


_ROWS = b"""\
time_utc,sensor,value,label
2026-01-01T00:00:00Z,ph,7.41,0
2026-01-01T00:00:00Z,ec_us_cm,412,0
2026-01-01T00:15:00Z,ph,-9999,0
2026-01-01 00:15,soil_vwc_p2,,0
2026-01-01T00:30:00+08:00,"weir/ph",7.1,0
"""
HISTORY = Target(
    _history,
    (_ROWS, gzip.compress(_ROWS, mtime=0), b"\xef\xbb\xbf" + _ROWS.replace(b"\n", b"\r\n")),
    (
        b"2026-01-01T00:15:00Z,ph,",
        b"0001-01-01T00:00+23:59",
        b"9999-12-31T23:59:59-23:59",
        b"1970-01-01T00:00:00Z",
        b"1e308",
        b"-1e-320",
        b"nan",
        b"head_m_abs,",
        b"rain_mm",
        b'"',
        b'""',
        b"\x00",
        b"\n\n",
        b",,,,",
        b"\xff\xfe",
    ),
)
