"""One copy of a station at a time: two would share its buses and its journal.

A lock on a file in the state directory, and a name in the kernel for when that directory cannot be used: on a
card that fails, or for another user. Whoever has the file has the station; without it the name decides.
Both are given back by the kernel when the process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class LockedError(Exception):
    """Another copy of this station runs."""


class Lock:
    """Held until `close`."""

    def __init__(self, path: Path) -> None:
        """Raises LockedError."""
        self._file = _locked_file(path)
        self._name = _bound_name(path)
        if self._file is None and self._name is None:
            raise LockedError(f"another copy of this station runs ({path.parent} belongs to it)")

    def close(self) -> None:
        """Another copy may run."""
        if self._name is not None:
            self._name.close()
        if self._file is not None:
            os.close(self._file)


def _locked_file(path: Path) -> int | None:
    """None when there is no such file to be had."""
    file = _opened(path)
    if file is None:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(file, 32).decode(errors="replace").strip()
        os.close(file)
        raise LockedError(f"another copy of this station runs (process {owner or 'unknown'})") from None
    with suppress(OSError):  # a full or read-only card: the lock holds, only its owner's number is missing
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    return file


def _opened(path: Path) -> int | None:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with suppress(OSError):
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return None


def _bound_name(path: Path) -> socket.socket | None:
    """A socket that nobody else can bind; None when somebody has. Nothing is ever sent to it."""
    digest = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:32]
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    try:
        held.bind(f"\0skyground-{digest}")
    except OSError:
        held.close()
        return None
    return held
