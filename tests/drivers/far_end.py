"""The far end of a serial line, on a pseudo-terminal: says what the script says, whatever it is asked."""

from __future__ import annotations

import os
import select
import threading
import tty
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

REQUEST_LENGTH = 8


class FarEnd:
    """Answers the n-th request with the n-th answer, and is silent once they are used up.

    Attributes:
        port: what a master opens.
        answers: what it will still say, one for each request.
        heard: the requests, oldest first.
    """

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._stop_read, self._stop_write = os.pipe()
        self.port = os.ttyname(self._slave)
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def say(self, data: bytes) -> None:
        """Say something without having been asked."""
        os.write(self._master, data)

    def hang_up(self) -> None:
        """The adapter is unplugged."""
        os.write(self._stop_write, b"\0")
        self._thread.join()
        for each in (self._master, self._slave, self._stop_read, self._stop_write):
            os.close(each)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread.is_alive():
            self.hang_up()

    def _serve(self) -> None:
        request = b""
        while True:
            ready, _, _ = select.select([self._master, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            request += os.read(self._master, REQUEST_LENGTH - len(request))
            if len(request) == REQUEST_LENGTH:
                self.heard.append(request)
                request = b""
                if self.answers:
                    os.write(self._master, self.answers.pop(0))
