"""Question and answer on an SDI-12 line, with the repeats that the standard asks for.

Two kinds of adapter carry it, and the settings of the port tell which:

    1200 7E1        a bare level shifter: the port speaks SDI-12 itself. We send the break that wakes the
                    sensors, and hear our own command back.
    anything else   a transparent adapter: text in, text out. It makes break and timing itself and passes on
                    what came, some with an echo, some by the character and some by the line.

Source of all times: SDI-12 version 1.4, section 7 (timing) and 7.2 (retries).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from drivers.bus.serial import LineSettings
from drivers.contract import BadAnswerError, NoAnswerError
from drivers.sdi12.codec import END, LONGEST_ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.bus.serial import SerialLine

    T = TypeVar("T")

SDI12_LINE = LineSettings(1200, "even", 1, 7)

CHAR_S = SDI12_LINE.char_s
_GAP_S = 0.00166  # between two characters of an answer, at most
_BREAK_S = 0.015  # at least 12 ms
_MARK_S = 0.0095  # at least 8.33 ms
# An answer begins within 15 ms, and a repeat within 87 ms of silence needs no new break. In between: USB.
_RAW_TIMEOUT_S = 0.06
# Break, marking, a sensor that takes its 100 ms to wake, and USB both ways.
_TRANSPARENT_TIMEOUT_S = 0.3
_ASKED_PER_BREAK = 3  # once, and two repeats
_IDLE = b"\x00\r\n"  # what a port makes of its own break, and what an adapter ends its echo with


def is_raw(settings: LineSettings) -> bool:
    """Whether the port itself speaks SDI-12, through a bare level shifter."""
    return settings == SDI12_LINE


class Wire:
    """One sensor's view of a line.

    Args:
        line: open; stays the caller's.
        address: of the sensor.
        response_timeout_s: longest silence before an answer; None for what suits the adapter. The time of the
            characters themselves comes on top.
        retries: how often a question without a good answer is asked again from the start.
    """

    def __init__(
        self, line: SerialLine, address: str, *, response_timeout_s: float | None = None, retries: int = 2
    ) -> None:
        self._line = line
        self._address = address
        self._is_raw = is_raw(line.settings)
        usual_s = _RAW_TIMEOUT_S if self._is_raw else _TRANSPARENT_TIMEOUT_S
        self._timeout_s = response_timeout_s or usual_s
        self._tries_per_break = _ASKED_PER_BREAK if self._is_raw else 1
        self._tries = (1 + retries) * self._tries_per_break

    def ask(self, command: str, understand: Callable[[bytes], T], longest: int = LONGEST_ANSWER) -> T:
        """What `understand` makes of the answer to `command`, which comes without address and mark.

        `longest` is how many characters an answer may have. A question that gets no answer, or one that
        `understand` refuses with BadAnswerError, is asked again. Raises DriverError: of several failures the
        damaged answer is told, because it proves that somebody is there.
        """
        damage: BadAnswerError | None = None
        silences = 0
        for attempt in range(self._tries):
            heard = self._exchange(command, longest, wake=attempt % self._tries_per_break == 0)
            if not heard:
                silences += 1
                continue
            try:
                understood = understand(heard)
            except BadAnswerError as error:
                damage = error
            else:
                self._let_late_answers_pass(silences, longest)
                return understood
        raise damage or self._silent(command)

    def hear(self, deadline: float) -> bytes:
        """A line that the sensor sends unasked until `deadline`, or what came of it. Raises BusError."""
        heard = bytearray()
        while len(heard) < LONGEST_ANSWER and not heard.endswith(END[-1:]):
            byte = self._line.read(1, deadline)
            if not byte:
                break
            heard += byte
        return bytes(heard)

    def _exchange(self, command: str, longest: int, *, wake: bool) -> bytes:
        """Ask once. The answer up to its line end, without echo; empty for silence. Raises BusError."""
        question = f"{self._address}{command}!".encode("ascii")
        if self._is_raw and wake:
            self._line.send_break(_BREAK_S, _MARK_S)
        self._line.flush_input()
        self._line.write(question)
        asked_s = len(question) * CHAR_S
        patience_s = self._patience_s(longest)
        end = time.monotonic() + asked_s + self._timeout_s + longest * (CHAR_S + _GAP_S)
        return self._listen(question, longest, asked_s, patience_s, end)

    def _listen(self, question: bytes, longest: int, asked_s: float, patience_s: float, end: float) -> bytes:
        """Characters until the line end that ends the answer, a silence of `patience_s`, or the `end`."""
        heard = b""
        silent_from = time.monotonic() + asked_s
        for _ in range(len(question) + len(END) + longest):
            byte = self._line.read(1, min(end, silent_from + patience_s))
            if not byte:
                break
            silent_from = max(silent_from, time.monotonic())
            heard = _without_echo(heard + byte, question)
            if heard.endswith(END):
                break
        return heard

    def _patience_s(self, longest: int) -> float:
        """How long to wait for the next character: an adapter may pass an answer on as a whole only."""
        return self._timeout_s + (0.0 if self._is_raw else longest * (CHAR_S + _GAP_S))

    def _let_late_answers_pass(self, silences: int, longest: int) -> None:
        """The answer may have been a late one, to what was asked before: that to the repeat is still to come.

        It must not be taken for the answer to the next question.
        """
        for _ in range(silences):
            if not self.hear(time.monotonic() + 2 * self._patience_s(longest)):
                break

    def _silent(self, command: str) -> NoAnswerError:
        return NoAnswerError(
            f"SDI-12 address {self._address} on {self._line.port} does not answer {self._address}{command}!",
            self._advice(),
        )

    def _advice(self) -> str:
        if not self._is_raw and self._line.settings.baud == SDI12_LINE.baud:
            return (
                f"the line runs at {self._line.settings}: a bare level shifter needs {SDI12_LINE}, that is "
                'baud = 1200, data_bits = 7, parity = "even"'
            )
        return "check its 12 V supply, its address, and the data wire; a new sensor has address 0"


def _without_echo(heard: bytes, question: bytes) -> bytes:
    """What was heard without the noise of our own break and our own question, which some adapters return."""
    heard = heard.lstrip(_IDLE)
    return b"" if heard == question else heard
