"""On the simulated site: what goes wrong is flagged, weather and days are not. Only films are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from agent.acquire.quality.build import panel, settings
from agent.acquire.quality.contract import Sample
from agent.acquire.quality.learned.learned import Learned
from agent.acquire.quality.learned.scene import Scene
from agent.acquire.quality.learned.traits import TRAITS
from agent.model import Flag, Why
from drivers.simulated.physics import Site
from drivers.simulated.scenario import scenario_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.acquire.quality.panel import Panel

START_S = 1_785_000_000.0
PERIOD_S = 600.0


class Probe(NamedTuple):
    """What an instrument sees of the site, and the step of its numbers."""

    instrument: str
    sees: str
    quantity: str
    step: float


PROBES = {
    "ph": Probe("ph-3", "ph", "ph", 0.01),
    "water": Probe("ph-3", "water_temp_c", "temperature", 0.1),
    "turbidity": Probe("turb-4", "turbidity_ntu", "turbidity", 0.1),
    "level": Probe("level-1", "water_level_m", "water_level", 0.0001),
    "soil": Probe("soil-1", "soil_moisture_shallow", "soil_moisture", 0.001),
    "soil ph": Probe("soil-1", "soil_ph", "ph", 0.01),
    "soil ec": Probe("soil-1", "soil_ec_us_cm", "conductivity", 10.0),
    "ground": Probe("piezo-5", "ground_temp_c", "temperature", 0.1),
    "piezo": Probe("piezo-5", "pore_pressure_kpa", "pore_pressure", 0.01),
    "baro": Probe("baro-6", "air_pressure_kpa", "barometric_pressure", 0.01),
    "battery": Probe("battery", "battery_v", "supply_voltage", 0.001),
}


ASKED = {"turbidity": {"fouling": {"rise": 10.0, "for_h": 72.0}}}


def panels() -> Mapping[str, Panel]:
    """As a station makes them."""
    site = Scene()
    scenes = {probe.instrument: Scene(site) for probe in PROBES.values()}
    found = {}
    for name, probe in PROBES.items():
        beside = {each.quantity for each in PROBES.values() if each.instrument == probe.instrument}
        asked = settings(probe.quantity, ASKED.get(probe.quantity, {}), beside - {probe.quantity})
        learned = None
        if "learned" in asked:
            scene, traits = scenes[probe.instrument], TRAITS[probe.quantity]
            learned = Learned(name=name, traits=traits, scene=scene, period_s=PERIOD_S)
        found[name] = panel(asked, PERIOD_S, learned)
    return found


def flagged(scenario: str, days: float) -> dict[tuple[str, Why], float]:
    """By probe and reason: the hour at which it was flagged first."""
    tests, site = panels(), Site(1, scenario_named(scenario), START_S)
    first: dict[tuple[str, Why], float] = {}
    for index in range(round(days * 86_400 / PERIOD_S)):
        passed_s = index * PERIOD_S
        state = site.at(START_S + passed_s)
        for name, probe in PROBES.items():
            value = round(getattr(state, probe.sees) / probe.step) * probe.step
            outcome = tests[name].update(Sample(passed_s, value, START_S + passed_s))
            for verdict in outcome:
                if verdict.flag >= Flag.SUSPECT:
                    first.setdefault((name, verdict.why), passed_s / 3600)
    return first


@pytest.mark.parametrize("scenario", ["calm", "storm"])
def test_days_and_storms_are_not_flagged(scenario: str) -> None:
    assert flagged(scenario, 6) == {}


def test_what_bursts_and_a_film_on_the_window_are_and_acid_that_comes_over_days_is_not() -> None:
    """Bubbles and a burst on the first two days, when it is still learning; a film from hour 120 on."""
    found = flagged("seep", 9)
    assert set(found) == {("turbidity", Why.SPIKE), ("turbidity", Why.FOULING)}
    assert 12 <= found["turbidity", Why.SPIKE] <= 31
    assert 120 + 36 < found["turbidity", Why.FOULING] < 216
