"""The page about quality control tells the truth: every reason, every key, every number."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from agent.acquire.quality.learned.traits import TRAITS
from agent.acquire.quality.standard import STANDARD
from agent.config.load import load
from agent.config.schema_quality import Quality
from agent.model import Why

PAGE = (Path(__file__).parents[2] / "docs" / "quality.md").read_text(encoding="utf-8")
TOML = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
REASON = re.compile(r"^\| (\d+) \| `(\w+)` \| [1349] \| [^|]+ \| [^|]+ \|$", re.MULTILINE)
STANDARD_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| `([^`]+)` \| [^|]+ \|$", re.MULTILINE)
HEAD = """
[station]
site = "s"
id = "t"
[[bus]]
id = "rs485-0"
kind = "serial"
port = "/dev/ttyUSB0"
"""


def sensor(number: int, quantity: str, unit: str) -> str:
    """An instrument of one quantity."""
    name = {"ph": "ph", "conductivity": "ec", "turbidity": "turb"}[quantity]
    return (
        f'[[sensor]]\nid = "{name}-{number}"\nmodel = "generic"\nbus = "rs485-0"\nunit = {number}\n'
        "read = [{ register = 0, count = 1 }]\n"
        f'channel = [{{ quantity = "{quantity}", unit = "{unit}", register = 0, type = "u16", low = 0.0,'
        " high = 14.0 }]\n"
    )


def test_every_reason_is_explained_at_its_bit_and_no_other() -> None:
    explained = {word: 1 << int(bit) for bit, word in REASON.findall(PAGE)}
    assert explained == {str(why.name).lower(): why.value for why in Why if why}


def test_every_standard_is_on_the_page_with_its_numbers() -> None:
    told: dict[str, dict[str, Any]] = {}
    for quantity, test, settings in STANDARD_ROW.findall(PAGE):
        told.setdefault(quantity, {})[test] = tomllib.loads(f"table = {{ {settings} }}")["table"]
    assert told == {quantity: dict(tables) for quantity, tables in STANDARD.items()}


def test_the_page_names_the_quantities_that_are_learned() -> None:
    (row,) = (line for line in PAGE.splitlines() if line.startswith("| learned |"))
    assert set(re.findall(r"`(\w+)`", row.rpartition("|")[0].rpartition("|")[2])) == set(TRAITS)


def test_every_key_of_a_quality_table_has_its_example_and_the_examples_load(tmp_path: Path) -> None:
    ph, turbidity = (block for block in TOML if "[sensor.quality." in block)
    probes = [sensor(4, "ph", "pH"), sensor(3, "conductivity", "uS/cm")]
    text = HEAD + "".join([*probes, sensor(5, "ph", "pH"), ph, sensor(6, "turbidity", "FNU"), turbidity])
    (tmp_path / "quality.toml").write_text(text, encoding="utf-8")
    assert len(load(tmp_path / "quality.toml").sensor) == 4
    shown = set(re.findall(r"^(\w+) = ", ph + turbidity, re.MULTILINE))
    assert shown == set(Quality.model_fields)


def test_the_lines_to_paste_are_valid() -> None:
    pasted = [tomllib.loads(block)["sensor"]["quality"] for block in TOML if "[sensor.quality]" in block]
    for table in [each for tables in pasted for each in tables.values()]:
        Quality.model_validate(table)
    assert {quantity for tables in pasted for quantity in tables} <= set(STANDARD)
