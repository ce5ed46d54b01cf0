"""What `skyground status` says about the journal."""

from __future__ import annotations

from typing import Any

from agent.cli.journal_lines import journal_lines

SPACE = {
    "taken_mb": 8.4,
    "max_mb": 1000,
    "given_up": 0,
    "disk_free_mb": 20_000.0,
    "disk_low": False,
    "written_mb_per_day": None,
    "card_tb": 29,
    "card_years": None,
}


def answer(error: str = "", **space: Any) -> dict[str, Any]:
    """A station's answer about a journal that is well, but for `space`."""
    path = "/var/lib/skyground/journal.db"
    return {
        "head": 12_345,
        "path": path,
        "open": True,
        "error": error,
        "waiting": 1200,
        "space": {**SPACE, **space},
    }


def test_a_young_station_does_not_guess_how_long_its_card_lasts() -> None:
    assert journal_lines(answer()) == [
        "journal at record 12 345, 8 of 1000 MB in /var/lib/skyground/journal.db",
        "  writes to the card: not known yet, ask again an hour after the start",
    ]


def test_the_life_of_the_card_is_said_in_years() -> None:
    lines = journal_lines(answer(written_mb_per_day=18.02, card_years=440.6))
    assert lines[1] == "  writes about 18 MB a day: a card of 29 TB lasts about 441 years"
    lines = journal_lines(answer(written_mb_per_day=1.0, card_years=7940.0))
    assert lines[1].endswith("lasts over 1000 years")
    assert journal_lines(answer(written_mb_per_day=0.0))[1] == "  writes nothing to a card"


def test_what_is_wrong_is_said_with_what_to_do() -> None:
    lines = journal_lines(answer("database or disk is full", given_up=4000, disk_low=True, disk_free_mb=3.2))
    assert "4 000 records were given up, undelivered" in lines[2]
    assert "DISK NEARLY FULL: 3 MB left" in lines[3]
    assert "du -xh" in lines[4]
    assert lines[5] == "  CANNOT BE WRITTEN: database or disk is full; 1 200 records wait in memory"
    assert all(len(line) <= 80 for line in lines)


def test_a_journal_that_is_not_even_open_is_told_apart_from_one_that_takes_nothing() -> None:
    lines = journal_lines({**answer("unable to open database file"), "open": False})
    assert lines[-1].startswith("  CANNOT BE OPENED: unable to open database file; ")
