"""The loss contract promises nothing without a test: each sentence names one, and what is named exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from agent.journal.journal import RING_RECORDS
from agent.publish.receipts import PATIENCE_S

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "loss-contract.md").read_text(encoding="utf-8")
PROMISES, _, REST = PAGE.partition("\n## What no test holds\n")
LIST = REST.partition("\n## The tests\n")[2]
MARK = re.compile(r"\[([a-z0-9-]+)\](?!\()")
LONGEST_PAGE = 120


def statements() -> list[str]:
    """Every sentence, and every row of the table, before the section of what no test holds."""
    found: list[str] = []
    for block in re.split(r"\n\n+", PROMISES.strip()):
        if block.startswith("#"):
            continue
        lines = block.split("\n")
        if block.startswith("|"):
            found += lines[2:]
        else:
            found += re.split(r"(?<=[.?!])\s+", " ".join(lines))
    return found


def named() -> dict[str, tuple[str, str]]:
    """By mark: the file, and the test in it; a script has no test."""
    found: dict[str, tuple[str, str]] = {}
    file = ""
    for path, mark, name in re.findall(r"`(tests/[^`]+)`:|\[([a-z0-9-]+)\] `([^`]+)`", LIST):
        file = path or file
        if mark:
            assert mark not in found, f"[{mark}] stands for two tests"
            found[mark] = (name.split()[0], "") if name.startswith("scripts/") else (file, name)
    return found


def defined(file: Path) -> set[str]:
    """The tests of a module, by name."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return functions | {target.id for target in targets if isinstance(target, ast.Name)}


def test_every_sentence_names_what_holds_it() -> None:
    assert len(statements()) > 50, "the page is not read as it is written"
    assert [each for each in statements() if not MARK.search(each)] == []


def test_every_mark_is_explained_and_every_explanation_used() -> None:
    assert set(MARK.findall(PROMISES)) == set(named())


@pytest.mark.parametrize("mark", named())
def test_what_is_named_exists(mark: str) -> None:
    file, name = named()[mark]
    assert (ROOT / file).is_file()
    if name:
        assert name.startswith(("test_", "Test"))
        assert name in defined(ROOT / file)


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"{RING_RECORDS:,}".replace(",", " ") + " others" in PAGE
    assert PATIENCE_S == 600
    assert "sent again after ten minutes" in PAGE


def test_it_is_one_page() -> None:
    assert len(PAGE.splitlines()) <= LONGEST_PAGE
