"""The map from faults to what holds them is true."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.faults.scenes import all_scenes

ROOT = Path(__file__).parents[2]
MATRIX: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("matrix.toml").read_text(encoding="utf-8")
)


def functions(path: Path) -> set[str]:
    """The names of a module's test functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_its_line() -> None:
    assert list(MATRIX) == [f"F{n}" for n in range(1, 48)]


@pytest.mark.parametrize("fault", MATRIX)
def test_what_holds_a_fault_exists(fault: str) -> None:
    line = MATRIX[fault]
    assert line.keys() <= {"fault", "tests", "scripts", "open"}
    assert line.get("tests") or line.get("scripts") or line.get("open"), (
        "nothing holds it and nobody says why"
    )
    for test in line.get("tests", []):
        file, _, name = test.partition("::")
        assert name in functions(ROOT / file), test
    for script in line.get("scripts", []):
        assert (ROOT / script.split()[0]).is_file(), script


def test_every_scene_is_in_the_map() -> None:
    for scene in all_scenes():
        assert f"scripts/faults --only {scene.fault}" in MATRIX[scene.fault]["scripts"]
