"""What destinations have for good, as the journal asks when it needs room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.journal.journal import Journal
from agent.journal.room.retention import Done
from agent.publish.kept import kept
from agent.publish.marks import event_mark, receipt_mark

if TYPE_CHECKING:
    from pathlib import Path


def test_each_configured_sink_is_asked_and_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    journal.advance("office", 7, [(10, 12)])
    journal.advance("removed", 1)
    has = kept(journal, ["office", "archive"])
    assert has.data == [Done(7, ((10, 12),)), Done(0)]


def test_events_run_ahead_of_the_bookmark(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    journal.advance("office", 7)
    journal.advance(event_mark("office"), 20)
    has = kept(journal, ["office"])
    assert (has.data, has.events) == ([Done(7)], [Done(20)])


def test_an_ingest_side_that_gives_receipts_has_the_last_word(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    journal.advance("office", 30, [(40, 45)])
    journal.advance(event_mark("office"), 45)
    journal.advance(receipt_mark("office"), 13)
    has = kept(journal, ["office"])
    assert (has.data, has.events) == ([Done(12)], [Done(12)])


def test_a_receipt_of_nothing_is_a_receipt(tmp_path: Path) -> None:
    """A far side that begins anew wants everything: nothing may make room as if it had it."""
    journal = Journal(tmp_path / "j.db")
    journal.advance("office", 30)
    journal.advance(receipt_mark("office"), 1)
    assert kept(journal, ["office"]).data == [Done(0)]
