"""An EZO circuit on a UART: lines of text that a carriage return ends, some of which nobody asked for.

The circuit has the line to itself, so its answer collects in the port's buffer until somebody looks.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from drivers.contract import BadAnswerError, NoAnswerError
from drivers.ezo.answer import EVENTS, RESTARTS, SUPPLY, hear
from drivers.ezo.link import refused

if TYPE_CHECKING:
    from drivers.bus.serial import SerialLine
    from drivers.contract import DriverError
    from drivers.ezo.answer import Heard
    from drivers.ezo.command import Command

_FACTORY = "9600 8N1"
# In continuous mode a circuit says some 30 bytes a second at the most; more than this is not one of them.
_MOST_BYTES = 512
_SHOWN_BYTES = 32
_SILENT_HINT = (
    "check its power, that TX and RX are crossed, and its light: green is its UART mode, blue its I2C mode"
)


class UartLink:
    """One circuit at the far end of a line; see `Link`. It may be late by `response_timeout_s`."""

    may_chatter = True

    def __init__(self, line: SerialLine, response_timeout_s: float) -> None:
        self._line = line
        self._response_timeout_s = response_timeout_s
        self._heard = b""
        self._command: Command | None = None
        self._deadline = 0.0
        self.where = f"on {line.port}"

    def start(self, command: Command) -> None:
        """Ask, and forget what was said before. Raises BusError."""
        self._command, self._heard = command, b""
        self._line.flush_input()
        self._line.write(command.text.encode("ascii") + b"\r")
        patience_s = 0.0 if command.may_be_silent else self._response_timeout_s
        self._deadline = time.monotonic() + command.takes_s + patience_s

    def collect(self) -> str | None:
        """The line that answers. Raises DriverError."""
        now = time.monotonic()
        command, heard = self._listen(now)
        if heard.is_refused:
            raise refused(self.where, command)
        self._check_supply(heard)
        if heard.answer is None and (now >= self._deadline or len(self._heard) >= _MOST_BYTES):
            if command.may_be_silent:
                return ""
            raise self._unanswered(command, heard)
        return heard.answer

    def has_restarted(self) -> bool:
        """Whether it said so, in the answer or while nobody asked. Raises BusError."""
        _, heard = self._listen(time.monotonic())
        return not RESTARTS.isdisjoint(heard.events)

    def pause(self, seconds: float) -> None:
        """Wait for `seconds`, or for the next bytes."""
        room = min(1, _MOST_BYTES - len(self._heard))
        self._heard += self._line.read(room, time.monotonic() + seconds)

    def _listen(self, until: float) -> tuple[Command, Heard]:
        """What was said since `start`, with what comes until then."""
        command = self._command
        assert command is not None, "nothing was asked"
        self._heard += self._line.read(_MOST_BYTES - len(self._heard), until)
        return command, hear(self._heard, command)

    def _check_supply(self, heard: Heard) -> None:
        """A circuit outside its supply range says so, and whatever it measures then is none."""
        for code in heard.events:
            if code in SUPPLY:
                raise BadAnswerError(
                    f"the EZO circuit {self.where} says {code}: {EVENTS[code]}",
                    "it needs 3.3 to 5 V at its pins, also while pumps and radios on the same supply start",
                )

    def _unanswered(self, command: Command, heard: Heard) -> DriverError:
        what = f"the EZO circuit {self.where}"
        if heard.events:
            told = ", ".join(f"{code} ({EVENTS[code]})" for code in heard.events)
            return BadAnswerError(
                f"{what} said {told} instead of answering {command.text}",
                "if this repeats, its supply dips or its cable is loose; `Status` tells why it restarted",
            )
        if heard.noise:
            return BadAnswerError(
                f"{what} gave no usable answer to {command.text} "
                f"(heard {self._heard[:_SHOWN_BYTES].hex(' ')})",
                self._usual_speed() or "check the ground wire, the length of the cable, and its shield",
            )
        return NoAnswerError(f"{what} does not answer", self._usual_speed() or _SILENT_HINT)

    def _usual_speed(self) -> str:
        """Advice when the line does not run as circuits leave the factory."""
        actual = str(self._line.settings)
        return (
            "" if actual == _FACTORY else f"the line runs at {actual}, the circuit's factory has {_FACTORY}"
        )
