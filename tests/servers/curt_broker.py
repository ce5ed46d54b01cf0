"""A broker of a few lines that takes everything and lets nobody subscribe."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from tests.servers.tcp import _Listener

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONNECT, _PUBLISH, _SUBSCRIBE = 0x10, 0x30, 0x80
_NOT_AUTHORIZED = 0x87


class CurtBroker(_Listener):
    """Speaks MQTT 5. Refuses a SUBSCRIBE in words, or `hangs_up` on it."""

    def __init__(self, *, hangs_up: bool) -> None:
        self.published: list[str] = []
        self._hangs_up = hangs_up
        super().__init__()

    def _serve(self, connection: socket.socket) -> None:
        self._start(self._talk, connection)

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            for kind, body in _packets(connection):
                answer = self._answer(kind, body)
                if answer is None:
                    break
                connection.sendall(answer)
            connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, kind: int, body: bytes) -> bytes | None:
        """What goes back; None: hang up."""
        if kind == _CONNECT:
            return bytes((0x20, 3, 0, 0, 0))
        if kind == _PUBLISH:
            end = 2 + int.from_bytes(body[:2], "big")
            self.published.append(body[2:end].decode())
            return bytes((0x40, 2)) + body[end : end + 2]
        if kind == _SUBSCRIBE and not self._hangs_up:
            return bytes((0x90, 5)) + body[:2] + bytes((0, _NOT_AUTHORIZED, _NOT_AUTHORIZED))
        return None


def _packets(connection: socket.socket) -> Iterator[tuple[int, bytes]]:
    """Kind and body of one packet after the other. Raises EOFError."""
    while True:
        kind = _exactly(connection, 1)[0] & 0xF0
        size, shift = 0, 0
        while True:
            byte = _exactly(connection, 1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        yield kind, _exactly(connection, size)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data
