"""The example is complete, right, and tells the truth about defaults; the JSON Schema is the code's own."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.config.json_schema import json_schema
from agent.config.load import load
from agent.config.patterns import IN_WORDS
from agent.config.schema import SensorBase
from agent.config.shape import Shape, expectation, variants
from agent.quantity import QUANTITIES

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"
SCHEMA = json_schema()
COMMENTED = re.compile(r"^# ((?:[a-z_0-9.]+ = |\[).*)$", re.MULTILINE)


def uncommented() -> str:
    """The example with every commented setting switched on."""
    return COMMENTED.sub(r"\1", EXAMPLE.read_text(encoding="utf-8"))


def tables_of(document: Any, node: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every table of a document beside the schema of its kind."""
    shape, found, todo = Shape(SCHEMA), [], [(document, node)]
    while todo:
        value, node = todo.pop()
        node = shape._resolved(node)
        if tags := variants(node):
            node = shape._resolved(tags[value[node["discriminator"]["propertyName"]]])
        if isinstance(value, list) and "items" in node:
            todo += [(item, node["items"]) for item in value]
        elif isinstance(value, dict):
            found += [(value, node)] if "properties" in node else []
            inner = node.get("properties", {})
            todo += [(child, inner.get(key) or node["additionalProperties"]) for key, child in value.items()]
    return found


def test_the_example_loads_as_it_stands_and_with_everything_switched_on(tmp_path: Path) -> None:
    assert len(load(EXAMPLE).sensor) == 8
    (tmp_path / "all.toml").write_text(uncommented(), encoding="utf-8")
    assert len(load(tmp_path / "all.toml").publish) == 3


def test_every_key_of_the_schema_is_in_the_example() -> None:
    """For each kind of table separately; what every sensor may say is shown once for all of them."""
    used: set[tuple[str, str]] = set()
    for table, node in tables_of(tomllib.loads(uncommented()), SCHEMA):
        used |= {(_kind(node, key), key) for key in table}
    nodes = [SCHEMA, *SCHEMA["definitions"].values()]
    assert {(_kind(node, key), key) for node in nodes for key in node["properties"]} - used == set()


def _kind(node: dict[str, Any], key: str) -> str:
    common = "period_s" in node["properties"] and key in SensorBase.model_fields
    return "every sensor" if common else str(node["description"])


def test_a_commented_setting_shows_its_default() -> None:
    """Switching on what is commented out changes nothing, where the schema has a default."""
    live = tables_of(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")), SCHEMA)
    names = {str((node["description"], table.get("id"), table.get("kind"))): table for table, node in live}
    for table, node in tables_of(tomllib.loads(uncommented()), SCHEMA):
        before = names.get(str((node["description"], table.get("id"), table.get("kind"))))
        if before is None or "default" not in str(node):
            continue
        for key in table.keys() - before.keys():
            default = node["properties"][key].get("default")
            assert default in (None, table[key]), key


def test_the_first_line_leads_an_editor_to_the_schema() -> None:
    first = EXAMPLE.read_text(encoding="utf-8").split("\n", 1)[0]
    assert first == "#:schema ./config.schema.json"
    assert (EXAMPLE.parent / "config.schema.json").is_file()


def test_the_committed_schema_is_what_the_code_says() -> None:
    """It lists every model and every key, so a new profile changes it."""
    command = [sys.executable, "-m", "agent.config.json_schema"]
    said = subprocess.run(command, capture_output=True, timeout=60, check=True, cwd=ROOT).stdout
    is_current = (ROOT / "config.schema.json").read_bytes() == said
    assert is_current, "run: python -m agent.config.json_schema > config.schema.json"


def test_the_example_obeys_the_json_schema_and_a_wrong_file_does_not() -> None:
    validator = jsonschema.Draft7Validator(SCHEMA)
    validator.check_schema(SCHEMA)
    document = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    validator.validate(document)
    document["sensor"][0]["perod_s"] = 1
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)


def properties() -> list[tuple[str, str, dict[str, Any], bool]]:
    """Every key of every table: its table, name, schema, and whether it is required."""
    return [
        (name, key, child, key in node.get("required", ()))
        for name, node in SCHEMA["definitions"].items()
        for key, child in node["properties"].items()
    ]


@pytest.mark.parametrize(("table", "key", "node", "required"), properties())
def test_every_key_can_be_talked_about(table: str, key: str, node: dict[str, Any], required: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """It has words for what must stand there, and a line to add when it is missing."""
    assert "description" in node or "enum" in node or "const" in node
    resolved = Shape({"definitions": SCHEMA["definitions"], "properties": {key: node}}).follow((key,))[1]
    if not variants(resolved) and "const" not in resolved:
        assert expectation(key, resolved)
    if required:
        line = Shape(SCHEMA).example(key, node)
        assert key in tomllib.loads(line)
        assert "..." not in line


def test_every_pattern_of_the_schema_has_words_and_no_other() -> None:
    used = {child["pattern"] for child in _nodes(SCHEMA) if isinstance(child.get("pattern"), str)}
    assert used == set(IN_WORDS)


def _nodes(node: Any) -> list[dict[str, Any]]:
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    own = [node] if isinstance(node, dict) else []
    return own + [deep for child in below for deep in _nodes(child)]


def test_the_example_measures_only_what_the_station_knows() -> None:
    for sensor in load(EXAMPLE).sensor:
        assert set(sensor.convert) | set(sensor.expect) <= set(QUANTITIES)
