"""How long the card lasts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.journal.room.card import Wear, written_bytes, years
from agent.model import Instant, Trust


def at(hours: float) -> Instant:
    """So many hours after the boot."""
    return Instant(0, int(hours * 3600e9), Trust.NONE)


def test_a_card_of_29_tb_bears_18_mb_a_day_for_440_years() -> None:
    assert years(18e6, 29) == pytest.approx(441, abs=1)
    assert years(0, 29) is None


def test_wear_is_not_known_before_an_hour_has_passed() -> None:
    wear = Wear()
    wear.look(at(5), 1_000_000)
    wear.look(at(5.9), 2_000_000)
    assert wear.bytes_per_day is None
    wear.look(at(6), 2_000_000)
    assert wear.bytes_per_day == pytest.approx(24e6)


def test_wear_is_that_of_the_last_full_day() -> None:
    wear = Wear()
    wear.look(at(0), 0)
    wear.look(at(24), 50_000_000)
    wear.look(at(30), 51_000_000)
    assert wear.bytes_per_day == pytest.approx(50e6), "a quiet morning is no quiet day"
    wear.look(at(48), 60_000_000)
    assert wear.bytes_per_day == pytest.approx(10e6)


def test_a_kernel_that_does_not_count_leaves_it_unknown(tmp_path: Path) -> None:
    assert written_bytes(tmp_path / "io") is None
    (tmp_path / "io").write_text("rchar: 5\n")
    assert written_bytes(tmp_path / "io") is None
    wear = Wear()
    wear.look(at(0), None)
    wear.look(at(5), None)
    assert wear.bytes_per_day is None


def test_the_kernel_counts_what_this_process_sends_to_the_disk() -> None:
    before = written_bytes()
    assert before is not None
    file = Path(__file__).with_name(f".written-{os.getpid()}")
    try:
        with file.open("wb") as out:
            out.write(b"x" * 1_000_000)
            os.fsync(out.fileno())
        after = written_bytes()
        assert after is not None
        assert after - before >= 1_000_000
    finally:
        file.unlink()
