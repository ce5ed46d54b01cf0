"""The site without wires says what it says on the wires."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from agent.acquire.wiring import opened
from agent.config.schema import Config
from agent.demo_history import wired
from drivers.contract import Later
from drivers.registry import MODELS
from drivers.simulated.past import Past
from drivers.simulated.scenario import SCENARIOS
from drivers.simulated.site import SimulatedSite, station_toml

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.contract import Reading

START_S = 1_767_225_600.0


def test_each_instrument_says_the_same_with_and_without_its_wire(tmp_path: Path) -> None:
    """Read by the station's own drivers at the first moment, and made for it."""
    config = Config.model_validate(tomllib.loads(station_toml(tmp_path)))
    said: dict[str, tuple[Reading, ...]] = {}
    with SimulatedSite(tmp_path, lambda: START_S):
        for table in config.bus:
            bus = opened(table)
            for sensor in config.sensor:
                if sensor.bus == table.id:
                    answer = MODELS[sensor.model].make(bus, sensor.model, sensor).read()
                    assert not isinstance(answer, Later)
                    said[sensor.id] = answer
            bus.close()
    past = Past(1, SCENARIOS["demo"], START_S, *wired(config.sensor))
    made = dict(past.readings(START_S))
    assert made.keys() == said.keys()
    for id_, readings in said.items():
        assert [each.quantity for each in made[id_]] == [each.quantity for each in readings]
        assert [each.raw for each in made[id_]] == pytest.approx([each.raw for each in readings], rel=1e-9)
