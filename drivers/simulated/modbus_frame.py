"""Modbus RTU as a slave sees it: when is a request whole, and what is the answer. Pure.

Source: MODBUS Application Protocol V1.1b3 and MODBUS over Serial Line V1.02, modbus.org.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

READ_HOLDING, READ_INPUT = 3, 4
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
BROADCAST = 0
MAX_FRAME = 256
_HEAD = 2  # unit, function
_SHORTEST = 4  # unit, function, CRC
_FIXED_LENGTH = 8  # unit, function, two words, CRC: functions 1 to 6
_MOST_REGISTERS = 125
_LAST_FIXED_FUNCTION = 6
_WRITE_MULTIPLE = (15, 16)
_BYTE_COUNT_AT = 6


class Instrument(NamedTuple):
    """One slave. `registers` gives the 16-bit words by address, as they are at the moment of the question.

    `command` hears function and data of every request first, and answers those that its maker invented.
    """

    registers: Callable[[], Mapping[int, int]]
    functions: frozenset[int] = frozenset({READ_HOLDING, READ_INPUT})
    most_registers: int = _MOST_REGISTERS
    command: Callable[[bytes], bytes | None] = lambda _body: None


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS; it travels low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def framed(body: bytes) -> bytes:
    """Unit, function and data with their CRC."""
    return body + crc16(body).to_bytes(2, "little")


def is_intact(frame: bytes) -> bool:
    """Whether the CRC at the end belongs to what stands before it."""
    return len(frame) >= _SHORTEST and crc16(frame[:-2]) == int.from_bytes(frame[-2:], "little")


def request_length(head: bytes) -> int:
    """How long the request that starts like this is at least; exact once `head` is that long."""
    if len(head) < _HEAD:
        return _HEAD
    if 1 <= head[1] <= _LAST_FIXED_FUNCTION:
        return _FIXED_LENGTH
    if head[1] in _WRITE_MULTIPLE:
        return 9 + head[_BYTE_COUNT_AT] if len(head) > _BYTE_COUNT_AT else _BYTE_COUNT_AT + 1
    return MAX_FRAME


def exception(request: bytes, code: int) -> bytes:
    """The frame with which a slave refuses `request`."""
    return framed(bytes((request[0], request[1] | 0x80, code)))


def respond(instrument: Instrument, request: bytes) -> bytes:
    """What one instrument answers to an intact request for it; checks in the order of the standard."""
    said = instrument.command(request[1:-2])
    if said is not None:
        return framed(request[:1] + said)
    if request[1] not in instrument.functions:
        return exception(request, ILLEGAL_FUNCTION)
    first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
    if len(request) != _FIXED_LENGTH or not 1 <= count <= instrument.most_registers:
        return exception(request, ILLEGAL_VALUE)
    registers = instrument.registers()
    wanted = range(first, first + count)
    if any(address not in registers for address in wanted):
        return exception(request, ILLEGAL_ADDRESS)
    words = b"".join(registers[address].to_bytes(2, "big") for address in wanted)
    return framed(bytes((request[0], request[1], len(words))) + words)
