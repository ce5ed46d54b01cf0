"""An EZO circuit on a pseudo-terminal: talks by itself until told not to, as it leaves the factory.

What goes wrong on real lines goes wrong here on request.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from drivers.simulated.ezo import RefusedError
from drivers.simulated.noise import uniform
from drivers.simulated.pty_line import PtyLine

if TYPE_CHECKING:
    from drivers.simulated.ezo import Ezo

_MOST_BYTES = 256
_CHAR_S = 0.0005
_GARBAGE = b"\xfe\x00\xc2\r\x80"


class EzoFault(Enum):
    """How a circuit or its cable misbehaves."""

    SILENT = "silent"
    GARBAGE = "garbage"  # noise stands where the answer should
    NOISE = "noise"  # noise stands before the answer
    REFUSE = "refuse"  # `*ER` to everything
    RESTART = "restart"  # it restarts at the next command, once, and forgets that command
    UNDER_VOLTAGE = "under_voltage"
    STUBBORN = "stubborn"  # it stays in continuous mode
    ECHO = "echo"  # an adapter that hears itself
    DELAY = "delay"
    BYTE_BY_BYTE = "byte_by_byte"
    BABBLE = "babble"  # it talks without end after each command


class EzoUart(PtyLine):
    """Serves one circuit from its own thread, between `start` and `close`.

    Args:
        circuit: what answers.
        interval_s: between two readings in continuous mode.
        delay_s: before an answer under DELAY.
        seed: decides which answers a fault with a rate below 1 strikes.

    Attributes:
        port: what a master opens.
        transfers: how many commands came.
    """

    def __init__(self, circuit: Ezo, *, interval_s: float = 1.0, delay_s: float = 0.2, seed: int = 1) -> None:
        super().__init__("simulated-ezo")
        self._circuit = circuit
        self._interval_s = interval_s
        self._delay_s = delay_s
        self._seed = seed
        self._faults: dict[EzoFault, float] = {}
        self.transfers = 0

    def fault(self, fault: EzoFault, rate: float = 1.0) -> None:
        """Misbehave from the next command on, in this share of the answers."""
        self._faults[fault] = rate

    def clear(self) -> None:
        """Heal of everything that `fault` did."""
        self._faults.clear()

    def say(self, data: bytes) -> None:
        """Say something unasked."""
        self._write(data)

    def _serve(self) -> None:
        heard = b""
        while not self._stop.is_set():
            if self._is_readable(self._interval_s if self._circuit.continuous else None):
                heard = (heard + self._read(_MOST_BYTES))[-_MOST_BYTES:]
                *commands, heard = heard.split(b"\r")
                for command in commands:
                    self._answer(command.decode("ascii", "replace"))
            elif not self._stop.is_set():
                self.say(self._circuit.reading().encode("ascii") + b"\r")

    def _answer(self, command: str) -> None:
        self.transfers += 1
        struck = {each for each, rate in list(self._faults.items()) if self._strikes(rate)}
        if EzoFault.SILENT in struck:
            return
        if EzoFault.DELAY in struck:
            self._stop.wait(self._delay_s)
        answer = self._reply(command, struck)
        if EzoFault.ECHO in struck:
            answer = command.encode("ascii", "replace") + b"\r" + answer
        if EzoFault.BYTE_BY_BYTE in struck:
            self._say_slowly(answer)
        else:
            self.say(answer)

    def _strikes(self, rate: float) -> bool:
        return uniform(self._seed, self.transfers) < rate

    def _reply(self, command: str, struck: set[EzoFault]) -> bytes:
        if EzoFault.RESTART in struck:
            self._faults.pop(EzoFault.RESTART, None)
            self._circuit.restart("B")
            return b"*RS\r*RE\r"
        if EzoFault.REFUSE in struck:
            return b"*ER\r"
        if EzoFault.GARBAGE in struck:
            return _GARBAGE
        if EzoFault.BABBLE in struck:
            return b"x" * _MOST_BYTES * 4
        answer = self._obey(command, struck)
        if EzoFault.UNDER_VOLTAGE in struck:
            answer = b"*UV\r" + answer
        return _GARBAGE + b"\r" + answer if EzoFault.NOISE in struck else answer

    def _obey(self, command: str, struck: set[EzoFault]) -> bytes:
        try:
            reply = self._circuit.command(command)
        except RefusedError:
            return b"*ER\r"
        if EzoFault.STUBBORN in struck:
            self._circuit.continuous = True
        lines = [reply] if reply else []
        lines += ["*OK"] if self._circuit.codes else []
        return b"".join(line.encode("ascii") + b"\r" for line in lines)

    def _say_slowly(self, answer: bytes) -> None:
        for byte in answer:
            self._stop.wait(_CHAR_S)
            self.say(bytes((byte,)))
