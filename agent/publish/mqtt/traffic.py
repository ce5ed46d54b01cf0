"""What a connection costs on the network, as the kernel counts it (TCP_INFO).

Segments with their headers, both ways, repetitions and TLS included: what a SIM card is billed for. Not
counted: name resolution, and connections that fail before they stand.
"""

from __future__ import annotations

import socket
import struct
import threading

# struct tcp_info of linux/tcp.h: options; bytes_received, segs_out and segs_in; bytes_sent (Linux 4.19).
_INFO_BYTES = 256
_OPTIONS_AT = 5
_TIMESTAMPS = 1
_COUNTERS = struct.Struct("=QII56xQ")
_COUNTERS_AT = 128
_TCP_BYTES = 20
_TIMESTAMP_BYTES = 12
_IP_BYTES = {socket.AF_INET: 20, socket.AF_INET6: 40}


class Traffic:
    """Bytes of one connection after the other. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._past = 0
        self._wire: socket.socket | None = None

    def opened(self, wire: socket.socket) -> None:
        """A connection stands."""
        with self._lock:
            self._wire = wire

    def closing(self) -> None:
        """It is about to be closed. May be said more than once."""
        with self._lock:
            if self._wire is not None:
                self._past += _carried(self._wire)
                self._wire = None

    @property
    def bytes(self) -> int:
        """Since the start."""
        with self._lock:
            return self._past + (_carried(self._wire) if self._wire is not None else 0)


def _carried(wire: socket.socket) -> int:
    try:
        info = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    except OSError:
        return 0  # closed under our hands
    received, segments_out, segments_in, sent = _COUNTERS.unpack_from(info, _COUNTERS_AT)
    header = _IP_BYTES[wire.family] + _TCP_BYTES
    if info[_OPTIONS_AT] & _TIMESTAMPS:
        header += _TIMESTAMP_BYTES
    return int(sent + received + header * (segments_out + segments_in))
