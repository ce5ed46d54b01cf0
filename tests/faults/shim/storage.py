"""Builds `storage.c` and speaks to it from inside the process that it was preloaded into."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

from tests.servers.process import program

_SOURCE = Path(__file__).with_name("storage.c")
_FLAGS = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1")


def build(folder: Path) -> Path:
    """The library, made in `folder`."""
    library = folder / "storage.so"
    command = [program("cc", "gcc"), *_FLAGS, "-o", str(library), str(_SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return library


class Faults:
    """The preloaded library: arm it, and ask what it saw."""

    def __init__(self, library: str) -> None:
        self._library = ctypes.CDLL(library)
        self._library.fault_calls.restype = ctypes.c_long
        self._library.fault_last.restype = ctypes.c_char_p

    def arm(self, nth: int, error: int, *, sticky: bool) -> None:
        """Count from 0 again; the `nth` call from now on fails, and all behind it if `sticky`. 0: none."""
        self._library.fault_arm(ctypes.c_long(nth), error, int(sticky))

    def calls(self) -> int:
        """Storage calls since it was armed."""
        return int(self._library.fault_calls())

    def last(self) -> str:
        """The call that failed last, by name."""
        return str(self._library.fault_last().decode())
