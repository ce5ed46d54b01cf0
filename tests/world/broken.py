"""Stations with one rule broken: a world that does not notice them is worth nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from agent.journal import reader
from agent.journal.file.row import OBSERVATION, checksum
from agent.model import Flag, Trust
from agent.publish.contract import UnavailableError
from tests.world.card import Card, Image
from tests.world.far_side import WorldSink

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.journal.file.row import Row
    from agent.model import Entry

_FLUSHED_LATE_BYTES = 6000


@contextmanager
def bookmark_before_acknowledgement() -> Iterator[None]:
    """What was handed over counts as delivered, whatever became of it."""
    send = WorldSink.send

    def careless(sink: WorldSink, batch: Sequence[Entry]) -> None:
        try:
            send(sink, batch)
        except UnavailableError:
            return

    with patch.object(WorldSink, "send", careless):
        yield


@contextmanager
def no_checksum() -> Iterator[None]:
    """An observation is believed whatever its row says."""

    def believing(row: Row, seed: int) -> int:
        is_possible = row.kind == OBSERVATION and row.trust in tuple(Trust) and row.flag in tuple(Flag)
        return row.crc if is_possible else checksum(row, seed)

    with patch.object(reader, "checksum", believing):
        yield


@contextmanager
def commit_not_awaited() -> Iterator[None]:
    """The end of the log is still on its way to the card when the power goes."""
    taken = Card.taken

    def lagging(card: Card) -> Image:
        image = taken(card)
        log = image.files.get("journal.db-wal", b"")
        return Image({**image.files, "journal.db-wal": log[: max(0, len(log) - _FLUSHED_LATE_BYTES)]})

    with patch.object(Card, "taken", lagging):
        yield
