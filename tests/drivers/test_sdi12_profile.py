"""SDI-12 profiles and settings: those that ship are sound, and one that is not says where and why."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from agent.config.plain import plain
from agent.config.schema import AnySensor
from agent.quantity import QUANTITIES
from drivers import sdi12
from drivers.registry import MODELS, SDI12
from drivers.sdi12.profile import FOLDER, GENERIC, NAMED_BY_SENSOR, _at_input, build, for_sensor, load
from drivers.sdi12.profile_schema import ProfileError, check
from tests.drivers.kits_sdi12 import ADDRESS, KEYS

SHIPPED = sorted(path.stem for path in FOLDER.glob("*.toml"))
README = (Path(sdi12.__path__[0]) / "README.md").read_text(encoding="utf-8")

HEAD = 'title = "T"\nmanufacturer = "M"\nsource = "S"\ntrust = "manual"\ncommand = "C"\n'
CHANNEL = '[[channel]]\nquantity = "ph"\nvalue = 1\nunit = "pH"\nlow = 0.0\nhigh = 14.0\n'


def settings(model: str, **keys: Any) -> Any:
    return MODELS[model].settings()(**{"address": ADDRESS, **KEYS.get(model, {}), **keys})


def problems(text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        check(text, "profiles/mine.toml")
    assert all(line.startswith("profiles/mine.toml: ") for line in str(caught.value).splitlines())
    return str(caught.value)


def test_every_profile_is_a_model_and_so_is_the_generic_one() -> None:
    models = {model for model, entry in MODELS.items() if entry.module == SDI12.module}
    assert models == {*SHIPPED, GENERIC}
    assert len(SHIPPED) == 5


@pytest.mark.parametrize("model", SHIPPED)
def test_every_shipped_profile_is_sound_and_cites_its_source(model: str) -> None:
    check((FOLDER / f"{model}.toml").read_text(encoding="utf-8"), model)
    assert {each["quantity"] for each in load(model)["channel"]} - {NAMED_BY_SENSOR} <= QUANTITIES.keys()


@pytest.mark.parametrize("model", [*SHIPPED, GENERIC])
def test_the_running_station_sees_the_same_channels_as_the_check(model: str) -> None:
    """It holds plain data instead of the models that checked the file."""
    checked = settings(model)
    assert for_sensor(model, plain(checked)) == for_sensor(model, checked)


def test_an_input_chooses_command_and_values() -> None:
    for n in (1, 2):
        assert for_sensor("avw200", settings("avw200", input=n)).command == f"M{n}"
    for n in range(8):
        profile = for_sensor("vibwire-108", settings("vibwire-108", input=n))
        assert profile.command == "C"
        assert [each.value for each in profile.places] == [1 + n, 9 + n]
        assert profile.title.endswith(f"input {n}")
        assert profile.fewest_values == 9 + n


def test_inputs_are_counted_from_the_first() -> None:
    """Also where that is 1."""
    channel = tomllib.loads(CHANNEL + "per_input = 2\n")["channel"][0]
    for n, value in ((1, 1), (2, 3), (3, 5)):
        assert _at_input(channel, SimpleNamespace(input=n), first_input=1)["value"] == value


def test_a_gauge_measures_what_its_sensor_says() -> None:
    for quantity in ("pore_pressure", "displacement"):
        assert for_sensor("avw200", settings("avw200", quantity=quantity)).channels[0].quantity == quantity


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD, "channel: Field required"),
        ("channel = []\n" + HEAD, "there is no [[channel]]"),
        (HEAD + CHANNEL + CHANNEL, "ph is there twice"),
        (HEAD.replace('"C"', '"D0"') + CHANNEL, "'D0' is no measurement command"),
        (HEAD.replace('"C"', '"M{input}"') + CHANNEL, "speaks of an input, but has no `inputs`"),
        (HEAD + CHANNEL + "per_input = 1\n", "speaks of an input, but has no `inputs`"),
        (HEAD + CHANNEL.replace("value = 1", "value = 0"), "channel.1.value: Input should be greater"),
        (
            HEAD + CHANNEL.replace("low = 0.0", "low = 20.0"),
            "channel.1: Value error, low 20 is not below high 14",
        ),
        (HEAD + CHANNEL.replace("low = 0.0", "low = nan"), "channel.1.low: Input should be a finite number"),
        (HEAD.replace("manual", "gossip") + CHANNEL, "trust: Input should be 'hardware', 'manual' or"),
        (HEAD + CHANNEL + "colour = 1\n", "channel.1.colour: Extra inputs are not permitted"),
        ("title = \n", "not valid TOML: Invalid value (at line 1, column 9)"),
    ],
)
def test_a_profile_that_is_wrong_says_where_and_why(text: str, said: str) -> None:
    assert said in problems(text)


def test_all_problems_come_at_once() -> None:
    text = HEAD.replace("manual", "gossip") + CHANNEL.replace("value = 1", "value = 0") + "colour = 1\n"
    assert len(problems(text).splitlines()) == 3


def test_an_optional_key_of_a_profile_is_heard() -> None:
    (place,) = build("T", "C", tomllib.loads(CHANNEL + "invalid = [-9999]\n")["channel"]).places
    assert place.invalid == (-9999.0,)
    (place,) = build("T", "C", tomllib.loads(CHANNEL)["channel"]).places
    assert place.invalid == ()


@pytest.mark.parametrize(
    ("model", "keys"),
    [
        ("teros-12", {"address": "10"}),
        ("teros-12", {"address": "-"}),
        ("teros-12", {"address": ""}),
        ("teros-12", {"retries": 6}),
        ("teros-12", {"response_timeout_s": 0}),
        ("avw200", {"input": 0}),
        ("avw200", {"input": 3}),
        ("vibwire-108", {"input": 8}),
        ("vibwire-108", {"input": -1}),
        (GENERIC, {"command": "M0"}),
        (GENERIC, {"channel": []}),
        (GENERIC, {"channel": 2 * KEYS[GENERIC]["channel"]}),
    ],
)
def test_settings_that_cannot_work_are_refused(model: str, keys: dict[str, Any]) -> None:
    settings(model)
    with pytest.raises(ValidationError):
        settings(model, **keys)


def test_the_readme_lists_every_model_with_its_command() -> None:
    listed = dict(re.findall(r"(?m)^\| `([\w-]+)` \| .* \| ([\w, ]+) \|$", README))
    assert set(listed) == {*SHIPPED, GENERIC}
    for model in SHIPPED:
        assert listed[model].split(",")[0] == load(model)["command"].replace("{input}", "1")


def test_the_sensor_in_the_readme_works() -> None:
    blocks = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", README, re.DOTALL)]
    (sensor,) = [table for block in blocks for table in block.get("sensor", [])]
    checked: Any = TypeAdapter(AnySensor).validate_python(sensor)
    assert for_sensor(GENERIC, checked).channels[0].quantity == "rainfall"
