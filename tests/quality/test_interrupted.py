"""Behind somebody's work on an instrument nothing is compared with the water before; what lasts goes on."""

from __future__ import annotations

import pytest

from agent.acquire.quality.build import panel, settings
from agent.acquire.quality.contract import Sample
from agent.acquire.quality.verdict import combine
from agent.model import Why
from tests.quality.learned_series import PERIOD_S, day, learner

DAYS = day(400, 7.0, 0.1, 0.02)
TESTS = ["spike", "rate", "learned"]


def said(only: str, values: list[float], *, interrupted: bool) -> Why:
    """Of `values` behind a usual week, by one test of pH, at once and one late."""
    off = [test for test in ("syntax", "spike", "rate", "flat_line", "electrode") if test != only]
    asked = settings("ph", {"off": off, "rate": {"suspect_per_h": 0.5}} if only == "rate" else {"off": off})
    tests = panel(asked, PERIOD_S, learner("ph") if only == "learned" else None)
    for index, value in enumerate(DAYS):
        tests.update(Sample(index * PERIOD_S, value))
    if interrupted:
        tests.interrupted()
    first = len(DAYS) + 1  # one slot was maintenance
    outcomes = [tests.update(Sample((first + late) * PERIOD_S, value)) for late, value in enumerate(values)]
    return combine(*(each for outcome in outcomes for each in outcome)).why


@pytest.mark.parametrize("only", TESTS)
def test_a_jump_over_maintenance_is_none(only: str) -> None:
    assert said(only, [9.0, 7.0], interrupted=False)
    assert not said(only, [9.0, 9.0], interrupted=True)
    assert not said(only, [9.0, 9.01], interrupted=True)


def test_what_leaves_again_behind_maintenance_is_no_spike() -> None:
    """Of what was before it nothing is known."""
    assert said("spike", [9.0, 7.0], interrupted=False) is Why.SPIKE
    assert said("spike", [9.0, 7.0], interrupted=True) is Why.NONE


@pytest.mark.parametrize("only", TESTS)
def test_a_jump_behind_it_is_one(only: str) -> None:
    """What was learned of how it moves is not forgotten."""
    assert said(only, [9.0, 9.01, 11.0, 9.0], interrupted=True)


def test_a_stuck_probe_is_stuck_whoever_looks_after_it() -> None:
    tests = panel(settings("ph", {"off": ["learned"]}), PERIOD_S)
    for index in range(200):
        outcome = tests.update(Sample(index * PERIOD_S, 7.0))
        if index % 20 == 0:
            tests.interrupted()
    assert outcome.now.why is Why.FLAT_LINE
