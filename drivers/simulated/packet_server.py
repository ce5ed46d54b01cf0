"""A Unix socket whose packets are answered one by one, for any number of clients up to a few.

SOCK_SEQPACKET keeps packets whole and in order, so neither side needs framing.
"""

from __future__ import annotations

import socket
import threading
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_MAX_CLIENTS = 8
_SEND_TIMEOUT_S = 1.0


class PacketServer:
    """Serves at `path` from its own thread, between `start` and `close`.

    Args:
        path: of the socket.
        answer: the reply to one packet. It has to be quick: one client is served at a time.
        most_bytes: of a packet; what is longer arrives cut.
    """

    def __init__(self, path: Path, answer: Callable[[bytes], bytes], most_bytes: int) -> None:
        self._path = path
        self._reply = answer
        self._most_bytes = most_bytes
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
        """Serve one packet; False when the client is gone."""
        try:
            packet = client.recv(self._most_bytes)
            if packet:
                client.send(self._reply(packet))
        except OSError:
            return False
        return bool(packet)
