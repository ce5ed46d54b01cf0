"""A station is watched at whatever pace it is read: no probe is sick of it, and acid is told in time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from agent.watch.contract import BLOCK_S, DAY, HOUR, Finding, Hazard, Role, Sample
from agent.watch.plan import Plan
from agent.watch.vigil import Part, Vigil
from tests.watch.water_site import FIRST, ONSET, alarms, fallen, hours, quiet, risen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLES = (Role.PH, Role.EC, Role.RAIN)
LENGTH = ONSET + DAY
FALL, RISE = fallen(1.8, 4.0), risen(0.4, 4.0)


def instants(period_s: float, sway_s: float | None, rng: random.Random) -> Iterator[float]:
    """Seconds since the first: the period and its sway to both sides; None: as they come (Poisson)."""
    at_s, number = 0.0, 0
    while at_s < LENGTH * BLOCK_S:
        yield at_s
        number += 1
        if sway_s is None:
            at_s += rng.expovariate(1.0 / period_s)
        else:
            at_s = number * period_s + rng.uniform(-sway_s, sway_s)


def found(period_s: float, sway_s: float | None) -> list[Finding]:
    """Of a stream that turns acid after the onset, from the first reading on the edge of a block."""
    rng, told = random.Random(3), []
    vigil = Vigil(Plan(), {role: Part(role) for role in ROLES})
    for at_s in instants(period_s, sway_s, rng):
        at = at_s / BLOCK_S
        values = {role: quiet(role, at, rng) for role in ROLES}
        if at >= ONSET:
            values[Role.PH] = FALL((at - ONSET) / HOUR, values[Role.PH]) or 0.0
            values[Role.EC] = RISE((at - ONSET) / HOUR, values[Role.EC]) or 0.0
        for role, value in values.items():
            told += vigil.add(FIRST * BLOCK_S + at_s, role, Sample(value))
    return [alarm.finding for alarm in told]


@pytest.mark.parametrize(
    ("period_s", "sway_s", "within_h"),
    [
        (900.0, 20.0, 3.0),
        (1790.0, 0.0, 3.0),
        (1800.0, 2.0, 3.5),
        (3600.0, 30.0, 4.0),
        (900.0, None, 5.0),
        (7200.0, 60.0, 6.5),
        (21600.0, 60.0, 18.5),
    ],
)
def test_a_pace_makes_no_probe_sick_and_acid_is_told(
    period_s: float, sway_s: float | None, within_h: float
) -> None:
    told = found(period_s, sway_s)
    assert [each.mechanism for each in told if each.hazard is Hazard.SENSOR] == []
    first = alarms(told)[0]
    assert first.mechanism == "acid_water"
    assert 0.0 < hours(first) <= within_h
