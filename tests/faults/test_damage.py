"""The card gives back something else than it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.scenes import damage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.scene import Scene
    from tests.faults.table import Line


def test_a_flipped_bit_never_becomes_a_wrong_value_and_what_it_hit_is_reported(
    play: Callable[[Scene], Line],
) -> None:
    play(damage.STOPPED)


def test_a_flipped_bit_in_the_wal_of_a_crashed_station_costs_what_it_hit_and_that_is_reported(
    play: Callable[[Scene], Line],
) -> None:
    play(damage.CRASHED)


def test_readers_without_checksums_are_found_out(play: Callable[[Scene], Line]) -> None:
    assert play(damage.NO_CHECKSUMS).verdict.wrong > 0
