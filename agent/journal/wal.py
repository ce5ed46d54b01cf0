"""Mending a write-ahead log in which the card has flipped a bit.

    header 32 bytes | frame header 24 bytes, page | frame header, page | ...

Each frame carries a checksum that goes on from that of the frame before. SQLite takes a frame whose checksum
is wrong for the end of the log: for one flipped bit every commit behind it would be gone without a word, its
sequence numbers free for other records. But the checksum, two sums linear in every word, shows whether a
single bit is all that is wrong, which a torn write at the true end of a log never looks like, and mostly
which bit. Where several would do, the content stays as it is and the checksums are made to follow: the row's
own says then which row it is. Format: https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER_BYTES, _FRAME_BYTES = 32, 24
_VERSION = b"\x00\x2d\xe2\x18"
_MAGICS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")  # the second: sums over big-endian words
_PAGE_SIZES = tuple(struct.pack(">I", 1 << n) for n in range(9, 17))
_WORD_BITS = 32
_MASK = (1 << _WORD_BITS) - 1
# Half a second's work on the smallest Pi. A log is larger only when a reader has blocked it.
_MOST_BYTES = 8 << 20

Sums = tuple[int, int]


class _Block(NamedTuple):
    """What one checksum covers, in stretches of the file, and where it stands."""

    parts: tuple[slice, ...]
    sums_at: int


_HEADER = _Block((slice(0, 24),), 24)


def mend(log: Path) -> int:
    """Make a log whole again in which single bits are flipped. Returns how many were. Raises OSError."""
    if not log.exists() or not _HEADER_BYTES < log.stat().st_size <= _MOST_BYTES:
        return 0
    data = bytearray(log.read_bytes())
    flipped = _mend_header(data) + _mend_blocks(data)
    if flipped:
        mended = log.with_name(log.name + ".mended")
        with mended.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        mended.replace(log)
    return flipped


def _mend_header(data: bytearray) -> int:
    """The fields that can have few values. A bit that turns one into another shows in the checksum."""
    flipped = 0
    for at, allowed in ((0, _MAGICS), (4, (_VERSION,)), (8, _PAGE_SIZES)):
        field = bytes(data[at : at + 4])
        near = [each for each in allowed if _bits_unlike(field, each) == 1]
        if field not in allowed and near:
            right = [each for each in near if _header_agrees(data, at, each)]
            data[at : at + 4] = (right or near)[0]
            flipped += 1
    other = _MAGICS[1 - (data[3] & 1)]
    if not _header_agrees(data, 0, bytes(data[:4])) and _header_agrees(data, 0, other):
        data[:4] = other
        flipped += 1
    return flipped


def _header_agrees(data: bytearray, at: int, field: bytes) -> bool:
    """Whether the header's checksum is right with this field at `at`."""
    header = data[:_HEADER_BYTES]
    header[at : at + 4] = field
    return _add((0, 0), _words(header, _HEADER)) == _stored(header, _HEADER.sums_at)


def _mend_blocks(data: bytearray) -> int:
    """From checksum to checksum: `before` as they were written, `mended` as they are now."""
    flipped = 0
    before = mended = (0, 0)
    blocks = list(_blocks(data))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        flipped += _mend_salts(data, block)
        right = _stored(data, block.sums_at)
        found = _add(before, _words(data, block))
        if found != right:
            if _is_one_bit(found, right) and _goes_on(data, following, found):
                right = found  # the checksum itself was hit
            elif not _turn_back(data, block, _minus(right, found)):
                return flipped  # the true end: a torn write, or what is left of an older log
            flipped += 1
            mended = _add(mended, _words(data, block))
        else:
            mended = right if mended == before else _add(mended, _words(data, block))
        struct.pack_into(">II", data, block.sums_at, *mended)
        before = right
    return flipped


def _blocks(data: bytearray) -> Iterator[_Block]:
    """The header, then every frame that is there in full."""
    yield _HEADER
    if bytes(data[8:12]) not in _PAGE_SIZES:
        return
    (page_bytes,) = struct.unpack_from(">I", data, 8)
    for at in range(_HEADER_BYTES, len(data) - _FRAME_BYTES - page_bytes + 1, _FRAME_BYTES + page_bytes):
        body = at + _FRAME_BYTES
        yield _Block((slice(at, at + 8), slice(body, body + page_bytes)), at + 16)


def _goes_on(data: bytearray, following: _Block | None, sums: Sums) -> bool:
    return following is None or _add(sums, _words(data, following)) == _stored(data, following.sums_at)


def _mend_salts(data: bytearray, block: _Block) -> int:
    """A frame repeats the header's salts; no checksum covers them."""
    at, right = block.sums_at - 8, bytes(data[16:24])
    if at < _HEADER_BYTES or _bits_unlike(bytes(data[at : at + 8]), right) != 1:
        return 0
    data[at : at + 8] = right
    return 1


def _turn_back(data: bytearray, block: _Block, wrong: Sums) -> bool:
    """Whether one bit explains what is wrong with the sums; it is turned back if only one does."""
    words = _words(data, block)
    suspects = []
    for n, weights in _weights(len(words)):
        for bit in range(_WORD_BITS):
            change = -(1 << bit) if words[n] >> bit & 1 else 1 << bit
            if (weights[0] * change & _MASK, weights[1] * change & _MASK) == wrong:
                suspects.append((n, bit))
    if len(suspects) > 1 and _names_no_page(data, block):
        suspects = [each for each in suspects if each[0] == 0] or suspects
    if len(suspects) == 1:
        at, bit = _place(data, block, *suspects[0])
        data[at] ^= 1 << bit
    return bool(suspects)


def _names_no_page(data: bytearray, block: _Block) -> bool:
    """Whether a frame's page lies beyond every end of the database that the log tells of."""
    frames = list(_blocks(data))[1:]
    ends = sorted(struct.unpack_from(">I", data, frame.parts[0].start + 4)[0] for frame in frames)
    (page,) = struct.unpack_from(">I", data, block.parts[0].start)
    # The largest may itself be hit; a log of a single commit has nothing to compare it with.
    return block in frames and page > max(ends[:-1], default=ends[-1])


def _weights(count: int) -> Iterator[tuple[int, Sums]]:
    """By word, the last first: how often each of the two sums contains it."""
    even, odd = (1, 1), (0, 1)
    for n in range(count - 2, -1, -2):
        yield n + 1, odd
        yield n, even
        even, odd = _add(even, (0, 0)), _add(odd, (0, 0))


def _place(data: bytearray, block: _Block, word: int, bit: int) -> tuple[int, int]:
    """The byte and its bit that a bit of a word is."""
    covered = [at for part in block.parts for at in range(part.start, part.stop)]
    byte = 3 - bit // 8 if data[3] & 1 else bit // 8
    return covered[word * 4 + byte], bit % 8


def _words(data: bytearray, block: _Block) -> tuple[int, ...]:
    raw = b"".join(data[part] for part in block.parts)
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


def _is_one_bit(one: Sums, other: Sums) -> bool:
    return _bits_unlike(struct.pack(">II", *one), struct.pack(">II", *other)) == 1


def _bits_unlike(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()
