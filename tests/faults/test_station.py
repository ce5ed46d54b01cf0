"""The station is stopped, its journal is spoilt, its wires are pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.scenes import bus, spoilt, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.scene import Scene
    from tests.faults.table import Line


def test_a_stop_in_the_middle_of_a_drain_loses_nothing(play: Callable[[Scene], Line]) -> None:
    play(stop.DURING_A_DRAIN)


def test_a_stop_with_a_dead_network_loses_nothing(play: Callable[[Scene], Line]) -> None:
    play(stop.DEAD_NETWORK)


def test_a_slow_subscriber_gets_everything(play: Callable[[Scene], Line]) -> None:
    play(stop.SLOW_SUBSCRIBER)


def test_a_spoilt_journal_is_set_aside_with_an_alert_and_sampling_goes_on(
    play: Callable[[Scene], Line],
) -> None:
    play(spoilt.SPOILT)


def test_an_unplugged_adapter_costs_only_what_it_could_not_read(play: Callable[[Scene], Line]) -> None:
    play(bus.UNPLUGGED)
