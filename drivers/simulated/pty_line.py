"""The far end of a serial line on a pseudo-terminal, served from a thread of its own."""

from __future__ import annotations

import os
import select
import threading
import tty
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class PtyLine(ABC):
    """A line that is served between `start` and `close`; a subclass says in `_serve` who is on it.

    Args:
        thread_name: of the thread that serves it.

    Attributes:
        port: what a master opens.
    """

    def __init__(self, thread_name: str) -> None:
        self._stop = threading.Event()
        self._stop_read, self._stop_write = os.pipe()
        # Our own hold on the far end keeps the line alive while no master has it open.
        self._master, self._far_end = os.openpty()
        tty.setraw(self._far_end)
        os.set_blocking(self._master, False)
        self.port = os.ttyname(self._far_end)
        self._thread = threading.Thread(target=self._serve, name=thread_name, daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and hang up; a master that still has the port open sees an unplugged adapter."""
        self._stop.set()
        os.write(self._stop_write, b"\0")
        self._thread.join()
        for each in (self._master, self._far_end, self._stop_read, self._stop_write):
            os.close(each)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def _serve(self) -> None:
        """What the thread does until `_stop` is set."""

    def _is_readable(self, timeout_s: float | None) -> bool:
        """Wait for bytes from the master; False on silence or closing."""
        ready, _, _ = select.select([self._master, self._stop_read], [], [], timeout_s)
        return self._stop_read not in ready and self._master in ready

    def _read(self, most: int) -> bytes:
        return os.read(self._master, most)

    def _write(self, data: bytes) -> None:
        try:
            os.write(self._master, data)
        except BlockingIOError:
            return  # nobody has read for ages: on a real line these bytes would be gone as well
