"""The disk under the journal, and the ballast on it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from agent.journal.room.disk import Ballast, Free, look

if TYPE_CHECKING:
    from pathlib import Path

MB = 1_000_000


def test_low_begins_at_one_mark_and_ends_at_twice_that() -> None:
    def low(free_mb: int, *, was_low: bool) -> bool:
        return Free(free_mb * MB, 8000 * MB).low(4 * MB, was_low=was_low)

    assert not low(37, was_low=False)
    assert low(35, was_low=False)
    assert low(67, was_low=True)
    assert not low(69, was_low=True)


def test_a_small_disk_has_small_marks() -> None:
    assert not Free(5 * MB, 8 * MB).low(4 * MB, was_low=False)
    assert Free(5 * MB, 8 * MB).low(MB * 47 // 10, was_low=False)


def test_ballast_takes_real_room_and_gives_it_back(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "journal.ballast", 2 * MB)
    assert ballast.missing_bytes() == 2 * MB
    assert not ballast.throw_off()
    ballast.make()
    assert ballast.missing_bytes() == 0
    assert (tmp_path / "journal.ballast").stat().st_blocks * 512 >= 2 * MB
    for left in (1.5 * MB, MB, MB / 2):
        assert ballast.throw_off()
        assert (tmp_path / "journal.ballast").stat().st_size == left
    assert ballast.throw_off()
    assert not (tmp_path / "journal.ballast").exists()
    assert look(tmp_path).free > 0


def test_a_file_system_without_fallocate_gets_zeros(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    ballast = Ballast(tmp_path / "journal.ballast", 2 * MB)
    ballast.make()
    assert ballast.missing_bytes() == 0
    assert (tmp_path / "journal.ballast").stat().st_blocks * 512 >= 2 * MB


def test_ballast_that_does_not_fit_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    ballast = Ballast(tmp_path / "journal.ballast", 2 * MB)
    with pytest.raises(OSError, match="no space"):
        ballast.make()
    assert not (tmp_path / "journal.ballast").exists()
