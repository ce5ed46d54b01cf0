"""The computer itself as a bus without a wire: the files in which Linux says how it is."""

from __future__ import annotations

import os
from pathlib import Path

from drivers.contract import BusError, NoAnswerError

_LONGEST = 65536  # characters; such a file has a few lines


class HostBus:
    """The files below `root`. Use `HostBus.open`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @classmethod
    def open(cls, root: Path = Path("/")) -> HostBus:
        """Look whether there is a Linux below `root`. Raises BusError."""
        bus = cls(root)
        bus.expect_system()
        return bus

    def close(self) -> None:
        """Nothing is held open."""

    def text(self, pattern: str) -> str:
        """What the first file that matches `pattern`, relative to the root, says.

        Raises NoAnswerError when there is none, or it cannot be read; BusError when nothing is there at all.
        """
        self.expect_system()
        found = sorted(self._root.glob(pattern))
        if not found:
            raise NoAnswerError(f"this computer has no /{pattern}", "leave the quantity out of `quantities`")
        try:
            with found[0].open(encoding="ascii", errors="replace") as file:
                return file.read(_LONGEST)
        except OSError as error:
            raise NoAnswerError(
                f"{found[0]} cannot be read: {error.strerror}", "`dmesg` may tell why"
            ) from error

    def free_bytes(self, folder: str) -> int:
        """Free room on the disk that holds `folder`. Raises NoAnswerError, BusError."""
        self.expect_system()
        path = self._root / folder.lstrip("/")
        try:
            disk = os.statvfs(path)
        except OSError as error:
            raise NoAnswerError(
                f"the disk of {path} does not answer: {error.strerror}", "check `disk`, and `findmnt`"
            ) from error
        return disk.f_bavail * disk.f_frsize

    def expect_system(self) -> None:
        """Raises BusError unless /sys is mounted."""
        if not (self._root / "sys").is_dir():
            raise BusError(
                f"there is no {self._root / 'sys'}: the system's own files are not mounted",
                "in a container mount /sys and /proc; elsewhere look at `findmnt /sys`",
            )
