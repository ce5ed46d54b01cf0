"""The birth certificate of a station, as its consumers read it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from agent.acquire.wiring import channels
from agent.config.plain import plain
from agent.config.schema import Config
from agent.model import StationId
from agent.publish.meta import Birth, meta
from agent.quantity import QUANTITIES

EXAMPLE = (Path(__file__).parents[2] / "config.example.toml").read_text(encoding="utf-8")


def certificate(document: dict[str, Any]) -> dict[str, Any]:
    """What a station with this configuration publishes, after its way through JSON."""
    config: Config = plain(Config.model_validate(document))
    published = meta(config, StationId("north-dump", "st-01", "j1"), channels(config))
    found: dict[str, Any] = json.loads(json.dumps(published))
    return found


def reversed_keys(value: Any) -> Any:
    """The same content, written in another order."""
    if isinstance(value, dict):
        return {key: reversed_keys(item) for key, item in reversed(value.items())}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def test_every_channel_is_described() -> None:
    document = tomllib.loads(EXAMPLE)
    found = certificate(document)
    sensors = {sensor["id"]: sensor for sensor in document["sensor"]}
    assert {channel["channel"].split("/")[0] for channel in found["channels"]} == set(sensors)
    for channel in found["channels"]:
        sensor = sensors[channel["channel"].split("/")[0]]
        assert channel["model"] == sensor["model"]
        assert channel["cf"] == (QUANTITIES[channel["quantity"]].cf or None)
        assert channel["expect"] == sensor.get("expect", {}).get(channel["quantity"])


def test_the_fingerprint_of_a_configuration_is_that_of_its_meaning() -> None:
    """The order of keys is no difference; one number deep inside is."""
    document = tomllib.loads(EXAMPLE)
    first = certificate(document)["config"]
    assert certificate(reversed_keys(document))["config"] == first
    document["sensor"][-1]["period_s"] = 61.5
    assert certificate(document)["config"] != first


def test_the_fingerprint_does_not_depend_on_where_the_configuration_was_checked() -> None:
    """`run` holds plain data and `demo` models: the same file is the same configuration."""
    document = tomllib.loads(EXAMPLE)
    model = Config.model_validate(document)
    here = meta(model, StationId("north-dump", "st-01", "j1"), channels(model))
    assert json.loads(json.dumps(here)) == certificate(document)


def test_a_channel_says_by_which_calibration_and_a_change_makes_another_certificate() -> None:
    config: Config = plain(Config.model_validate(tomllib.loads(EXAMPLE)))
    calibrations: list[dict[str, dict[str, object]]] = [{}]
    birth = Birth(config, StationId("north-dump", "st-01", "j1"), channels(config), lambda: calibrations[-1])
    before = birth()
    assert birth() is before
    calibrations.append({"ph-3/ph": {"calibration": "a", "due": "2026-12-20T00:00:00Z"}})
    for certificate_, known in ((before, None), (birth(), calibrations[-1]["ph-3/ph"])):
        told: Any = certificate_["channels"]
        assert {each["channel"]: each["calibration"] for each in told}["ph-3/ph"] == known
