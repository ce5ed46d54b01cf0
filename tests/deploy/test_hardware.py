"""What is wired, what is drawn and what is configured are the same station."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent.config.schema import Config

ROOT = Path(__file__).parents[2]
README = (ROOT / "hardware" / "README.md").read_text(encoding="utf-8")
CONFIG = Config.model_validate(tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8")))
# What a screwdriver decides. Everything else in the file is a matter of taste.
WIRED_BUS = ("kind", "adapter", "baud", "parity", "stop_bits")
WIRED_SENSOR = ("model", "bus", "unit", "address", "input", "gain")
WIRED_CONVERSION = ("shunt_ohm", "ratio")


def configured() -> dict[str, dict[str, Any]]:
    """The wired settings of the example with its defaults: id -> key -> value."""
    found: dict[str, dict[str, Any]] = {}
    for bus in CONFIG.bus:
        keys = bus.model_dump()
        found[bus.id] = {key: keys[key] for key in WIRED_BUS if key in keys}
    for sensor in CONFIG.sensor:
        keys = sensor.model_dump()
        own = {key: keys[key] for key in WIRED_SENSOR if keys.get(key) is not None}
        for conversion in keys["convert"].values():
            own.update({key: conversion[key] for key in WIRED_CONVERSION if key in conversion})
        found[sensor.id] = own
    return found


def section(title: str) -> str:
    """The text under a heading of the second level."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def tabled() -> dict[str, dict[str, Any]]:
    """The last column of the terminal table: `id`: `key = value`, `key = value`."""
    found: dict[str, dict[str, Any]] = {}
    for line in section("Terminals").splitlines():
        if line.startswith("|") and (spans := re.findall(r"`([^`]+)`", line.rsplit("|", 2)[1])):
            name, *settings = spans
            assert name not in found, f"{name} stands twice in the table"
            found[name] = tomllib.loads("\n".join(settings))
    return found


def drawing_source() -> list[str]:
    """Every line of text that wiring.dot puts on the drawing."""
    source = (ROOT / "hardware" / "wiring.dot").read_text(encoding="utf-8")
    source = re.sub(r"(?m)^\s*//.*$", "", source)
    labels = re.findall(r'\blabel="([^"]*)"', source)
    pieces = (piece for label in labels for piece in re.split(r"\\n|\|", label))
    return [re.sub(r"^<\w+> *", "", piece).strip() for piece in pieces]


def drawn() -> list[str]:
    """Every line of text on the drawing itself."""
    tree = ET.parse(ROOT / "hardware" / "wiring.svg")
    return [
        "".join(text.itertext()).replace("\xa0", " ").strip()
        for text in tree.iter("{http://www.w3.org/2000/svg}text")
    ]


@pytest.mark.parametrize("name", sorted(configured()))
def test_everything_configured_has_its_terminal(name: str) -> None:
    """Model, bus, unit or address and input, gain, shunt and ratio, each the same in both."""
    assert tabled().get(name) == configured()[name]


def test_no_terminal_leads_to_something_unknown() -> None:
    assert set(tabled()) == set(configured())


def test_the_drawing_is_made_from_its_source() -> None:
    """Draw again after a change: dot -Tsvg hardware/wiring.dot -o hardware/wiring.svg."""
    assert Counter(drawn()) == Counter(drawing_source())


def test_every_bus_and_sensor_is_on_the_drawing() -> None:
    text = " ".join(drawn())
    missing = [name for name in configured() if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
    assert missing == []


def test_units_stand_below_their_sensor_on_the_drawing() -> None:
    """Sensor, type, unit: three lines of one box; and no unit that nobody configured."""
    lines = drawing_source()
    units = {lines[n - 2]: int(line.split()[1]) for n, line in enumerate(lines) if line.startswith("unit ")}
    assert units == {name: keys["unit"] for name, keys in configured().items() if "unit" in keys}


def test_analog_values_on_the_drawing_are_those_of_the_configuration() -> None:
    text = "\n".join(drawn())
    analog = {name: keys for name, keys in configured().items() if "input" in keys}
    assert {f"{keys['address']:#x}" for keys in analog.values()} == set(re.findall(r"address (0x\w+)", text))
    shunt = re.search(r"R1 (\d+) ohm", text)
    divider = re.search(r"R5 (\d+) kohm over R6 (\d+) kohm", text)
    assert shunt is not None
    assert divider is not None
    assert float(shunt[1]) == analog["level-1"]["shunt_ohm"]
    top, bottom = float(divider[1]), float(divider[2])
    assert analog["battery"]["ratio"] == pytest.approx(bottom / (top + bottom), rel=1e-4)


def test_the_power_budget_adds_up() -> None:
    """Watts and watt-hours of the loads, their sums, the loss of the converters, panel and battery."""
    rows = [
        [cell.strip(" *") for cell in line.strip("|").split("|")]
        for line in section("Power").splitlines()
        if line.startswith("|") and re.search(r"\d", line)
    ]
    watts = {name: (float(watt.split()[0]), float(hours)) for name, watt, hours in rows}
    total, lossy = watts.pop("sum"), watts.pop("with 15 % lost in converters")
    for watt, hours in [*watts.values(), total, lossy]:
        assert hours == pytest.approx(watt * 24, abs=0.13)
    assert total[0] == pytest.approx(sum(watt for watt, _ in watts.values()), abs=0.006)
    assert total[1] == pytest.approx(sum(hours for _, hours in watts.values()), abs=0.06)
    assert lossy[0] == pytest.approx(total[0] / 0.85, abs=0.01)
    assert lossy[1] / (3 * 0.65) == pytest.approx(30, abs=0.5)
    assert lossy[1] * 5 / (12.8 * 0.8) == pytest.approx(28, abs=0.5)


@pytest.mark.parametrize("danger", ["Mains", "Lightning", "Confined space", "Chemicals", "Unstable ground"])
def test_the_reader_is_warned_before_the_first_tool(danger: str) -> None:
    assert f"- **{danger}.**" in section("Safety first")
    assert README.index("## Safety first") < README.index("## Bill of materials")


def test_every_reference_of_the_drawing_is_in_the_bill_of_materials() -> None:
    part = re.compile(r"\b(?:SPD|PS|PV|CC|BT|[RCDUFW])\d+\b")
    assert set(part.findall(" ".join(drawn()))) <= set(part.findall(section("Bill of materials")))
