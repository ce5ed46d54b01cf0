"""The page on replay shows what is written and printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.main import main
from agent.model import Severity
from agent.replay.columns import COLUMNS
from agent.replay.lines import FLAGS_HEAD, event_line, source
from agent.watch.contract import Finding, Hazard, Phase
from agent.watch.vigil import Alarm
from benchmarks.detection import cases

if TYPE_CHECKING:
    import pytest

_PAGE = (Path(__file__).parents[2] / "docs/replay.md").read_text(encoding="utf-8")
_FINDING = Finding(0.0, Hazard.ACID, "", Phase.RAISED, Severity.RED, 0.8, {}, "", "", "acid_water")
_ALARM = Alarm("acid_drainage-19700101T0000Z", 0.0, _FINDING)


def _first_cells(heading: str) -> set[str]:
    """Words in backticks in the first column of the table with this heading."""
    rows = _PAGE.split(heading, 1)[1].split("\n\n", 1)[0].splitlines()
    return {
        word for row in rows if row.startswith("| `") for word in re.findall(r"`(\w+)`", row.split("|")[1])
    }


def test_every_key_of_an_event_is_explained_and_no_other() -> None:
    line = json.loads(event_line(source("weir.csv"), _ALARM, 86_400.0))
    assert _first_cells("| key | what |") == {*line}


def test_every_name_of_a_column_is_explained_and_no_other() -> None:
    assert _first_cells("| name | what | to the detectors |") == {*COLUMNS}


def test_the_head_of_the_flags_is_as_written() -> None:
    assert f"`{FLAGS_HEAD.strip()}`" in _PAGE


def test_the_example_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands, shown = _PAGE.split("cases.write_series(", 1)[1].split("```text\n", 1)
    name = commands.split("'", 2)[1]
    words = commands.split("skyground ", 1)[1].splitlines()[0].split()
    cases.write_series(cases.one(Path(), name), tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(words) == 0
    printed = capsys.readouterr().out.splitlines()
    cost = printed.pop()
    assert re.fullmatch(r"\d+ rows in [\d.]+ s, \d+ a second", cost)
    assert printed == shown.split("```", 1)[0].splitlines()
