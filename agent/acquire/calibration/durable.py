"""Files that are there whole or not at all, whatever happens to the power in between.

Two programs that write into one directory take turns by `held`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TEMP = ".new"  # one name: what a power cut leaves of it makes way the next time
_ASK_S, _MOST_ASKED = 0.01, 1000
_MODE, _DIRECTORY_MODE = 0o644, 0o755


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Makes a directory, and keeps everybody else who asks from writing there: threads and other programs.

    Raises OSError when it cannot be made, or somebody else holds it for longer than anybody's work takes.
    """
    make_directory(directory)
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _wait_for_turn(handle, directory)
        yield
    finally:
        os.close(handle)  # and with it the lock; so does the kernel, for whoever is killed


def _wait_for_turn(handle: int, directory: Path) -> None:
    """Raises OSError."""
    for _ in range(_MOST_ASKED):
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        threading.Event().wait(_ASK_S)
    raise OSError(errno.EBUSY, "another program writes there", str(directory))


def create(path: Path, text: str) -> None:
    """Write a new file; nothing that is there is written over.

    Raises FileExistsError, and OSError when the disk says no; then there is nothing new, or a whole file
    that may be lost with the power.
    """
    _staged(path, text)
    temp = path.parent / _TEMP
    try:
        os.link(temp, path)  # unlike a rename it fails when there is one already
        sync_directory(path.parent)
    finally:
        temp.unlink(missing_ok=True)


def replace(path: Path, text: str) -> None:
    """Write a file in place of the one of that name. Raises OSError; the old one is there then.

    Where not even a directory can be brought to the disk, the new one may be there until the power goes.
    """
    _staged(path, text)
    (path.parent / _TEMP).replace(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Names in it are safe from a power cut from now on. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directory(path: Path) -> None:
    """A directory, and those above it, with the owner of the one that was there before. Raises OSError.

    Root may run a command before the service has ever calibrated: the service must be able to write there.
    """
    if path.is_dir():
        return
    make_directory(path.parent)
    try:
        path.mkdir(mode=_DIRECTORY_MODE)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from error
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
    sync_directory(path.parent)


def _staged(path: Path, text: str) -> None:
    """Write the text beside it, down to the disk. Raises OSError and leaves nothing then."""
    make_directory(path.parent)
    temp = path.parent / _TEMP
    try:
        temp.unlink(missing_ok=True)  # of another owner it could not be written, but it can be removed
        handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fchmod(handle, _MODE)
            os.fsync(handle)
    except OSError:
        with suppress(OSError):
            temp.unlink(missing_ok=True)
        raise
