"""The detectors on the simulated site: the demo's alarms come in time, days and storms bring none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.model import Severity
from agent.watch.contract import Hazard, Role, Sample
from agent.watch.plan import Plan
from agent.watch.vigil import Part, Vigil
from drivers.simulated.physics import Site
from drivers.simulated.scenario import SCENARIOS

if TYPE_CHECKING:
    from agent.watch.contract import Finding

HOUR_S, DAY_S, PERIOD_S = 3600.0, 86_400.0, 900.0
KNOWN_D = 10
# At night and by day: what is usual depends on the hour.
STARTS_S = (1_795_000_137.0, 1_795_039_000.0)
PROBES = {
    "ph-3/ph": (Role.PH, "ph"),
    "ec-8/conductivity": (Role.EC, "ec_us_cm"),
    "turb-4/turbidity": (Role.TURBIDITY, "turbidity_ntu"),
    "piezo-5/water_level": (Role.HEAD, "head_m"),
    "baro-6/barometric_pressure": (Role.BARO, "air_pressure_kpa"),
    "soil-1/soil_moisture": (Role.SOIL, "soil_moisture_shallow"),
    "soil-2/soil_moisture": (Role.SOIL, "soil_moisture_deep"),
}


def found(scenario: str, start_s: float, hours: float) -> list[tuple[float, Finding]]:
    """What is told, with the hour after the start of the scenario."""
    site = Site(1, SCENARIOS[scenario], start_s)
    vigil = Vigil(Plan(), {name: Part(role) for name, (role, _) in PROBES.items()})
    told = []
    for slot in range(round((KNOWN_D * DAY_S + hours * HOUR_S) / PERIOD_S)):
        t_s = start_s - KNOWN_D * DAY_S + slot * PERIOD_S
        state = site.at(t_s)
        for name, (_, sees) in PROBES.items():
            value = round(getattr(state, sees), 3)
            alarms = vigil.add(t_s, name, Sample(value))
            told += [((alarm.known_s - start_s) / HOUR_S, alarm.finding) for alarm in alarms]
    return told


@pytest.mark.parametrize("start_s", STARTS_S)
def test_the_demo_brings_amber_and_red_of_both_hazards_within_28_hours(start_s: float) -> None:
    """That is 56 seconds at the speed of the demo; nothing is told before it happens."""
    told = [(hour, each.hazard, each.level) for hour, each in found("demo", start_s, 28) if each.level > 1]
    first = {(hazard, level): hour for hour, hazard, level in reversed(told)}
    assert 2.0 < first[Hazard.ACID, Severity.YELLOW] < 9.0
    assert first[Hazard.ACID, Severity.YELLOW] < first[Hazard.ACID, Severity.RED] < 14.0
    assert 9.0 < first[Hazard.GROUND, Severity.ORANGE] < 17.0
    assert first[Hazard.GROUND, Severity.ORANGE] < first[Hazard.GROUND, Severity.RED] < 28.0


@pytest.mark.parametrize("scenario", ["calm", "storm"])
def test_days_and_storms_bring_none(scenario: str) -> None:
    assert [each for _, each in found(scenario, STARTS_S[0], 48) if each.level >= Severity.YELLOW] == []
