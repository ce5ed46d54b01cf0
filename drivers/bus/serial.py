"""One serial line as bytes: opened for us alone, every wait with a deadline.

Reading waits in `select` and not in pyserial's own timeout, because setting that timeout reconfigures the
port and can drop bytes in flight (pyserial issue 504).
"""

from __future__ import annotations

import errno
import os
import select
import termios
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, NamedTuple

from drivers.bus.mini_uart import refuse_parity
from drivers.contract import BusError

if TYPE_CHECKING:
    import serial

# A healthy port takes a whole request into its buffer at once; one that does not for this long is stuck.
_WRITE_TIMEOUT_S = 2.0
_START_BITS = 1
# What a vanished adapter makes pyserial raise: flushing gives termios.error, which is not an OSError, and
# a descriptor closed underneath gives ValueError.
_TROUBLE = (OSError, termios.error, ValueError)

Parity = Literal["none", "even", "odd"]
DataBits = Literal[7, 8]


class LineSettings(NamedTuple):
    """Speed and framing of one character. Modbus RTU knows 8 data bits only, SDI-12 has 7 on its wire."""

    baud: int
    parity: Parity
    stop_bits: int
    data_bits: DataBits = 8

    @property
    def char_s(self) -> float:
        """Time that one byte takes on the wire, start, parity and stop bits included."""
        bits = _START_BITS + self.data_bits + (self.parity != "none") + self.stop_bits
        return bits / self.baud

    def __str__(self) -> str:
        return f"{self.baud} {self.data_bits}{self.parity[0].upper()}{self.stop_bits}"


class SerialLine:
    """An open serial port. Use `SerialLine.open`; only the thread that opened it touches it."""

    def __init__(self, port: str, settings: LineSettings, wire: serial.Serial) -> None:
        self.port = port
        self.settings = settings
        self._wire = wire

    @classmethod
    def open(
        cls, port: str, baud: int, parity: Parity, stop_bits: int, data_bits: DataBits = 8
    ) -> SerialLine:
        """Open `port` with a lock that keeps other cooperating programs off.

        Links below /dev/serial/by-id are followed at every open: an adapter that was plugged in again may
        carry another ttyUSB number. Raises BusError that names the cause and the remedy.
        """
        import serial  # noqa: PLC0415  costs memory that a station without serial lines need not spend

        settings = LineSettings(baud, parity, stop_bits, data_bits)
        if parity != "none":
            refuse_parity(port, os.path.realpath(port))
        try:
            wire = serial.Serial(
                port,
                baudrate=baud,
                parity=parity[0].upper(),
                stopbits=stop_bits,
                bytesize=data_bits,
                timeout=0,
                write_timeout=_WRITE_TIMEOUT_S,
                exclusive=True,
            )
        except _TROUBLE as error:
            raise _cannot_open(port, error) from error
        return cls(port, settings, wire)

    def flush_input(self) -> None:
        """Forget what was heard and not read: the late answer to an earlier question. Raises BusError."""
        try:
            self._wire.reset_input_buffer()
        except _TROUBLE as error:
            raise self._lost(error) from error

    def write(self, data: bytes) -> None:
        """Hand `data` to the port. Raises BusError."""
        try:
            self._wire.write(data)
        except _TROUBLE as error:
            raise self._lost(error) from error

    def send_break(self, low_s: float, mark_s: float) -> None:
        """Hold the line at spacing for `low_s`, then at marking for `mark_s`. Raises BusError.

        Both are lower bounds: the scheduler may add a millisecond. A pseudo-terminal and some USB adapters
        take the break and send nothing, without a word.
        """
        try:
            self._wire.break_condition = True
            try:
                time.sleep(low_s)
            finally:
                self._wire.break_condition = False
        except _TROUBLE as error:
            raise self._lost(error) from error
        time.sleep(mark_s)

    def read(self, size: int, deadline: float) -> bytes:
        """`size` bytes, or those that came before `deadline` (of `time.monotonic`). Raises BusError."""
        heard = bytearray()
        try:
            while len(heard) < size and self._is_readable(deadline):
                heard += self._wire.read(size - len(heard))
        except _TROUBLE as error:
            raise self._lost(error) from error
        return bytes(heard)

    def close(self) -> None:
        """Let go of the port. Never raises; closing twice is harmless."""
        with suppress(*_TROUBLE):
            self._wire.close()

    def _is_readable(self, deadline: float) -> bool:
        left_s = max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([self._wire.fileno()], [], [], left_s)
        return bool(ready)

    def _lost(self, error: Exception) -> BusError:
        return BusError(
            f"serial line {self.port} stopped working: {error}",
            f"is the adapter still plugged in? `ls -l {self.port}` and `journalctl -k -n 30` tell; "
            "it is opened again by itself",
        )


def _cannot_open(port: str, error: Exception) -> BusError:
    device = os.path.realpath(port)
    where = port if device == port else f"{port} ({device})"
    what, hint = _causes(device).get(
        _errno_of(error), (f"cannot be opened: {error}", "`journalctl -k -n 30` shows what the kernel thinks")
    )
    return BusError(f"serial port {where} {what}", hint)


def _causes(device: str) -> dict[int | None, tuple[str, str]]:
    missing = (
        "does not exist",
        "plug the adapter in, then copy its name from `ls -l /dev/serial/by-id/`",
    )
    forbidden = (
        "may not be opened: permission denied",
        "add the user to group dialout: `sudo usermod -aG dialout USER`, then log in again",
    )
    busy = (
        "is held by another program",
        f"`sudo fuser -v {device}` names it; a login console or ModemManager are the usual ones",
    )
    no_port = ("is not a serial port", "copy the right name from `ls -l /dev/serial/by-id/`")
    return {
        errno.ENOENT: missing,
        errno.ENXIO: missing,
        errno.ENODEV: missing,
        errno.EACCES: forbidden,
        errno.EPERM: forbidden,
        errno.EBUSY: busy,
        errno.EAGAIN: busy,
        errno.ENOTTY: no_port,
        errno.EISDIR: no_port,
    }


def _errno_of(error: BaseException) -> int | None:
    """The kernel's number: pyserial drops it when the port cannot be configured, its cause still has it."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    root = error.__context__ if error.__context__ is not None else error
    return root.args[0] if root.args and isinstance(root.args[0], int) else None
