"""The agent is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.scenes import kill

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.scene import Scene
    from tests.faults.table import Line


def test_kills_at_any_moment_lose_nothing_that_was_journaled(play: Callable[[Scene], Line]) -> None:
    play(kill.KILL)


def test_a_bookmark_that_moves_before_the_acknowledgement_is_found_out(play: Callable[[Scene], Line]) -> None:
    verdict = play(kill.EARLY_BOOKMARK).verdict
    assert verdict.lost + verdict.alerts_lost > 0
