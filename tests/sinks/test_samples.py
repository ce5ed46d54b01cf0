"""What stands beside the sinks is true: samples are valid and show every key, READMEs name every reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import agent.publish
from agent.config.schema import InfluxSink, MqttSink
from agent.model import Why

_ROOM = Path(agent.publish.__file__).parent


@pytest.mark.parametrize(("folder", "kind"), [("mqtt", MqttSink), ("influx", InfluxSink)])
def test_a_sample_is_valid(folder: str, kind: type[MqttSink | InfluxSink]) -> None:
    (sink,) = tomllib.loads((_ROOM / folder / "sample.toml").read_text())["publish"]
    kind.model_validate(sink)


@pytest.mark.parametrize(("folder", "kind"), [("mqtt", MqttSink), ("influx", InfluxSink)])
def test_a_sample_shows_every_key(folder: str, kind: type[MqttSink | InfluxSink]) -> None:
    text = (_ROOM / folder / "sample.toml").read_text()
    explained = {"port", "username", "password_from"}  # in the comments of other keys
    assert {key for key in kind.model_fields if key not in text} <= explained


@pytest.mark.parametrize("why", [why for why in Why if why])
def test_every_reason_is_in_the_readme_of_the_mqtt_sink(why: Why) -> None:
    page = (_ROOM / "mqtt/README.md").read_text(encoding="utf-8")
    assert f"| {int(why)} | `{str(why.name).lower()}`" in page
