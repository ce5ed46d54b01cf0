"""The disk does not take what the station has to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.scenes import disk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.scene import Scene
    from tests.faults.table import Line


def test_a_full_disk_is_told_and_survived_without_loss(play: Callable[[Scene], Line]) -> None:
    play(disk.FULL)


def test_a_read_only_disk_is_told_and_survived_without_loss(play: Callable[[Scene], Line]) -> None:
    play(disk.READ_ONLY)


def test_a_foreign_write_lock_is_told_and_survived_without_loss(play: Callable[[Scene], Line]) -> None:
    play(disk.LOCKED)


def test_a_reader_that_blocks_checkpoints_costs_space_and_nothing_else(play: Callable[[Scene], Line]) -> None:
    play(disk.BLOCKED_CHECKPOINTS)
