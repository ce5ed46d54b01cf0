"""Checks of the small tables: one flipped bit in them must not move a time or hide records. Pure.

A row of the records has its own checksum, see `row`.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def check(*values: object) -> int:
    """CRC-32 of the values of a row, their types included."""
    return zlib.crc32(repr(values).encode(errors="replace"))


def sound(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows whose last column is the check of the others, without it."""
    return [row[:-1] for row in rows if row[-1] == check(*row[:-1])]


def sealed(text: str) -> str:
    """A text with its check."""
    return f"{check(text):08x} {text}"


def unsealed(stored: object) -> str | None:
    """The text that was sealed; None when it is another by now."""
    text = str(stored)[9:]
    return text if stored == sealed(text) else None
