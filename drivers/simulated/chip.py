"""What every simulated I2C chip has in common: a wire, and the ways in which it goes wrong."""

from __future__ import annotations

import time
from collections import deque
from errno import EREMOTEIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


class SimulatedChip:
    """One chip. `transfer` is its wire; a subclass says in `_transact` what a healthy one does.

    Args:
        clock: seconds of the wire's time.

    Attributes:
        absent: nobody acknowledges the address.
        never_ready: measurements start but never finish.
        sda_low: the data line is held low, so that everything is acknowledged and reads 0.
        garbage: what is read is noise; the same noise for the same number.
        errnos: what the next transfers fail with, first in first out; 0 lets one through.
        transfers: how many there were.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.absent = False
        self.never_ready = False
        self.sda_low = False
        self.garbage: random.Random | None = None
        self.errnos: deque[int] = deque()
        self.transfers = 0
        self._ready_s: float | None = None  # when the running measurement ends; None when idle
        self.power_on_reset()

    def power_on_reset(self) -> None:
        """What the chip does when its supply comes back: forget."""
        self._ready_s = None

    def transfer(self, write: bytes, read_len: int) -> bytes:
        """One transaction: bytes written, a repeated start, bytes read. Raises OSError when not answered."""
        self.transfers += 1
        if self.absent:
            raise OSError(EREMOTEIO, "nobody acknowledges this address")
        code = self.errnos.popleft() if self.errnos else 0
        if code:
            raise OSError(code, "the adapter reports a failed transfer")
        if self._ready_s is not None and self._clock() >= self._ready_s and not self.never_ready:
            self._ready_s = None
            self._finish()
        # A line that nobody drives is pulled up and reads as ones.
        heard = self._transact(write, read_len).ljust(read_len, b"\xff")[:read_len]
        if self.sda_low:
            return bytes(read_len)
        return self.garbage.randbytes(read_len) if self.garbage else heard

    def _begin(self, seconds: float) -> None:
        """A measurement starts."""
        self._ready_s = self._clock() + seconds

    @property
    def _busy(self) -> bool:
        return self._ready_s is not None

    def _finish(self) -> None:
        """The measurement that began is done."""

    def _transact(self, write: bytes, read_len: int) -> bytes:
        """What a healthy chip does with these bytes, and answers."""
        raise NotImplementedError


class RegisterChip(SimulatedChip):
    """A chip of 8-bit registers whose pointer moves on by itself as they are read.

    Subclasses fill `registers` at power-on and hear of each write in `_written`.
    """

    registers: bytearray
    _pointer = 0

    def _transact(self, write: bytes, read_len: int) -> bytes:
        if write:
            self._pointer = write[0]
        if len(write) > 1:
            self._written(write[0], write[1])
        return bytes(self.registers[self._pointer : self._pointer + read_len])

    def _written(self, register: int, value: int) -> None:
        """One register was written."""
        self.registers[register] = value
