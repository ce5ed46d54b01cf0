"""Readers that believe whatever SQLite hands them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.journal import reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.journal.row import Row


@contextmanager
def trusting_readers() -> Iterator[None]:
    """Inside, every row has the right checksum."""
    names = vars(reader)
    honest = names["checksum"]
    names["checksum"] = _whatever_it_says
    try:
        yield
    finally:
        names["checksum"] = honest


def _whatever_it_says(row: Row, _seed: int) -> int:
    return row.crc
