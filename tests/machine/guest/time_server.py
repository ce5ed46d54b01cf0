"""On the machine: an NTP server that knows the truth, which is the time since boot plus a constant.

time_server.py OFFSET_S    answers on 127.0.0.1, port 123
"""

from __future__ import annotations

import socket
import struct
import sys
import time

_SINCE_1900_S = 2_208_988_800  # from NTP's epoch to Unix's
_SERVER_MODE, _STRATUM, _POLL, _PRECISION = 0x24, 2, 6, -20


def main(offset_s: float) -> None:
    """Answer until told to end."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 123))
        while True:
            question, client = line.recvfrom(512)
            heard = _stamp(offset_s)
            head = struct.pack("!BBbb", _SERVER_MODE, _STRATUM, _POLL, _PRECISION)
            root = struct.pack("!II4s", 0, 0, b"MINE")
            line.sendto(head + root + heard + question[40:48] + heard + _stamp(offset_s), client)


def _stamp(offset_s: float) -> bytes:
    true_s = offset_s + time.clock_gettime(time.CLOCK_BOOTTIME) + _SINCE_1900_S
    return struct.pack("!II", int(true_s), int(true_s % 1 * 2**32))


if __name__ == "__main__":
    main(float(sys.argv[1]))
