"""An I2C adapter on a Unix socket: chips answer real transactions, one packet each way per transaction.

    request  "<BHH" address, bytes to write, bytes to read; then the bytes to write
    reply    "<i"   errno, 0 for success;                   then the bytes read

SOCK_SEQPACKET keeps packets whole and in order, so neither side needs framing.
"""

from __future__ import annotations

import socket
import struct
import threading
from errno import EINVAL, EIO, EREMOTEIO
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

REQUEST = struct.Struct("<BHH")
REPLY = struct.Struct("<i")
# The kernel's i2c-dev refuses longer messages (drivers/i2c/i2c-dev.c).
MAX_MESSAGE = 8192
_MAX_CLIENTS = 8
_SEND_TIMEOUT_S = 1.0


class Chip(Protocol):
    """What sits on the bus."""

    def transfer(self, write: bytes, read_len: int) -> bytes:
        """One transaction; raises OSError with the errno that the adapter reports."""
        ...


class I2cServer:
    """Serves `chips` by address at `path` from its own thread, between `start` and `close`."""

    def __init__(self, path: Path, chips: Mapping[int, Chip]) -> None:
        self._path = path
        self._chips = chips
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._stop_in, self._stop_out = socket.socketpair()
        self._clients: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._serve, name=f"simulated-{path.name}", daemon=True)

    def start(self) -> None:
        """Listen and serve. Raises OSError when the path is taken or too long for a socket (108 bytes)."""
        try:
            self._listener.bind(str(self._path))
        except OSError:
            self._close_sockets()
            raise
        self._listener.listen(_MAX_CLIENTS)
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody, end the thread and remove the socket."""
        self._stop_in.send(b"\0")
        self._thread.join()
        self._close_sockets()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _close_sockets(self) -> None:
        for each in (self._listener, self._stop_in, self._stop_out, *self._clients):
            each.close()

    def _serve(self) -> None:
        with DefaultSelector() as selector:
            selector.register(self._listener, EVENT_READ)
            selector.register(self._stop_out, EVENT_READ)
            while True:
                ready = [cast("socket.socket", key.fileobj) for key, _ in selector.select()]
                if self._stop_out in ready:
                    return
                for each in ready:
                    if each is self._listener:
                        self._welcome(selector)
                    elif not self._answer(each):
                        selector.unregister(each)
                        self._clients.discard(each)
                        each.close()

    def _welcome(self, selector: DefaultSelector) -> None:
        client, _ = self._listener.accept()
        if len(self._clients) >= _MAX_CLIENTS:
            client.close()
            return
        client.settimeout(_SEND_TIMEOUT_S)
        self._clients.add(client)
        selector.register(client, EVENT_READ)

    def _answer(self, client: socket.socket) -> bool:
        """Serve one transaction; False when the client is gone."""
        try:
            packet = client.recv(REQUEST.size + MAX_MESSAGE + 1)
            if packet:
                client.send(answer(self._chips, packet))
        except OSError:
            return False
        return bool(packet)


def answer(chips: Mapping[int, Chip], packet: bytes) -> bytes:
    """The reply to one request packet. Pure, apart from what the chips do."""
    if len(packet) < REQUEST.size:
        return REPLY.pack(EINVAL)
    address, write_len, read_len = REQUEST.unpack_from(packet)
    write = packet[REQUEST.size :]
    if len(write) != write_len or max(write_len, read_len) > MAX_MESSAGE:
        return REPLY.pack(EINVAL)
    chip = chips.get(address)
    if chip is None:
        return REPLY.pack(EREMOTEIO)
    try:
        return REPLY.pack(0) + chip.transfer(write, read_len)
    except OSError as error:
        return REPLY.pack(error.errno or EIO)
