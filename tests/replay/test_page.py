"""The page on replay shows what is written and printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from agent.model import Severity
from agent.replay.calm import Rate
from agent.replay.columns import COLUMNS
from agent.replay.lines import FLAGS_HEAD, event_line, source
from agent.replay.rates import rate_lines
from agent.replay.whatif import compare, lines
from agent.watch.contract import Finding, Hazard, Phase
from agent.watch.vigil import Alarm
from agent.watch.water.acid import Acid

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


def test_the_example_has_the_headings_and_the_rules_of_today() -> None:
    shown = _PAGE.split("```text\n", 1)[1].split("```", 1)[0].splitlines()
    counted = [row.split()[0] for row in shown if re.match(r"  \w+ +\d+\.\d\d  ", row)]
    assert counted == [*Acid().shares] * 2  # a river has no piezometer
    for title in ("as it is", "what if"):
        headings = rate_lines([Rate("acid_water", 1.0, (0, 0, 0), 0)], title)[:2]
        at = shown.index(headings[0])
        assert shown[at : at + 2] == headings
    told = lines(compare([_ALARM], [_ALARM]))
    assert [row in shown for row in told] == [True, False, True, False]
