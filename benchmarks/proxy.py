"""A wire in front of a server that counts what passes, as an Ethernet would carry it.

The side that faces the agent announces the segment size of an Ethernet (1460 bytes), and the kernel itself
counts segments and payload of that connection (TCP_INFO), pure acknowledgements included.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_SEGMENT_BYTES = 1460
_HEADER_BYTES = 40  # IPv4 and TCP without options; time stamps, where both sides use them, add 12
# struct tcp_info of linux/tcp.h: bytes_acked and bytes_received, then segs_out and segs_in.
_COUNTERS = struct.Struct("=QQII")
_COUNTERS_AT = 120


class Traffic(NamedTuple):
    """What has passed so far, both ways together."""

    payload_bytes: int
    segments: int

    @property
    def ip_bytes(self) -> int:
        """Payload and headers."""
        return self.payload_bytes + _HEADER_BYTES * self.segments

    def since(self, earlier: Traffic) -> Traffic:
        """What passed in between."""
        return Traffic(self.payload_bytes - earlier.payload_bytes, self.segments - earlier.segments)


class Proxy:
    """Passes on connections to `target` from `port`, while used in a `with` block."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._clients: list[socket.socket] = []
        self._open: list[socket.socket] = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT_BYTES)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port = int(self._listener.getsockname()[1])

    def traffic(self) -> Traffic:
        """What the connections to the agent have carried."""
        counted = [_counters(client) for client in self._clients]
        return Traffic(sum(each.payload_bytes for each in counted), sum(each.segments for each in counted))

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed: the end
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._open += [client, server]
                self._clients.append(client)
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):  # either side hung up
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)


def _counters(connection: socket.socket) -> Traffic:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    sent, received, out_segments, in_segments = _COUNTERS.unpack_from(info, _COUNTERS_AT)
    return Traffic(sent + received, out_segments + in_segments)
