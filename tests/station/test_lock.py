"""One copy of a station at a time, whatever becomes of its card."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from agent.lock import Lock, LockedError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_copy_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    first = Lock(tmp_path / "lock")
    with pytest.raises(LockedError, match=f"process {os.getpid()}"):
        Lock(tmp_path / "lock")
    first.close()
    Lock(tmp_path / "lock").close()


def test_a_state_directory_that_cannot_be_used_does_not_keep_a_station_from_starting(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the directory should be", encoding="utf-8")
    first = Lock(tmp_path / "state" / "lock")
    with pytest.raises(LockedError, match="another copy"):
        Lock(tmp_path / "state" / "lock")
    first.close()
    Lock(tmp_path / "state" / "lock").close()


def test_without_the_file_nobody_starts_beside_the_one_who_has_it(tmp_path: Path) -> None:
    """Another user may not open it: the name in the kernel says that the station runs."""
    first = Lock(tmp_path / "state" / "lock")
    (tmp_path / "state").rename(tmp_path / "elsewhere")
    (tmp_path / "state").write_text("", encoding="utf-8")
    with pytest.raises(LockedError):
        Lock(tmp_path / "state" / "lock")
    first.close()


def test_whoever_has_the_file_has_the_station_though_somebody_squats_on_its_name(tmp_path: Path) -> None:
    path = tmp_path / "state" / "lock"
    (tmp_path / "state").write_text("", encoding="utf-8")
    squatter = Lock(path)
    (tmp_path / "state").unlink()
    Lock(path).close()
    squatter.close()


def test_two_stations_on_one_machine_do_not_meet(tmp_path: Path) -> None:
    first = Lock(tmp_path / "one" / "lock")
    Lock(tmp_path / "two" / "lock").close()
    first.close()
