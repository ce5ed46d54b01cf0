"""An I2C adapter on a Unix socket: chips answer real transactions, one packet each way per transaction.

request  "<BHH" address, bytes to write, bytes to read; then the bytes to write
reply    "<i"   errno, 0 for success;                   then the bytes read
"""

from __future__ import annotations

import struct
from errno import EINVAL, EIO, EREMOTEIO
from typing import TYPE_CHECKING, Protocol

from drivers.simulated.packet_server import PacketServer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REQUEST = struct.Struct("<BHH")
REPLY = struct.Struct("<i")
# The kernel's i2c-dev refuses longer messages (drivers/i2c/i2c-dev.c).
MAX_MESSAGE = 8192


class Chip(Protocol):
    """What sits on the bus."""

    def transfer(self, write: bytes, read_len: int) -> bytes:
        """One transaction; raises OSError with the errno that the adapter reports."""
        ...


class I2cServer(PacketServer):
    """Serves `chips` by address at `path` from its own thread, between `start` and `close`."""

    def __init__(self, path: Path, chips: Mapping[int, Chip]) -> None:
        super().__init__(path, lambda packet: answer(chips, packet), REQUEST.size + MAX_MESSAGE + 1)


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
