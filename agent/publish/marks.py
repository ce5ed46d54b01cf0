"""Under which names a sink keeps its places in the journal. `:` stands in no sink's id."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def event_mark(sink: str) -> str:
    """How far its events have come."""
    return f"{sink}:event"


def receipt_mark(sink: str) -> str:
    """Up to where its far side has stored everything, by its own word: seq + 1; 0 when it never said so."""
    return f"{sink}:receipt"


def tries_mark(sink: str) -> str:
    """How often what lies behind that receipt was sent again: see `Receipts.tries`."""
    return f"{sink}:tries"


def budget_mark(sink: str) -> str:
    """What its budget has left: bytes + 1; 0 when it never had one."""
    return f"{sink}:budget"


def is_sink(reader: str) -> bool:
    """Whether it is a sink itself, and none of the names above."""
    return ":" not in reader


def receipt(sink: str, bookmark: Callable[[str], int]) -> int | None:
    """The last seq up to which the far side of `sink` says it has everything; None when it never said so."""
    mark = bookmark(receipt_mark(sink))
    return mark - 1 if mark else None


def delivered(sink: str, bookmark: Callable[[str], int]) -> int:
    """The last seq of what need not be kept for `sink`: acknowledged, and stored where that is said."""
    stored = receipt(sink, bookmark)
    return bookmark(sink) if stored is None else min(bookmark(sink), stored)
