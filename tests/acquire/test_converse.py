"""A conversation with one instrument, between the slots of the others, by the driver that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.clock import NS
from drivers.contract import RefusedError
from drivers.onboard import onboard
from tests.acquire.rig import START_S, Rig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.contract import Driver


def steps(rig: Rig, seen: list[Driver], count: int, step_s: float) -> Callable[[Driver], Iterator[int]]:
    """A conversation of `count` questions, each of which takes `step_s`."""

    def work(driver: Driver) -> Iterator[int]:
        seen.append(driver)
        for each in range(count):
            rig.clock.advance(step_s)
            yield each

    return work


def test_it_is_held_with_the_driver_that_reads_the_instrument() -> None:
    """So that it knows of it, and can let its readings wait."""
    rig = Rig()
    instrument = rig.add("a", 60)
    rig.step()
    seen: list[Driver] = []
    promise = rig.poller.converse("a", steps(rig, seen, 3, 0.1), 10)
    rig.step()
    assert promise.result() == [0, 1, 2]
    assert instrument.drivers == 1
    assert [type(each).__name__ for each in seen] == ["InstrumentDriver"]


def test_no_slot_of_a_neighbour_waits_longer_than_one_step() -> None:
    rig = Rig()
    rig.add("a", 60)
    neighbour = rig.add("b", 1)
    rig.step()
    rig.clock.advance(0.5)
    promise = rig.poller.converse("a", steps(rig, [], 40, 0.1), 60)
    while not promise.is_over:
        wait_s = rig.step()
        rig.clock.advance(wait_s if promise.is_over else 0.0)
    asked_s = [each for each in neighbour.asked_s if each < (rig.clock.mono_ns - START_S * NS) / NS]
    assert len(asked_s) >= 5
    assert all(abs(each - round(each)) <= 0.11 for each in asked_s)


def test_an_instrument_that_keeps_no_calibration_breaks_the_promise_with_advice() -> None:
    rig = Rig()
    rig.add("a", 60)
    rig.step()
    promise = rig.poller.converse("a", lambda driver: onboard(driver).recall(), 10)
    rig.step()
    with pytest.raises(RefusedError) as caught:
        promise.result()
    assert "record" in caught.value.hint
