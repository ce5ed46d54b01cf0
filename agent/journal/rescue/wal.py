"""Turning flipped bits back in a write-ahead log: the pure part, on the bytes of one.

    header 32 bytes | frame header 24 bytes, page | frame header, page | ...

Each frame carries a checksum that goes on from that of the frame before. SQLite takes a frame whose checksum
is wrong for the end of the log: for one flipped bit every commit behind it would be gone without a word, its
sequence numbers free for other records. A write that was cut off looks the same, and nothing may be made of
that. What tells them apart is a later commit that goes on from the frame's checksum: it was written after
the frame had been flushed. So the last commit of a log is never touched, and within the others only what can
have been no other bit. Format: https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_BYTES = 32
_FRAME_BYTES = 24
_HEADER_SUMS, _SALTS, _PAGE_SIZE = 24, slice(16, 24), 8
_MAGICS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")  # the second: sums over big-endian words
_PAGE_SIZES = tuple(struct.pack(">I", 1 << n) for n in range(9, 17))
_PROOF = 2  # commits: the second was begun after the first had been flushed
_WORD_BITS = 32
_MASK = (1 << _WORD_BITS) - 1

Sums = tuple[int, int]


class DamagedLogError(Exception):
    """Commits that had been flushed cannot be read, and which bit is to blame cannot be told."""


class _Frame(NamedTuple):
    """Where it begins and ends."""

    at: int
    end: int

    @property
    def sums_at(self) -> int:
        return self.at + 16


def turn_back(data: bytearray) -> int:
    """Turn back what bits are flipped in commits that had been flushed. Returns how many were.

    Raises DamagedLogError where one is and cannot be told. A log that merely ends is left as it is.
    """
    turned = _mend_header(data)
    if not _is_header(data):
        return turned
    frames = list(_frames(data))
    before = _stored(data, _HEADER_SUMS)
    for n, frame in enumerate(frames):
        right = _add(before, _words(data, frame))
        if right != _stored(data, frame.sums_at) or not _is_of_this_log(data, frame):
            if not _mend_frame(data, frames[n:], right):
                return turned
            turned += 1
        before = _stored(data, frame.sums_at)
    return turned


def _mend_header(data: bytearray) -> int:
    """All of its bits are tried: the first commits tell which was meant."""
    if len(data) <= HEADER_BYTES or _is_header(data):
        return 0
    found = []
    for bit in range(HEADER_BYTES * 8):
        tried = bytearray(data[:HEADER_BYTES])
        tried[bit // 8] ^= 1 << bit % 8
        if _is_header(tried):
            whole = tried + data[HEADER_BYTES:]
            if _is_followed(whole, list(_frames(whole)), _stored(tried, _HEADER_SUMS), commits=0):
                found.append(tried)
    if len(found) == 1:
        data[:HEADER_BYTES] = found[0]
    return int(len(found) == 1)


def _is_header(data: bytearray) -> bool:
    known = bytes(data[:4]) in _MAGICS and bytes(data[_PAGE_SIZE : _PAGE_SIZE + 4]) in _PAGE_SIZES
    return known and _add((0, 0), _unpack(data, data[:_HEADER_SUMS])) == _stored(data, _HEADER_SUMS)


def _frames(data: bytearray) -> Iterator[_Frame]:
    """Every frame that is there in full, of this log or of an older one in the same file."""
    (page_bytes,) = struct.unpack_from(">I", data, _PAGE_SIZE)
    size = _FRAME_BYTES + page_bytes
    for at in range(HEADER_BYTES, len(data) - size + 1, size):
        yield _Frame(at, at + size)


def _mend_frame(data: bytearray, frames: list[_Frame], right: Sums) -> bool:
    """The first of these is not as it was written. False if it, or what follows, may never have been."""
    frame, later = frames[0], frames[1:]
    commits = int(_is_commit(data, frame))
    if _is_followed(data, later, right, commits):  # the content is what was written
        struct.pack_into(">II", data, frame.sums_at, *right)
        data[frame.at + 8 : frame.at + 16] = data[_SALTS]
        return True
    stored = _stored(data, frame.sums_at)
    if not _is_of_this_log(data, frame) or not _is_followed(data, later, stored, commits):
        return False
    suspects = list(_suspects(_words(data, frame), _minus(stored, right)))
    if len(suspects) != 1:
        if _is_followed(data, later, stored, commits=0):  # its own mark of a commit may be what is wrong
            raise DamagedLogError
        return False
    at, bit = _place(data, frame, *suspects[0])
    data[at] ^= 1 << bit
    # The bit may have been the mark of a commit itself.
    if _is_followed(data, later, stored, int(_is_commit(data, frame))):
        return True
    data[at] ^= 1 << bit
    return False


def _is_followed(data: bytearray, frames: list[_Frame], sums: Sums, commits: int) -> bool:
    """Whether frames go on from these sums without a break up to the second commit."""
    for frame in frames:
        sums = _add(sums, _words(data, frame))
        if sums != _stored(data, frame.sums_at) or not _is_of_this_log(data, frame):
            return False
        commits += _is_commit(data, frame)
        if commits == _PROOF:
            return True
    return False


def _is_commit(data: bytearray, frame: _Frame) -> bool:
    """The last frame of a transaction says how large the database is."""
    return any(data[frame.at + 4 : frame.at + 8])


def _is_of_this_log(data: bytearray, frame: _Frame) -> bool:
    """A frame repeats the header's salts; no checksum covers them."""
    return data[frame.at + 8 : frame.at + 16] == data[_SALTS]


def _suspects(words: tuple[int, ...], wrong: Sums) -> Iterator[tuple[int, int]]:
    """Each bit, as its word and its place there, that alone would explain what is wrong with the sums."""
    for n, weights in _weights(len(words)):
        for bit in range(_WORD_BITS):
            change = -(1 << bit) if words[n] >> bit & 1 else 1 << bit
            if (weights[0] * change & _MASK, weights[1] * change & _MASK) == wrong:
                yield n, bit


def _weights(count: int) -> Iterator[tuple[int, Sums]]:
    """By word, the last first: how often each of the two sums contains it."""
    even, odd = (1, 1), (0, 1)
    for n in range(count - 2, -1, -2):
        yield n + 1, odd
        yield n, even
        even, odd = _add(even, (0, 0)), _add(odd, (0, 0))


def _place(data: bytearray, frame: _Frame, word: int, bit: int) -> tuple[int, int]:
    """The byte and its bit that a bit of a word is."""
    covered = [*range(frame.at, frame.at + 8), *range(frame.at + _FRAME_BYTES, frame.end)]
    byte = 3 - bit // 8 if data[3] & 1 else bit // 8
    return covered[word * 4 + byte], bit % 8


def _words(data: bytearray, frame: _Frame) -> tuple[int, ...]:
    """What its checksum covers: page number, size of the database, and the page."""
    return _unpack(data, data[frame.at : frame.at + 8] + data[frame.at + _FRAME_BYTES : frame.end])


def _unpack(data: bytearray, raw: bytearray) -> tuple[int, ...]:
    return struct.unpack(f"{'<>'[data[3] & 1]}{len(raw) // 4}I", raw)


def _stored(data: bytearray, at: int) -> Sums:
    first, second = struct.unpack_from(">II", data, at)
    return first, second


def _add(sums: Sums, words: tuple[int, ...]) -> Sums:
    """The checksum, gone on over these words."""
    first, second = sums
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second


def _minus(one: Sums, other: Sums) -> Sums:
    return (one[0] - other[0]) & _MASK, (one[1] - other[1]) & _MASK
