"""An EZO circuit on an I2C bus: what it is told in one transaction, it answers in another, later."""

from __future__ import annotations

import time
from collections import deque
from errno import EREMOTEIO
from typing import TYPE_CHECKING

from drivers.simulated.ezo import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.simulated.ezo import Ezo

_DONE, _REFUSED, _PENDING, _NO_DATA = 1, 2, 254, 255


class EzoI2c:
    """`transfer` is the wire of one circuit; the public attributes are the ways in which it misbehaves.

    Args:
        circuit: what answers.
        busy_s: how long it works on each command.
        clock: seconds of the wire's time.

    Attributes:
        absent: nobody acknowledges the address.
        never_ready: it works on every command for ever.
        refuses: it answers every command with a syntax error.
        forgets: it has no data for any command, as after a restart.
        spoilt: mask of bits that read as one in every byte after the first, as a bad line makes them.
        glitch: the first bit of every byte reads as one: the clock-stretching fault of the BCM2835 family.
        stuck: SDA is held low: every bit reads as zero.
        errnos: what the next transfers fail with, first in first out; 0 lets one through.
        transfers: how often somebody used the wire.
    """

    def __init__(
        self, circuit: Ezo, *, busy_s: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._circuit = circuit
        self._busy_s = busy_s
        self._clock = clock
        self._reply = bytes((_NO_DATA,))
        self._ready_s = 0.0
        self.absent = self.never_ready = self.refuses = self.forgets = self.glitch = self.stuck = False
        self.spoilt = 0
        self.errnos: deque[int] = deque()
        self.transfers = 0

    def transfer(self, write: bytes, read_len: int) -> bytes:
        """One transaction: a command written, or an answer read. Raises OSError when not acknowledged."""
        self.transfers += 1
        code = EREMOTEIO if self.absent else self.errnos.popleft() if self.errnos else 0
        if code:
            raise OSError(code, "the adapter reports a failed transfer")
        if write:
            self._ready_s = self._clock() + self._busy_s
            self._reply = self._obey(write.decode("ascii", "replace"))
        return self._on_the_wire(self._answer().ljust(read_len, b"\0")[:read_len])

    def _obey(self, text: str) -> bytes:
        try:
            reply = self._circuit.command(text)
        except RefusedError:
            return bytes((_REFUSED,))
        return bytes((_DONE,)) + reply.encode("ascii") + b"\0"

    def _answer(self) -> bytes:
        if self.refuses:
            return bytes((_REFUSED,))
        if self.forgets:
            return bytes((_NO_DATA,))
        if self.never_ready or self._clock() < self._ready_s:
            return bytes((_PENDING,))
        return self._reply

    def _on_the_wire(self, answer: bytes) -> bytes:
        if self.stuck:
            return bytes(len(answer))
        first_bit = 0x80 if self.glitch else 0
        spoilt = answer[:1] + bytes(byte | self.spoilt for byte in answer[1:])
        return bytes(byte | first_bit for byte in spoilt)
