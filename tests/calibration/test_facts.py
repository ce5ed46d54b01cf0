"""What a guided procedure is told of a channel."""

from __future__ import annotations

from typing import Any

from agent.config.schema import Config
from agent.guided.facts import facts, subjects
from tests.acquire.rig import HandClock


def known(**keys: Any) -> Any:
    """The facts of an EZO circuit with these keys."""
    ezo = {"id": "ph-8", "bus": "i2c", "model": "ezo-ph", "period_s": 60.0, **keys}
    probe = {"id": "ph-3", "bus": "i2c", "model": "ezo-rtd", "period_s": 60.0}
    bus = {"id": "i2c", "kind": "i2c", "adapter": "unix:/run/none.sock"}
    station = {"site": "north-dump", "id": "st-01"}
    config = Config.model_validate({"station": station, "bus": [bus], "sensor": [ezo, probe]})
    return facts(subjects(config.sensor[0])["ph"], None, HandClock().now(), ())


def test_the_thermometer_that_the_instrument_is_told_of_corrects_it_too() -> None:
    assert known(temperature="ph-3/temperature").temperature == "ph-3/temperature"
    assert known().temperature == ""
