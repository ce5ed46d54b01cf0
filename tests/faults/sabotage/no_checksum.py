"""Readers that believe whatever SQLite hands them of an observation."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.journal import reader

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def trusting_readers() -> Iterator[None]:
    """Inside, every observation has the right checksum."""
    names = vars(reader)
    honest = names["checksum"]
    names["checksum"] = lambda row, seed: honest(row, seed) if row.body else row.crc
    try:
        yield
    finally:
        names["checksum"] = honest
