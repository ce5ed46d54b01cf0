"""How fast values become durable, and what reaches the disk for them: the journal alone, in this process.

In commits of 64 values with a bookmark that rides along, as a station with one sink does it.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from benchmarks import process
from benchmarks.result import Result
from benchmarks.stored import Log, observations

if TYPE_CHECKING:
    from pathlib import Path

_ROWS = 64
_PAGE = b"\0" * 4096
_BARE_S = 1.0


def measure(folder: Path, seconds: float) -> list[Result]:
    """Rows a second, bytes written per 1000, and beside them what the disk itself can do."""
    batch = observations(_ROWS)
    with Log(folder / "journal.db", sent=True) as log:
        before = process.written_bytes("self")
        begin_s = time.monotonic()
        commits = 0
        while time.monotonic() < begin_s + seconds:
            log.commit(batch)
            commits += 1
        took_s = time.monotonic() - begin_s
        written_kib = (process.written_bytes("self") - before) / 1024
    rows = commits * _ROWS
    disk = f"append and commit of {_ROWS} with a bookmark, {1000 * took_s / commits:.1f} ms each"
    bare = f"4 KiB appended and fdatasync, {_BARE_S:g} s: what this disk can do"
    return [
        Result("durable values per second", rows / took_s, "1/s", disk, 5000, at_least=True),
        Result("journal written per 1000 values", 1000 * written_kib / rows, "KiB", f"over {rows} rows", 170),
        Result("bare fdatasyncs per second", _bare_syncs(folder / "bare") / _BARE_S, "1/s", bare),
    ]


def _bare_syncs(path: Path) -> int:
    count = 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT)
    end_s = time.monotonic() + _BARE_S
    while time.monotonic() < end_s:
        os.write(handle, _PAGE)
        os.fdatasync(handle)
        count += 1
    os.close(handle)
    return count
