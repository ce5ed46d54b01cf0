"""The broker is not there, or it is not a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.scenes import broker

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.scene import Scene
    from tests.faults.table import Line


def test_three_weeks_without_a_broker_are_delivered_when_there_is_one(play: Callable[[Scene], Line]) -> None:
    assert play(broker.WEEKS).verdict.expected > 21 * 4 * 8, "four times a day, eight instruments"


def test_what_a_broker_acknowledged_and_lost_is_noticed_and_made_good(play: Callable[[Scene], Line]) -> None:
    play(broker.FORGETFUL)


def test_without_receipts_such_a_loss_is_found_by_the_checker_alone(play: Callable[[Scene], Line]) -> None:
    assert play(broker.NO_RECEIPTS).verdict.lost > 0


def test_whatever_answers_in_place_of_the_broker_costs_nothing(play: Callable[[Scene], Line]) -> None:
    play(broker.SOMETHING_ELSE)
