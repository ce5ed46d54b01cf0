"""What stands beside a driver for people is true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import TypeAdapter

import drivers
from agent.config.schema import AnySensor
from drivers.modbus.profile import FOLDER, load
from drivers.modbus.profile_schema import parse
from drivers.registry import MODELS

HOME = Path(drivers.__file__).parent
FOLDERS = [HOME / entry.module.removeprefix("drivers.") for entry in dict.fromkeys(MODELS.values())]
MODBUS_README = (HOME / "modbus" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_driver_comes_with_a_page_and_a_sample_that_works(folder: Path) -> None:
    """The sample is what people copy; commented defaults are tried as well."""
    assert "## Known limits" in (folder / "README.md").read_text(encoding="utf-8")
    sample = (folder / "sample.toml").read_text(encoding="utf-8")
    for text in (sample, re.sub(r"(?m)^# (\w+ = )", r"\1", sample)):
        for sensor in tomllib.loads(text)["sensor"]:
            TypeAdapter(AnySensor).validate_python(sensor)


def test_the_profile_in_the_readme_is_one() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", MODBUS_README, re.DOTALL)
    assert [each.quantity for each in parse(block, "README.md").channels] == ["temperature", "ph"]


def test_the_readme_lists_every_profile_with_its_factory_setting() -> None:
    """The profile has the trust and the line; what the instrument measures is for people to say."""
    rows = {
        path.stem: f" | {tomllib.loads(path.read_text(encoding='utf-8'))['trust']} | "
        f"{load(path.stem).line or 'not known'} |"
        for path in FOLDER.glob("*.toml")
    }
    listed = dict(
        re.findall(r"(?m)^\| `([\w-]+)` \| .*( \| \w+ \| (?:\d+ 8\w\d|not known) \|)$", MODBUS_README)
    )
    missing = [f"| `{model}` | MEASURES{row}" for model, row in rows.items() if listed.get(model) != row]
    assert not missing, "in the table of drivers/modbus/README.md put:\n" + "\n".join(missing)
    assert listed.keys() == rows.keys(), "drivers/modbus/README.md lists what has no profile"
