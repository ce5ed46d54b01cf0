"""Whole Modbus answers in what was heard on a line, whoever they come from. Pure."""

from __future__ import annotations

from drivers.modbus.frame import READS, REFUSAL_LENGTH, crc16

_REFUSED = 0x80
_CRC_LENGTH = 2


def frames(heard: bytes) -> list[bytes]:
    """The intact answers and refusals to reads in `heard`, in their order; noise around them is left out.

    In noise one byte in 65536 seems to begin one: what this finds is worth another question, not belief.
    """
    found: list[bytes] = []
    at = 0
    while at + REFUSAL_LENGTH <= len(heard):
        frame = _frame_at(heard, at)
        if frame:
            found.append(frame)
        at += len(frame) or 1
    return found


def _frame_at(heard: bytes, at: int) -> bytes:
    """The one that begins there; empty when none does."""
    function, count = heard[at + 1], heard[at + 2]
    length = REFUSAL_LENGTH + (count if function in READS else 0)
    if function & ~_REFUSED not in READS or at + length > len(heard):
        return b""
    frame = heard[at : at + length]
    crc = int.from_bytes(frame[-_CRC_LENGTH:], "little")
    return frame if crc16(frame[:-_CRC_LENGTH]) == crc else b""
