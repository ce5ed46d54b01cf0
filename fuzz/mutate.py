"""Endless inputs from a few, for machines without a coverage-guided fuzzer. One seed gives the same ones."""

from __future__ import annotations

import random
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fuzz.target import Target

_LONGEST = 8192
_MOST_CHANGES = 4
_EDGES = (0x00, 0x01, 0x0A, 0x0D, 0x20, 0x2B, 0x2D, 0x2E, 0x30, 0x39, 0x7F, 0x80, 0xFE, 0xFF)
_LONGEST_SLICE = 64


def inputs(target: Target, seed: int) -> Iterator[bytes]:
    """The seeds as they are, then mixtures of them with a few changes each, for ever."""
    yield b""
    yield from target.seeds
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose, nothing is secret
    for _ in count():
        data = dice.choice(target.seeds)
        for _ in range(dice.randint(1, _MOST_CHANGES)):
            data = dice.choice(_CHANGES)(dice, data, target)[:_LONGEST]
        yield data


def _place(dice: random.Random, data: bytes) -> int:
    return dice.randint(0, len(data))


def _slice(dice: random.Random, data: bytes) -> tuple[int, int]:
    start = _place(dice, data)
    return start, min(len(data), start + dice.randint(1, _LONGEST_SLICE))


def _with_bit_flipped(dice: random.Random, data: bytes, _target: Target) -> bytes:
    if not data:
        return data
    changed = bytearray(data)
    changed[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _with_edge(dice: random.Random, data: bytes, _target: Target) -> bytes:
    at = _place(dice, data)
    return data[:at] + bytes((dice.choice(_EDGES),)) + data[at + dice.randint(0, 1) :]


def _with_token(dice: random.Random, data: bytes, target: Target) -> bytes:
    at = _place(dice, data)
    return data[:at] + dice.choice(target.tokens or (b"",)) * dice.choice((1, 1, 1, 2, 200)) + data[at:]


def _without_slice(dice: random.Random, data: bytes, _target: Target) -> bytes:
    start, end = _slice(dice, data)
    return data[:start] + data[end:]


def _with_slice_again(dice: random.Random, data: bytes, _target: Target) -> bytes:
    start, end = _slice(dice, data)
    at = _place(dice, data)
    return data[:at] + data[start:end] * dice.choice((1, 2, 100)) + data[at:]


def _cut(dice: random.Random, data: bytes, _target: Target) -> bytes:
    return data[: _place(dice, data)]


def _spliced(dice: random.Random, data: bytes, target: Target) -> bytes:
    other = dice.choice(target.seeds)
    return data[: _place(dice, data)] + other[_place(dice, other) :]


def _noise(dice: random.Random, data: bytes, _target: Target) -> bytes:
    at = _place(dice, data)
    return data[:at] + dice.randbytes(dice.randint(1, 16)) + data[at:]


_CHANGES: tuple[Callable[[random.Random, bytes, Target], bytes], ...] = (
    _with_bit_flipped,
    _with_edge,
    _with_token,
    _without_slice,
    _with_slice_again,
    _cut,
    _spliced,
    _noise,
)
