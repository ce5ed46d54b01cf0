"""The frames of Modbus RTU beyond their values: how one is closed, who refuses, what is wrong with one. Pure.

Source: MODBUS Application Protocol V1.1b3 section 7, MODBUS over Serial Line V1.02, 2.5.1.1 and 6.2.2.
"""

from __future__ import annotations

REFUSAL_LENGTH = 5  # unit, function + 0x80, code, CRC: the shortest answer there is
WRITE_ANSWER_LENGTH = 8  # of function 16: unit, function, first register, count, CRC
READS = frozenset({3, 4})
_REFUSED = 0x80
_T3_5_BITS = 3.5 * 11  # the standard's character has 11 bits, whatever the line has
_FAST_BAUD = 19200
_FAST_SILENCE_S = 0.00175

MEANINGS = {
    1: "illegal function: it does not know this kind of request",
    2: "illegal data address: it has no such registers",
    3: "illegal data value: it does not give that many registers at once",
    4: "device failure: it failed while answering",
    5: "acknowledge: it needs long and is at work",
    6: "busy: it is at work on something else",
    8: "memory parity error",
    10: "the gateway found no path to it",
    11: "the gateway got no answer from it",
}


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS: start 0xFFFF, reflected polynomial 0xA001. It travels low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def framed(unit: int, body: bytes) -> bytes:
    """A whole frame around function and data."""
    frame = bytes((unit,)) + body
    return frame + crc16(frame).to_bytes(2, "little")


def silence_s(baud: int) -> float:
    """How long a line is quiet between two frames: 3.5 characters, and 1.75 ms above 19200 baud."""
    return _T3_5_BITS / baud if baud <= _FAST_BAUD else _FAST_SILENCE_S


def answers(request: bytes, answer: bytes, expected: int) -> bool:
    """Whether `answer` is intact, of `expected` bytes, and from the unit and to the function of `request`."""
    return len(answer) == expected and answer[:2] == request[:2] and _is_intact(answer)


def refusal(request: bytes, answer: bytes) -> int | None:
    """The exception code when `answer` is an intact refusal of `request`."""
    head = bytes((request[0], request[1] | _REFUSED))
    if len(answer) == REFUSAL_LENGTH and answer.startswith(head) and _is_intact(answer):
        return answer[2]
    return None


def flaw(request: bytes, answer: bytes, expected: int) -> str:
    """In words, why `answer` is no answer of `expected` bytes to `request`."""
    if len(answer) < expected:
        return f"only {len(answer)} of {expected} bytes came"
    if not _is_intact(answer):
        return "its checksum is wrong"
    if answer[0] != request[0]:
        return f"unit {answer[0]} answered instead"
    return "it belongs to another question"


def _is_intact(frame: bytes) -> bool:
    return crc16(frame[:-2]) == int.from_bytes(frame[-2:], "little")
