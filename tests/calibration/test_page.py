"""The page about calibration: its example is a record, and its sum by hand is the station's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent.acquire.calibration.due import NEVER, USUAL_DAYS
from agent.acquire.calibration.law import calibrated
from agent.acquire.calibration.record import CalibrationRecord, from_text
from agent.model import Input
from drivers.contract import ChannelSpec

if TYPE_CHECKING:
    from types import SimpleNamespace

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
EXAMPLE = PAGE[PAGE.index("## A record, years later") :]
BLOCKS = dict(reversed(re.findall(r"^```(json|python|text)\n(.*?)^```", EXAMPLE, re.MULTILINE | re.DOTALL)))


def test_the_example_is_a_record_and_its_fields_are_those_of_the_code() -> None:
    record = from_text(BLOCKS["json"].encode())
    assert record.expires == "2026-12-20T10:15:00Z"
    table = PAGE[PAGE.index("| field | meaning |") :]
    unnamed = set(CalibrationRecord._fields) - {"id", "sensor", "quantity", "by", "notes"}
    assert [field for field in sorted(unnamed) if f"`{field}`" not in table] == []


def test_the_sum_by_hand_is_what_the_station_says(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(BLOCKS["json"], encoding="utf-8")
    command = [sys.executable, "-c", BLOCKS["python"]]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, timeout=60)
    assert said.stdout == BLOCKS["text"]
    record = from_text(BLOCKS["json"].encode())
    table: SimpleNamespace | None = None
    station = calibrated(record, table, ChannelSpec("ph", "mV", -1000.0, 1000.0))
    assert f"pH {station.convert(120.0, {'temperature': Input(15.0, 0.0)}).value}\n" in said.stdout


def test_the_days_on_the_page_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (\d+) \|", PAGE, re.MULTILINE)
    told = {name: float(days) for names, days in rows for name in re.findall(r"`(\w+)`", names)}
    assert told == {name: days for name, days in USUAL_DAYS.items() if days != NEVER}
