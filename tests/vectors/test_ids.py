"""Every published vector has a test under its id, and a line on the page that says where it comes from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IDS = (Path(__file__).parent / "ids.txt").read_text(encoding="utf-8").split()
ID = re.compile(r"\bV-[A-Z]+-[A-Z]?[0-9]+\b")


def named_in_tests() -> set[str]:
    """Every id that a test names, in its parameters or its docstring."""
    files = (ROOT / "tests").rglob("test_*.py")
    return {found for path in files for found in ID.findall(path.read_text(encoding="utf-8"))}


NAMED = named_in_tests()


def test_the_list_is_a_list_of_ids_without_doubles() -> None:
    assert len(IDS) == len(set(IDS)) == 93
    assert all(ID.fullmatch(each) for each in IDS)


@pytest.mark.parametrize("vector", IDS)
def test_every_vector_is_tested_under_its_id(vector: str) -> None:
    assert vector in NAMED


def test_no_test_names_a_vector_that_does_not_exist() -> None:
    assert set(IDS) >= NAMED


def test_the_page_gives_the_source_of_every_vector() -> None:
    page = (ROOT / "docs" / "vectors.md").read_text(encoding="utf-8")
    rows = [ID.findall(line) for line in page.splitlines() if line.startswith("| V-")]
    assert sorted(found for row in rows for found in row) == sorted(IDS)
