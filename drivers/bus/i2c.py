"""One I2C bus as transactions, with a deadline over each conversation.

`I2cBus` offers the five methods that an unmodified Adafruit driver calls on a bus, so neither Blinka's own
I2C nor `import board` is needed (both probe the machine, and may start pip on a terminal).

Two adapters carry the same transactions:

    /dev/i2c-N    the kernel's i2c-dev
    unix:/path    a socket (SOCK_SEQPACKET), one packet each way per transaction
                  request "<BHH" address, bytes to write, bytes to read; then the bytes to write
                  reply   "<i"   errno, 0 for success;                   then the bytes read

What becomes of a bus that hangs stands in README.md beside this.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from drivers.contract import BusError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smbus2 import SMBus

_REQUEST = struct.Struct("<BHH")
_REPLY = struct.Struct("<i")
_SOCKET_TIMEOUT_S = 2.0
# A driver polls "are you done?" as fast as it can; this pause keeps the processor and the bus free meanwhile.
_POLL_PAUSE_S = 0.001
# The adapter itself is gone. Everything else is about one transaction and left to the driver to judge.
_ADAPTER_GONE = frozenset({errno.EBADF, errno.ENODEV, errno.ESHUTDOWN})
# A chip that is not there does not acknowledge; which number says so depends on the adapter's kernel driver.
_NOT_ACKNOWLEDGED = frozenset({errno.EREMOTEIO, errno.ENXIO})
# Below and above are addresses that the I2C specification keeps for itself (NXP UM10204, 3.1.12).
USABLE_ADDRESSES = range(0x08, 0x78)
# An empty write corrupts the Atmel AT24RF08 that lives here, so these are read, as i2cdetect does.
_READ_ADDRESSES = frozenset((*range(0x30, 0x38), *range(0x50, 0x60)))


class _Adapter(Protocol):
    def transfer(self, address: int, write: bytes, read_len: int) -> bytes:
        """One transaction. Raises OSError of the transaction, BusError of the adapter."""
        ...

    def close(self) -> None: ...


class I2cBus:
    """An open I2C bus. Use `I2cBus.open`; only the thread that opened it touches it."""

    def __init__(self, name: str, adapter: _Adapter) -> None:
        self.name = name
        self._adapter = adapter
        self._limit_s: float | None = None
        self._deadline: float | None = None

    @classmethod
    def open(cls, adapter: str) -> I2cBus:
        """Open `/dev/i2c-N` or `unix:/path`. Raises BusError that names the cause and the remedy."""
        path = adapter.removeprefix("unix:")
        try:
            return cls(adapter, _KernelAdapter(path) if path == adapter else _SocketAdapter(path))
        except OSError as error:
            raise _cannot_open(adapter, error) from error

    def close(self) -> None:
        """Let go of the bus. Never raises; closing twice is harmless."""
        with suppress(OSError):
            self._adapter.close()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Within this block, a transfer that begins later than `seconds` after the first raises TimeoutError.

        A driver that polls for ever is stopped by it. The wire's time counts (`time.monotonic`), from the
        first transfer on: when TimeoutError comes, that one has been on the wire.
        """
        self._limit_s, self._deadline = seconds, None
        try:
            yield
        finally:
            self._limit_s = None

    def pause(self, seconds: float) -> None:
        """Leave the wire alone while an instrument works, for waits too short to lend the bus to others."""
        time.sleep(seconds)

    def present(self, address: int) -> bool:
        """Whether somebody acknowledges `address`, asked as i2cdetect asks. Raises BusError.

        A write of nothing, or a read of one byte where EEPROMs live: no chip takes either for a command. One
        that has an answer ready (Atlas EZO) may take it for collected.
        """
        try:
            self._transfer(address, b"", 1 if address in _READ_ADDRESSES else 0)
        except OSError as error:
            if error.errno in _NOT_ACKNOWLEDGED:
                return False
            raise _hanging(self.name, address, error) from error
        return True

    def try_lock(self) -> bool:
        """Always granted: one thread owns the bus."""
        return True

    def unlock(self) -> None:
        """Nothing to give back."""

    def writeto(self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None) -> None:
        """Write `buffer[start:end]`."""
        self._transfer(address, bytes(buffer[start:end]), 0)

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        """Fill `buffer[start:end]`."""
        span = range(len(buffer))[start:end]
        buffer[span.start : span.stop] = self._transfer(address, b"", len(span))

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: bytes,
        in_buffer: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        """Write the first slice, then, after a repeated start, fill the second."""
        time.sleep(_POLL_PAUSE_S)
        span = range(len(in_buffer))[in_start:in_end]
        heard = self._transfer(address, bytes(out_buffer[out_start:out_end]), len(span))
        in_buffer[span.start : span.stop] = heard

    def _transfer(self, address: int, write: bytes, read_len: int) -> bytes:
        self._keep_deadline()
        try:
            return self._adapter.transfer(address, write, read_len)
        except OSError as error:
            if error.errno in _ADAPTER_GONE:
                raise _lost(self.name, error) from error
            raise

    def _keep_deadline(self) -> None:
        if self._limit_s is None:
            return
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + self._limit_s
        elif now > self._deadline:
            raise TimeoutError(errno.ETIMEDOUT, "the conversation took longer than its deadline")


class _KernelAdapter:
    def __init__(self, path: str) -> None:
        from smbus2 import SMBus  # noqa: PLC0415  ctypes costs memory that a simulated bus need not spend

        self._bus: SMBus = SMBus()
        try:
            self._bus.open(path)
        except OSError:
            # smbus2 has the file open already when it asks whether this is an I2C adapter at all.
            self._bus.close()
            raise

    def transfer(self, address: int, write: bytes, read_len: int) -> bytes:
        from smbus2 import i2c_msg  # noqa: PLC0415  as above

        # A probe is a write of nothing, which still puts the address on the wire.
        messages = [i2c_msg.write(address, write)] if write or not read_len else []
        if read_len:
            messages.append(i2c_msg.read(address, read_len))
        self._bus.i2c_rdwr(*messages)
        return bytes(messages[-1]) if read_len else b""

    def close(self) -> None:
        self._bus.close()


class _SocketAdapter:
    def __init__(self, path: str) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(_SOCKET_TIMEOUT_S)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise

    def transfer(self, address: int, write: bytes, read_len: int) -> bytes:
        packet = self._exchange(_REQUEST.pack(address, len(write), read_len) + write, read_len)
        if len(packet) < _REPLY.size:
            raise _lost(f"unix:{self._path}", "the far side hung up")
        (code,) = _REPLY.unpack_from(packet)
        if code:
            raise OSError(code, os.strerror(code))
        heard = packet[_REPLY.size :]
        if len(heard) != read_len:
            raise OSError(errno.EIO, f"{len(heard)} of {read_len} bytes came")
        return heard

    def _exchange(self, request: bytes, read_len: int) -> bytes:
        try:
            self._socket.sendall(request)
            return self._socket.recv(_REPLY.size + read_len + 1)
        except OSError as error:
            # Whatever fails here is the socket; a chip's troubles travel inside the reply.
            raise _lost(f"unix:{self._path}", error) from error

    def close(self) -> None:
        self._socket.close()


def _lost(name: str, why: object) -> BusError:
    return BusError(
        f"I2C bus {name} stopped working: {why}",
        "`i2cdetect -l` lists the adapters that are left; it is opened again by itself",
    )


def _hanging(name: str, address: int, error: OSError) -> BusError:
    if error.errno == errno.EOPNOTSUPP:
        return BusError(
            f"I2C adapter {name} cannot send the empty message that a search needs",
            "name the addresses of the chips in the configuration; reading them works all the same",
        )
    return BusError(
        f"I2C bus {name} hangs at address 0x{address:02X}: {error}",
        "SDA or SCL is held low, or a chip stretches the clock: take the chips off one by one, and switch "
        "their power off and on; a reboot alone does not free a chip",
    )


def _cannot_open(name: str, error: OSError) -> BusError:
    if name.startswith("unix:"):
        return BusError(
            f"simulated I2C bus {name} does not answer: {error}", "start the simulated site first"
        )
    match error.errno:
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return BusError(
                f"I2C adapter {name} does not exist",
                "switch I2C on with `sudo raspi-config nonint do_i2c 0`; `ls /dev/i2c-*` shows what is there",
            )
        case errno.EACCES | errno.EPERM:
            return BusError(
                f"I2C adapter {name} may not be opened: permission denied",
                "add the user to group i2c: `sudo usermod -aG i2c USER`, then log in again",
            )
        case errno.ENOTTY:
            return BusError(f"{name} is not an I2C adapter", "`ls /dev/i2c-*` shows those that are")
    return BusError(f"I2C adapter {name} cannot be opened: {error}", "`i2cdetect -l` lists the adapters")
