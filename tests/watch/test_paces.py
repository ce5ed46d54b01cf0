"""A station is watched at whatever pace it is read: no probe is sick of it, and acid is told in time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from agent.model import Flag, Why
from agent.watch.contract import BLOCK_S, DAY, HOUR, Finding, Hazard, Role, Sample
from agent.watch.plan import Plan
from agent.watch.vigil import Part, Vigil
from agent.watch.watch import WINDOW_S
from tests.watch.water_site import FIRST, ONSET, alarms, fallen, hours, quiet, risen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Heard = tuple[float, Role, Sample]
    """Seconds since 1970, what it is, and what it says."""

ROLES = (Role.PH, Role.EC, Role.RAIN)
BEGIN_S, ONSET_S = FIRST * BLOCK_S, ONSET * BLOCK_S
FALL, RISE = fallen(1.8, 4.0), risen(0.4, 4.0)


def instants(period_s: float, sway_s: float | None, rng: random.Random) -> Iterator[float]:
    """Seconds since the first: the period and its sway to both sides; None: as they come (Poisson)."""
    at_s, number = 0.0, 0
    while True:
        yield at_s
        number += 1
        if sway_s is None:
            at_s += rng.expovariate(1.0 / period_s)
        else:
            at_s = number * period_s + rng.uniform(-sway_s, sway_s)


def stream(
    period_s: float, sway_s: float | None, onset_s: float = ONSET_S, lasts_s: float = DAY * BLOCK_S
) -> Iterator[Heard]:
    """One that turns acid after a time, from the first reading on the edge of a block."""
    rng = random.Random(3)
    for at_s in instants(period_s, sway_s, rng):
        if at_s >= onset_s + lasts_s:
            return
        since_h = (at_s - onset_s) / BLOCK_S / HOUR
        for role in ROLES:
            value: float | None = quiet(role, at_s / BLOCK_S, rng)
            if since_h >= 0.0 and value is not None and role is not Role.RAIN:
                value = (FALL if role is Role.PH else RISE)(since_h, value)
            yield BEGIN_S + at_s, role, Sample(value)


def told(heard: Iterable[Heard], vigil: Vigil | None = None) -> list[Finding]:
    """What is told of it."""
    vigil = vigil or Vigil(Plan(), {role: Part(role) for role in ROLES})
    return [alarm.finding for utc_s, role, sample in heard for alarm in vigil.add(utc_s, role, sample)]


def of_probes(found: Iterable[Finding]) -> list[str]:
    return [each.mechanism for each in found if each.hazard is Hazard.SENSOR]


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
    found = told(stream(period_s, sway_s))
    assert of_probes(found) == []
    first = alarms(found)[0]
    assert first.mechanism == "acid_water"
    assert 0.0 < hours(first) <= within_h


def test_one_wild_reading_of_a_slow_probe_calls_nobody() -> None:
    wild_s = BEGIN_S + ONSET_S + DAY * BLOCK_S
    heard = [
        (utc_s, role, sample._replace(value=(sample.value or 0.0) + {Role.PH: -2.5, Role.EC: 300.0}[role]))
        if role is not Role.RAIN and wild_s <= utc_s < wild_s + 6 * 3600.0
        else (utc_s, role, sample)
        for utc_s, role, sample in stream(6 * 3600.0, 0.0, onset_s=ONSET_S + 3 * DAY * BLOCK_S, lasts_s=0.0)
    ]
    assert alarms(told(heard)) == []


@pytest.mark.parametrize("period_s", [3600.0, 3 * 3600.0])
def test_a_slow_probe_that_falls_silent_is_told_once(period_s: float) -> None:
    """By the detectors where nobody knows, and not by them where who asks it has told of it."""
    quiet_days = list(stream(period_s, 30.0, onset_s=20 * DAY * BLOCK_S, lasts_s=0.0))
    end_s = BEGIN_S + 18 * DAY * BLOCK_S
    gone = [each for each in quiet_days if each[1] is not Role.PH or each[0] < end_s]
    (silent,) = told(gone)
    assert silent.mechanism == "unplugged"
    assert 2.0 * period_s <= silent.utc_s - end_s + period_s <= 3.0 * period_s + 2 * 3600.0
    missing = Sample(None, Flag.MISSING, Why.NO_ANSWER)
    known = [
        (utc_s, role, missing if role is Role.PH and utc_s >= end_s else sample)
        for utc_s, role, sample in quiet_days
    ]
    assert told(known) == []


def test_a_restart_between_two_slow_readings_changes_nothing() -> None:
    record = list(stream(3600.0, 30.0, onset_s=50 * DAY * BLOCK_S))
    cut_s = BEGIN_S + 50 * DAY * BLOCK_S + 1.5 * 3600.0
    whole, again = told(record), Vigil(Plan(), {role: Part(role) for role in ROLES})
    told([each for each in record if cut_s - WINDOW_S <= each[0] < cut_s], again)
    after = told([each for each in record if each[0] >= cut_s], again)
    assert alarms(after) == alarms([each for each in whole if each.utc_s >= cut_s])
    assert alarms(after) != []
