"""Bytes between a machine's serial adapter and a simulated line; stopped in the middle of an answer."""

from __future__ import annotations

import os
import select
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_LOOK_S = 0.2
_MOST_BYTES = 4096


class Bridge:
    """Carries bytes both ways between the Unix socket `machine` and the terminal `line` in a `with` block."""

    def __init__(self, machine: Path, line: Path) -> None:
        self._machine = socket.socket(socket.AF_UNIX)
        self._machine.connect(str(machine))
        self._line = os.open(line, os.O_RDWR | os.O_NOCTTY)
        self._ended = threading.Event()
        self._stopped: threading.Event | None = None
        self._left = 0
        self._thread = threading.Thread(target=self._carry, name="bridge", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._machine.close()
        os.close(self._line)

    def stop_after(self, count: int, stopped: threading.Event) -> None:
        """Let `count` more bytes of answers through, then none; `stopped` is set when that has happened."""
        self._left, self._stopped = count, stopped

    def go_on(self) -> None:
        """Let everything through again."""
        self._stopped = None

    def _carry(self) -> None:
        while not self._ended.is_set():
            readable, _, _ = select.select([self._machine.fileno(), self._line], [], [], _LOOK_S)
            if self._machine.fileno() in readable:
                os.write(self._line, self._machine.recv(_MOST_BYTES))
            if self._line in readable:
                self._machine.sendall(self._let_through(os.read(self._line, _MOST_BYTES)))

    def _let_through(self, answer: bytes) -> bytes:
        if self._stopped is None:
            return answer
        part, self._left = answer[: self._left], max(0, self._left - len(answer))
        if not self._left:
            self._stopped.set()
        return part
