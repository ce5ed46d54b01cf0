"""The serial port that minimalmodbus believes to have: our line, with one deadline over each answer.

minimalmodbus takes any object that reads and writes like a pyserial port. Standing in between lets the
deadline follow from the length of the answer, ends the wait as soon as an instrument refuses, and drops the
echo of an adapter that hears itself. Frames that minimalmodbus refuses to build, because they break the
standard (a read of no registers), go through `exchange`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from drivers.modbus.frame import READS, REFUSAL_LENGTH, WRITE_ANSWER_LENGTH, refusal, silence_s

if TYPE_CHECKING:
    from drivers.bus.serial import SerialLine


class Wire:
    """One instrument's view of a line.

    Args:
        line: open; stays the caller's.
        response_timeout_s: longest silence before an answer; the time of the bytes themselves comes on top.

    Attributes:
        request: the question asked last.
        answer: what was heard then, without an echo.
        expected: how many bytes an answer to it has.
    """

    is_open = True

    def __init__(self, line: SerialLine, response_timeout_s: float) -> None:
        self._line = line
        self._response_timeout_s = response_timeout_s
        self.port = line.port
        self.baudrate = line.settings.baud
        self.request = b""
        self.answer = b""
        self.expected = 0

    def open(self) -> None:
        """Nothing to do: whoever gave the line has opened it."""

    def close(self) -> None:
        """Nothing to do: whoever gave the line closes it."""

    def write(self, request: bytes) -> None:
        """Ask. What is still in the buffer now answers an earlier question, too late. Raises BusError."""
        self.request, self.answer = request, b""
        self._line.flush_input()
        self._line.write(request)

    def read(self, size: int) -> bytes:
        """The answer of `size` bytes, a refusal, or what came of it before the deadline. Raises BusError."""
        self.expected = size
        self.answer = self._listen(size, self._deadline(size))
        return self.answer

    def exchange(self, request: bytes) -> bytes:
        """Say a whole frame as it stands, in silence before and after; returns what `read` would.

        Only for functions 3, 4 and 16: the answer to a read says itself how long it is. Raises BusError.
        """
        self._keep_quiet()
        self.write(request)
        if request[1] not in READS:
            self.read(WRITE_ANSWER_LENGTH)
        elif self._is_head(self.read(REFUSAL_LENGTH)):
            self._read_on()
        self._keep_quiet()
        return self.answer

    def _is_head(self, heard: bytes) -> bool:
        return len(heard) == REFUSAL_LENGTH and refusal(self.request, heard) is None

    def _read_on(self) -> None:
        """An answer without data has the length of a refusal; its third byte says how many more come."""
        more = self.answer[2]
        self.expected += more
        self.answer += self._line.read(more, self._deadline(more))

    def _keep_quiet(self) -> None:
        """Between frames a line is silent; minimalmodbus keeps it only between its own."""
        time.sleep(silence_s(self.baudrate))

    def _deadline(self, size: int) -> float:
        bytes_on_wire = 2 * len(self.request) + size
        wire_s = bytes_on_wire * self._line.settings.char_s
        return time.monotonic() + self._response_timeout_s + wire_s

    def _listen(self, size: int, deadline: float) -> bytes:
        heard = self._line.read(REFUSAL_LENGTH, deadline)
        if refusal(self.request, heard) is not None:
            return heard
        heard += self._line.read(size - len(heard), deadline)
        echo = self.request[:size]
        if not heard.startswith(echo):
            return heard
        heard += self._line.read(len(self.request) + size - len(heard), deadline)
        return heard[len(self.request) :]
