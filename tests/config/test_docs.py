"""The page about configuration tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

from tests.config import test_check_companions, test_checks, test_load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
CODE = re.compile(r"SG-C\d{3}")


def test_every_code_is_explained_and_no_other() -> None:
    sources = [*(ROOT / "agent" / "config").glob("*.py"), ROOT / "agent" / "cli" / "check.py"]
    used = {code for source in sources for code in CODE.findall(source.read_text(encoding="utf-8"))}
    assert set(CODE.findall(PAGE)) == used


def test_every_code_of_a_mistake_in_the_file_has_a_case() -> None:
    """Codes up to SG-C002 and from SG-C050 have tests of their own: they are about files, not about text."""
    explained = {code for code in CODE.findall(PAGE) if "SG-C002" < code < "SG-C050"}
    tested = {case[2] for case in test_load.CASES.values()}
    for cases in (test_checks.CASES, test_check_companions.CASES):
        tested |= {case[1] for case in cases.values()}
    assert explained == tested
