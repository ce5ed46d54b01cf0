"""Sockets with which one message is told, or not, by a deadline, however slowly the far side drips.

A timeout of a socket holds for one call: a server that sends a byte now and then would keep its thread for
ever, and one that never ends would fill the memory.
"""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from agent.notify.contract import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES = 1 << 20


class Deadline:
    """Of one exchange: `timeout_s` in all, and a megabyte to read."""

    def __init__(self, timeout_s: float) -> None:
        self._end_s = time.monotonic() + timeout_s
        self._left_bytes = _MOST_BYTES

    def left_s(self) -> float:
        """Raises TimeoutError when it is over."""
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("it took too long in all")
        return left_s

    def read(self, count: int) -> int:
        """So many bytes have come. Raises ConnectionError when it is far more than any answer."""
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise ConnectionError("it sends without end")
        return count


class _Hurried(socket.socket):
    deadline: Deadline | None = None

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """As of a socket, within the deadline."""
        if self.deadline is None:
            return super().recv_into(*args, **kwargs)
        self.settimeout(self.deadline.left_s())
        return self.deadline.read(super().recv_into(*args, **kwargs))

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """As of a socket, within the deadline."""
        if self.deadline is not None:
            self.settimeout(self.deadline.left_s())
        super().sendall(*args, **kwargs)


class _HurriedTls(_Hurried, ssl.SSLSocket):
    def send(self, *args: Any, **kwargs: Any) -> int:
        """As of a socket, within the deadline; `sendall` calls it piece by piece."""
        if self.deadline is not None:
            self.settimeout(self.deadline.left_s())
        return super().send(*args, **kwargs)


class Dialler:
    """Connects to one server. `ca_file`: its authority; the system's when None."""

    def __init__(self, host: str, port: int, ca_file: Path | None) -> None:
        self.host = host
        self.port = port
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None
        self._is_over = False
        self._grip: socket.socket | None = None  # on the connection, whoever holds it

    def hang_up(self) -> None:
        """End the connection that there is, and let no other begin. From any thread."""
        self._is_over = True
        grip = self._grip
        if grip is not None:
            with suppress(OSError):  # it has ended by itself
                grip.shutdown(socket.SHUT_RDWR)

    def plain(self, deadline: Deadline) -> socket.socket:
        """A connection. Raises OSError. The name is looked up for as long as the resolver likes."""
        places = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        error: OSError | None = None
        for left, (family, kind, protocol, _, address) in zip(range(len(places), 0, -1), places, strict=True):
            line = _Hurried(family, kind, protocol)
            self._grasp(line)
            try:
                line.settimeout(
                    deadline.left_s() / left
                )  # an address that swallows all leaves time for the next
                line.connect(address)
            except OSError as refused:
                line.close()
                error = refused
            else:
                line.deadline = deadline
                return line
        raise error or OSError("the name stands for no address")

    def close(self) -> None:
        """Let go of the connection, which whoever has it closes."""
        grip, self._grip = self._grip, None
        if grip is not None:
            grip.close()

    def _grasp(self, line: socket.socket) -> None:
        """Raises ConnectionError when it has been hung up."""
        self.close()
        self._grip = line.dup()
        if self._is_over:
            line.close()
            raise ConnectionError("the station stops")

    def encrypted(self, line: socket.socket, deadline: Deadline) -> ssl.SSLSocket:
        """The same, encrypted, its server's certificate verified; it takes `line` over, also when it fails.

        Raises OSError, and RefusedError for a `ca_file` that cannot be used.
        """
        line.settimeout(deadline.left_s())  # of the handshake in all
        try:
            encrypted = self._tls().wrap_socket(line, server_hostname=self.host)
        except BaseException:
            line.close()
            raise
        if isinstance(encrypted, _HurriedTls):
            encrypted.deadline = deadline
        return encrypted

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            try:
                context = ssl.create_default_context(cafile=self._ca_file)
            except OSError as error:
                why = error.strerror or str(error)
                hint = "it must hold certificates in PEM form, and the service's user must be able to read it"
                raise RefusedError(f"ca_file {self._ca_file} cannot be used: {why}", hint) from error
            context.sslsocket_class = _HurriedTls
            self._context = context
        return self._context
