"""Movement is told by its velocity, and by where its inverse points; a touch and a day's breath are not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from agent.model import Severity
from agent.watch.contract import DAY, Assessment, Block, Cell, Hazard, Phase, Role, Sample, Tick
from agent.watch.ground.movement import Movement
from agent.watch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

START = 8 * DAY


def course(of: Role, change: Callable[[float], float], days: int) -> list[tuple[float, Assessment]]:
    """What is asked for, with days since the start."""
    moving = Movement()
    said: list[tuple[float, Assessment]] = []
    for at in range(days * DAY):
        breath = 0.3 * math.sin(at / DAY * 2 * math.pi) + 0.01 * (at % 3)
        value = breath * (1.0 if of is Role.CRACK else 0.01) + (
            change((at - START) / DAY) if at >= START else 0.0
        )
        found = moving.add(Block(at, at * 900.0, {of: {"gauge": Cell(round(value, 4))}}))
        said.extend(((at - START) / DAY, each) for each in found)
    return said


def test_what_breathes_with_the_day_is_still() -> None:
    assert course(Role.CRACK, lambda _: 0.0, 20) == []


@pytest.mark.parametrize(
    ("role", "per_day", "level"),
    [
        (Role.CRACK, 3.0, Severity.YELLOW),
        (Role.CRACK, 15.0, Severity.ORANGE),
        (Role.CRACK, 80.0, Severity.RED),
        (Role.TILT, 0.08, Severity.YELLOW),
    ],
)
def test_steady_movement_has_a_level(role: Role, per_day: float, level: Severity) -> None:
    said = course(role, lambda days: per_day * days, 12)
    assert max(each.level for _, each in said) is level
    first = next(days for days, each in said if each.level >= Severity.YELLOW)
    assert 0.0 < first <= 1.5


def test_what_stepped_once_was_touched() -> None:
    assert course(Role.CRACK, lambda _: 8.0, 14) == []


def test_what_is_fast_is_told_in_hours_with_its_thresholds() -> None:
    first = next(said for said in course(Role.CRACK, lambda days: 40.0 * days, 10))
    days, told = first
    assert days <= 0.25
    assert told.level >= Severity.ORANGE
    assert told.evidence["velocity_mm_per_d"] >= told.evidence["velocity_mm_per_d_from"] >= 10.0


@pytest.mark.parametrize("size", [3.0, 30.0, -30.0])
def test_a_touched_gauge_is_a_notice(size: float) -> None:
    watch = Watch()
    told = [
        finding
        for at in range(round(9.5 * DAY * 15))
        for finding in watch.add(
            Tick(
                60.0 * at,
                {Role.CRACK: {"gauge": Sample(0.01 * (at % 3) + (size if at >= START * 15 else 0.0))}},
            )
        )
    ]
    assert {(each.hazard, each.mechanism, each.phase) for each in told} == {
        (Hazard.SENSOR, "touched", Phase.RAISED),
        (Hazard.SENSOR, "touched", Phase.CLEARED),
    }


def test_a_site_that_asks_for_more_is_told_later() -> None:
    def first(evidence: float) -> float:
        moving = Movement(evidence)
        for at in range(10 * DAY):
            value = 0.01 * (at % 3) + 3.0 * max(0, at - START) / DAY
            if any(
                each.level >= Severity.YELLOW
                for each in moving.add(Block(at, at * 900.0, {Role.CRACK: {"gauge": Cell(value)}}))
            ):
                return (at - START) / DAY
        return 99.0

    assert first(1.0) < first(1.4) < 2.0


def test_inverse_velocity_tells_the_day() -> None:
    fails_at = 14.0
    said = course(Role.CRACK, lambda days: -6.0 * math.log(max(1e-3, 1.0 - days / fails_at)), 20)
    told = [(days, each) for days, each in said if "inverse_velocity_zero_in_d" in each.evidence]
    assert told
    for days, each in told:
        if 8.0 <= days <= 13.0:
            assert days + each.evidence["inverse_velocity_zero_in_d"] == pytest.approx(fails_at, abs=1.5)
    red = next(days for days, each in said if each.level is Severity.RED)
    assert red < fails_at - 0.5


def test_a_gauge_that_lies_dead_is_not_believed() -> None:
    moving = Movement()
    for at in range(12 * DAY):
        value = 100.0 if at > START else 0.001 * (at % 5)
        assert not moving.add(Block(at, at * 900.0, {Role.CRACK: {"gauge": Cell(value)}}))


def test_a_site_with_nothing_but_a_gauge_learns_for_five_days_and_then_sees() -> None:
    watch, learned_d = Watch(), []
    for at in range(7 * DAY):
        watch.add(Tick(at * 900.0, {Role.CRACK: {"crack-1/displacement": Sample(0.01 * (at % 3))}}))
        if watch.learning[Hazard.GROUND]:
            learned_d.append(at / DAY)
    assert 5.0 <= learned_d[-1] < 5.1
