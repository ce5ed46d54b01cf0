"""What the demo makes in advance is what a station would have left behind."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import structlog

from agent import demo_history
from agent.config.schema import Config
from agent.journal.reader import JournalReader
from agent.model import Flag, Observation
from drivers.simulated.site import station_toml

if TYPE_CHECKING:
    from pathlib import Path

NS = 1_000_000_000
UNTIL_NS = 1_795_000_000 * NS


def made(directory: Path, days: int) -> tuple[int | None, list[Observation]]:
    """The last seq as told, and what stands in the journal."""
    config = Config.model_validate(tomllib.loads(station_toml(directory, period_s=900)))
    head = demo_history.make(config, "calm", 1, UNTIL_NS, days, structlog.get_logger())
    reader = JournalReader(directory / "state" / "journal.db", lambda _seq: None)
    records = [entry.record for entry in reader.read_after(0, 5000)]
    reader.close()
    return head, [each for each in records if isinstance(each, Observation)]


def test_a_day_is_stored_every_quarter_of_an_hour_with_all_that_stands_beside_a_value(tmp_path: Path) -> None:
    head, stored = made(tmp_path, 1)
    ph = [each for each in stored if str(each.channel) == "ph-3/ph"]
    assert head == len(stored) == 96 * 19
    assert [each.at.wall_ns for each in ph] == [UNTIL_NS - n * 900 * NS for n in range(95, -1, -1)]
    assert {each.flag for each in stored} == {Flag.GOOD}
    level = next(each for each in stored if str(each.channel) == "piezo-5/water_level")
    assert level.inputs["barometer"].age_s == 0.0
    assert level.value is not None
    assert 843.0 < level.value < 846.0


def test_what_the_quality_tests_learned_is_left_for_the_station(tmp_path: Path) -> None:
    made(tmp_path, 1)
    body = (tmp_path / "state" / "quality.json").read_text(encoding="utf-8").splitlines()[0]
    assert "ph-3/ph" in json.loads(body)["channels"]


def test_who_stops_it_waits_for_one_commit_at_the_most(tmp_path: Path) -> None:
    config = Config.model_validate(tomllib.loads(station_toml(tmp_path, period_s=900)))
    asked = iter((False, True))
    made = demo_history.make(config, "calm", 1, UNTIL_NS, 60, structlog.get_logger(), lambda: next(asked))
    assert made is None
    reader = JournalReader(tmp_path / "state" / "journal.db", lambda _seq: None)
    assert reader.head() == 193 * 19
    reader.close()


def test_without_days_there_is_no_journal(tmp_path: Path) -> None:
    config = Config.model_validate(tomllib.loads(station_toml(tmp_path, period_s=900)))
    assert demo_history.make(config, "calm", 1, UNTIL_NS, 0, structlog.get_logger()) == 0
    assert not (tmp_path / "state").exists()
