"""A line of a replay, and when what it tells had come."""

from __future__ import annotations

import json

import pytest

from agent.model import Severity
from agent.replay.arrivals import Arrivals
from agent.replay.lines import event_line, source
from agent.watch.contract import Finding, Hazard, Phase
from agent.watch.vigil import Alarm

_HOUR_S, _DAY_S = 3600.0, 86_400.0
_SEEN_S = 20_000 * _DAY_S


@pytest.mark.parametrize(("after_h", "late_h"), [(0.25, None), (1.0, None), (5.0, 5.0)])
def test_what_is_known_long_after_it_could_be_seen_is_told_as_late(
    after_h: float, late_h: float | None
) -> None:
    finding = Finding(
        _SEEN_S,
        Hazard.ACID,
        "",
        Phase.RAISED,
        Severity.RED,
        0.8,
        {"ph": 5.1},
        "cause",
        "advice",
        "acid_water",
    )
    came_s = _SEEN_S + after_h * _HOUR_S
    line = json.loads(
        event_line(source("weir.csv"), Alarm("acid_drainage-20241004T0000Z", _SEEN_S, finding), came_s)
    )
    assert line["late"] is (late_h is not None)
    assert line.get("late_s") == (late_h and late_h * _HOUR_S)
    assert (" late" in line["title"]) is line["late"]


def test_a_block_was_known_when_the_last_late_value_of_its_day_and_the_day_before_had_come() -> None:
    arrivals = Arrivals()
    arrivals.take(_SEEN_S - _HOUR_S, _SEEN_S + 7 * _HOUR_S)
    arrivals.take(_SEEN_S - 2 * _HOUR_S, _SEEN_S + 3 * _HOUR_S)
    assert arrivals.came_s(_SEEN_S) == _SEEN_S + 7 * _HOUR_S
    assert arrivals.came_s(_SEEN_S + 9 * _HOUR_S) == _SEEN_S + 9 * _HOUR_S
    assert arrivals.came_s(_SEEN_S + _DAY_S) == _SEEN_S + _DAY_S
