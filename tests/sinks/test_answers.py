"""Whoever orders records over the air gets an answer, whatever the link does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.publish.contract import Order, UnavailableError
from agent.publish.shipper import Terms
from tests.sinks.far_side import FarSide, World
from tests.sinks.world import PH, T0_NS

if TYPE_CHECKING:
    from collections.abc import Mapping


class HangsUpOnAnswers(FarSide):
    """On the first `tries` of them."""

    tries = 1

    def answer(self, order: Order, answer: Mapping[str, object]) -> None:
        self.tries -= 1
        if self.tries >= 0:
            raise UnavailableError("cut")
        super().answer(order, answer)


def order(asker: str) -> Order:
    return Order(asker, None, T0_NS, T0_NS + 10**12)


def test_an_answer_that_does_not_get_through_comes_later_and_those_behind_it_too() -> None:
    world = World(20, HangsUpOnAnswers(), terms=Terms([str(PH)]))
    world.drain()
    world.far.says = [order("a"), order("b")]
    for _ in range(3):
        world.step(11)
    assert [(asker, "ok" in answer) for asker, answer in world.far.answers] == [("a", True), ("b", False)]
    assert sorted(world.far.stored) == sorted([*range(1, 21)] * 2), "it was obeyed once"


def test_the_answers_that_wait_are_bounded() -> None:
    far = HangsUpOnAnswers()
    far.tries = 100
    world = World(20, far, terms=Terms([str(PH)]))
    world.drain()
    for n in range(100):
        world.far.says = [order(f"{n}")]
        world.step(3700)
    far.tries = 0
    world.step(3700)
    assert len(world.far.answers) == 64
