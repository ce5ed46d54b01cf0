"""The disk under the journal: how much of it is free, and a ballast file to be thrown off when none is.

A full disk cannot even delete: SQLite needs room for the note of what it deletes. The ballast is that room.
It goes by quarters, each for as long as the others leave it to us; the last one is for emptying the WAL.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from agent.journal.room.retention import MB

if TYPE_CHECKING:
    from pathlib import Path

_LOW_BYTES = 32 * MB
_WITHOUT_FALLOCATE = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)


class Free(NamedTuple):
    """A file system's bytes: free for us, and in all."""

    free: int
    total: int

    def low(self, wanted: int, *, was_low: bool) -> bool:
        """Whether it is nearly full with `wanted` bytes more taken. Ends at twice the mark it began at."""
        mark = min(_LOW_BYTES, self.total // 20)
        return self.free - wanted < (2 * mark if was_low else mark)


def look(directory: Path) -> Free:
    """The file system of a directory. Raises OSError."""
    found = os.statvfs(directory)
    return Free(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


class Ballast:
    """A file of zeros beside the journal."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self.size_bytes = size_bytes

    def missing_bytes(self) -> int:
        """What it takes to make it whole."""
        try:
            return max(0, self.size_bytes - self._path.stat().st_size)
        except OSError:
            return self.size_bytes

    def make(self) -> None:
        """Take the room. Raises OSError, and then has taken none."""
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _allocate(handle, self.size_bytes)
            os.fsync(handle)
        except OSError:
            self._path.unlink()
            raise
        finally:
            os.close(handle)

    def throw_off(self) -> bool:
        """Give a quarter of the room to the journal. False when there was none to give."""
        quarter = self.size_bytes // 4
        with suppress(OSError):
            left = self._path.stat().st_size - quarter
            if left < quarter:
                self._path.unlink()
            else:
                os.truncate(self._path, left)
            return True
        return False


def _allocate(handle: int, size_bytes: int) -> None:
    try:
        os.posix_fallocate(handle, 0, size_bytes)
    except OSError as error:
        if error.errno not in _WITHOUT_FALLOCATE:
            raise
        for _ in range(0, size_bytes, MB):
            os.write(handle, bytes(MB))
