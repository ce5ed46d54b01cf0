"""Why numbers are missing, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.ledger.lacking import lacking
from tests.ledger.story import Story

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Entry


class Book:
    """What the journal says of records that are gone; counts how often it is asked."""

    def __init__(self, evicted: Sequence[tuple[int, int]] = (), damaged: Sequence[int] = ()) -> None:
        self._evicted, self._damaged = evicted, damaged
        self.asked = 0

    def evicted(self) -> Sequence[tuple[int, int]]:
        self.asked += 1
        return self._evicted

    def damaged(self) -> Sequence[int]:
        return self._damaged


def entries(*seqs: int) -> list[Entry]:
    story = Story()
    for seq in seqs:
        story.seq = seq - 1
        story.present(60 * seq)
    return story.entries


def test_nothing_is_asked_where_nothing_is_missing() -> None:
    book = Book([(1, 9)])
    assert lacking(book, 4, entries(5, 6, 7)) == {}
    assert book.asked == 0


def test_what_was_given_up_is_told_from_what_was_delivered_and_what_was_damaged() -> None:
    book = Book([(1, 4), (6, 8), (15, 30)], [2, 7, 12, 20, 40])
    assert lacking(book, 3, entries(21)) == {
        21: [(4, "evicted"), (5, ""), (6, "evicted"), (9, ""), (12, "damaged"), (13, ""), (15, "evicted")]
    }


def test_the_journal_is_asked_once_for_a_page() -> None:
    book = Book([(3, 3)], [7])
    assert lacking(book, 1, entries(2, 4, 6, 8)) == {4: [(3, "evicted")], 6: [(5, "")], 8: [(7, "damaged")]}
    assert book.asked == 1
