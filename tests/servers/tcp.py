"""Far sides that misbehave at the wire: mute, babbling, cut off, frozen."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import threading
import time

_LIBC = ctypes.CDLL(None)
_NOBODY = struct.pack("H14x", socket.AF_UNSPEC)


class _Listener:
    """Accepts on a port of `host` in a thread of its own until closed."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._socket = socket.create_server((host, 0))
        self.port = int(self._socket.getsockname()[1])
        self._start(self._accept)

    def close(self) -> None:
        """End all threads and sockets."""
        for each in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for each in (self._socket, *self._open):
            each.close()

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._open.append(connection)
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        raise NotImplementedError


class OddServer(_Listener):
    """Answers the first bytes of every connection with `reply` and hangs up; mute when it is empty."""

    def __init__(self, reply: bytes = b"") -> None:
        self._reply = reply
        super().__init__()

    def _serve(self, connection: socket.socket) -> None:
        self._start(self._answer, connection)

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.recv(4096)
            if self._reply:
                connection.sendall(self._reply)
                connection.shutdown(socket.SHUT_RDWR)


class EndlessServer(_Listener):
    """Says `words` to everybody again and again, with a pause behind each."""

    def __init__(self, words: bytes, pause_s: float = 0.0) -> None:
        self._words = words
        self._pause_s = pause_s
        super().__init__()

    def _serve(self, connection: socket.socket) -> None:
        self._start(self._talk, connection)

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(self._words)
                time.sleep(self._pause_s)


class Proxy(_Listener):
    """A wire to `port` of loopback that can be cut, frozen, down, slow, or broken inside a packet."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = port
        self._forth = threading.Event()
        self._back = threading.Event()
        self._is_up = True
        self._chunk_bytes = 65536
        self._pause_s = 0.0
        self._fuse_bytes: int | None = None
        self._cut: set[socket.socket] = set()
        self.thaw()
        super().__init__(host)

    def cut(self) -> None:
        """Reset every open connection, as a router that lost its tables does."""
        doomed = list(self._open)
        self._cut.update(doomed)
        for each in doomed:
            _reset(each)

    def freeze(self) -> None:
        """Pass nothing on, but keep all connections."""
        self._forth.clear()
        self._back.clear()

    def mute(self) -> None:
        """Pass on what we say, but not what the other side answers."""
        self._back.clear()

    def thaw(self) -> None:
        """Pass on everything again, also what was held back."""
        self._forth.set()
        self._back.set()

    def down(self) -> None:
        """Reset every connection, the new ones too."""
        self._is_up = False
        self.cut()

    def up(self) -> None:
        """Take connections again."""
        self._is_up = True

    def lead_to(self, port: int) -> None:
        """Where new connections go from now on."""
        self._target = port

    def trickle(self, chunk_bytes: int, pause_s: float = 0.0) -> None:
        """Pass on so many bytes at a time both ways, with a pause behind each."""
        self._chunk_bytes, self._pause_s = chunk_bytes, pause_s

    def reset_after(self, forth_bytes: int) -> None:
        """Cut once so many more bytes of ours have passed: in the middle of a packet, as like as not."""
        self._fuse_bytes = forth_bytes

    @property
    def is_fused(self) -> bool:
        """Whether the cut that `reset_after` announced is still to come."""
        return self._fuse_bytes is not None

    def close(self) -> None:
        """Let go, then end all threads and sockets."""
        self.thaw()
        super().close()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if not self._is_up:
                raise ConnectionRefusedError
            target = socket.create_connection(("127.0.0.1", self._target))
        except OSError:  # nobody there: the next connection may find somebody
            _reset(connection)
            return
        self._open.append(target)
        for each in (connection, target):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._start(self._pump, connection, target, self._forth)
        self._start(self._pump, target, connection, self._back)

    def _pump(self, source: socket.socket, sink: socket.socket, flows: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(self._chunk_bytes):
                flows.wait(60)
                sink.sendall(self._until_the_fuse(data) if flows is self._forth else data)
                if self._pause_s:
                    time.sleep(self._pause_s)
        if sink not in self._cut:  # or it would hear a goodbye before the reset
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)

    def _until_the_fuse(self, data: bytes) -> bytes:
        """What still passes. Raises ConnectionResetError once nothing is left of it."""
        if self._fuse_bytes is None:
            return data
        if self._fuse_bytes == 0:
            self._fuse_bytes = None
            self.cut()
            raise ConnectionResetError
        passed = data[: self._fuse_bytes]
        self._fuse_bytes -= len(passed)
        return passed


def _reset(connection: socket.socket) -> None:
    """End it with a RST, and let go whoever waits for its bytes.

    SO_LINGER and close() would send it once the last thread has let go; connecting to nobody does at once.
    """
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
    if _LIBC.connect(connection.fileno(), _NOBODY, len(_NOBODY)) != 0:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
