"""On the machine: say in the log of the disk itself what has been committed, as any reader sees it.

    promise.py JOURNAL DEVICE    writes the sector "PROMISED <seq>" near the end of DEVICE, past every cache

A reader sees a record once the commit is on the disk, and never before. Whatever is promised here must be
found again after a cut at any later moment.
"""

from __future__ import annotations

import mmap
import os
import sqlite3
import sys
import time
from pathlib import Path

from agent.journal.reader import JournalReader

_TAIL_BYTES = 1 << 20
_SECTOR_BYTES = 512
_LOOK_S = 0.02


def main(journal: Path, device: str) -> None:
    """Promise until told to end."""
    disk = os.open(device, os.O_WRONLY | os.O_DIRECT)
    place = os.lseek(disk, 0, os.SEEK_END) - _TAIL_BYTES
    sector = mmap.mmap(-1, mmap.PAGESIZE)
    promised = 0
    reader = _opened(journal)
    while True:
        head = reader.head()
        if head > promised:
            sector[:_SECTOR_BYTES] = (b"PROMISED %d" % head).ljust(_SECTOR_BYTES)
            os.pwrite(disk, memoryview(sector)[:_SECTOR_BYTES], place)
            promised = head
        time.sleep(_LOOK_S)


def _opened(journal: Path) -> JournalReader:
    """A reader, as soon as there is something to read."""
    while True:
        try:
            return JournalReader(journal, _refuse)
        except sqlite3.Error:
            time.sleep(_LOOK_S)


def _refuse(seq: int) -> None:
    raise SystemExit(f"record {seq} is damaged on a disk that nobody cut")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
