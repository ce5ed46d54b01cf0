"""The link to the broker misbehaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.scenes import link

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.scene import Scene
    from tests.faults.table import Line


def test_a_half_open_connection_is_noticed_while_sampling_goes_on(play: Callable[[Scene], Line]) -> None:
    play(link.BLACK_HOLE)


def test_a_network_that_swallows_every_packet_is_noticed_while_sampling_goes_on(
    play: Callable[[Scene], Line],
) -> None:
    play(link.SILENT_KERNEL)


def test_a_link_that_comes_and_goes_loses_nothing(play: Callable[[Scene], Line]) -> None:
    play(link.FLAPPING)


def test_a_connection_that_ends_inside_a_packet_loses_nothing(play: Callable[[Scene], Line]) -> None:
    play(link.BROKEN_PACKETS)


def test_bytes_that_come_one_by_one_are_put_together(play: Callable[[Scene], Line]) -> None:
    play(link.SINGLE_BYTES)


def test_lost_acknowledgements_cost_duplicates_and_nothing_else(play: Callable[[Scene], Line]) -> None:
    assert play(link.MUTE).verdict.duplicated > 0
