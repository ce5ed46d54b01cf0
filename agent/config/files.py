"""Reading a small file that people wrote: bounded in size and in time."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class SmallFile(NamedTuple):
    """What a file holds, and its permission bits."""

    data: bytes
    mode: int


class NotAFileError(OSError):
    """A directory, a pipe or a device stands where a file should."""


class TooLargeError(OSError):
    """The file holds more than anybody would write here by hand."""


def read_small_file(path: Path, limit_bytes: int) -> SmallFile:
    """Read a whole regular file. Raises OSError, among them NotAFileError and TooLargeError.

    Never waits: opening a pipe that nobody writes to would otherwise hang the start for ever.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotAFileError("it is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(limit_bytes + 1)
    finally:
        os.close(descriptor)
    if len(data) > limit_bytes:
        raise TooLargeError(f"it is larger than {limit_bytes // 1024} KiB")
    return SmallFile(data, stat.S_IMODE(status.st_mode))
