"""The disk says no in the middle of whatever the journal does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.scenes import storage_calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.scene import Scene
    from tests.faults.table import Line


def test_no_failing_storage_call_costs_what_was_promised_or_leaves_half_a_batch(
    play: Callable[[Scene], Line],
) -> None:
    note = play(storage_calls.EVERY_CALL).note
    assert {"pwrite64", "fdatasync"} <= set(note.replace(",", "").split()), note


def test_a_promise_before_the_commit_is_found_out(play: Callable[[Scene], Line]) -> None:
    assert play(storage_calls.PROMISED_EARLY).verdict.lost > 0
