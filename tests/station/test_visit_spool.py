"""What was noted while no station ran: every line of it is in the journal, or still in the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from agent.cli.main import main
from agent.visit_spool import KEPT, TAKEN, FullError, VisitSpool, keep
from tests.journal.conftest import Store, observation
from tests.station.rig import CONFIG
from tests.station.test_visits import Site

if TYPE_CHECKING:
    from pathlib import Path

    from agent.model import Visit

NOTED_NS = 1_785_000_000_000_000_000


def started(folder: Path) -> tuple[Site, VisitSpool]:
    """A station that has just started there."""
    site = Site(Store(folder / "journal.db").open())
    return site, VisitSpool(folder, site.store.journal, site.visits.kept, structlog.testing.CapturingLogger())


def take_in(site: Site, spool: VisitSpool) -> list[Visit]:
    for _ in range(4):
        spool.step(site.store.clock.now())
        site.store.step()
    return site.records()


def test_what_was_kept_is_recorded_with_the_time_that_it_was_noted_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "rossi")
    config = tmp_path / "skyground.toml"
    config.write_text(CONFIG.format(state=tmp_path))
    for words in (["note", "no power"], ["reading", "ph-3/ph", "6.8"], ["note", "fuse changed"]):
        assert main(["visit", *words, "--config", str(config)]) == 0
        assert capsys.readouterr().out.startswith("kept: no station runs")
    site, spool = started(tmp_path)
    note, reading, again = take_in(site, spool)
    assert [(each.kind, each.by, each.subject) for each in (note, reading, again)] == [
        ("note", "rossi", "station"), ("reading", "rossi", "ph-3/ph"), ("note", "rossi", "station"),
    ]  # fmt: skip
    assert note.data["noted"].startswith("20")
    assert (reading.data["value"], reading.data["verdict"]) == (6.8, "no_probe")
    assert note.at != again.at, "filed by kind and time they stay two"
    assert not (tmp_path / KEPT).exists()
    assert not (tmp_path / TAKEN).exists()
    site.store.writer.close()


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[1, 2]",
        '{"command": "visit_note", "arguments": {}, "noted_ns": 1}',
        '{"command": "visit_note", "arguments": {"text": "x", "by": "M"}}',
        '{"command": "visit_note", "arguments": {"text": "x", "by": "M"}, "noted_ns": 1e300}',
        '{"command": "visit_end", "arguments": {}, "noted_ns": 1}',
        '{"command": "visit_reading", "arguments": {"subject": "ph-9/ph", "value": 7}, "noted_ns": 1}',
        '{"command": "visit_note", "arguments": [7], "noted_ns": 1}',
    ],
)
def test_a_line_that_makes_no_sense_is_kept_word_for_word(tmp_path: Path, line: str) -> None:
    (tmp_path / KEPT).write_text(line + "\n")
    site, spool = started(tmp_path)
    (note,) = take_in(site, spool)
    assert note.kind == "note"
    assert note.text.endswith(line)
    site.store.writer.close()


def test_a_station_that_dies_before_the_commit_leaves_it_to_the_next(tmp_path: Path) -> None:
    keep(tmp_path, "visit_note", {"text": "x", "by": "M"}, NOTED_NS)
    site, spool = started(tmp_path)
    spool.step(site.store.clock.now())
    site.store.connection.close()  # as a kill leaves it
    keep(tmp_path, "visit_note", {"text": "y", "by": "M"}, NOTED_NS)
    again, spool = started(tmp_path)
    found = [take_in(again, spool) for _ in range(2)][-1]
    assert [note.text for note in found] == ["x", "y"]
    again.store.writer.close()


def test_a_station_that_dies_after_the_commit_records_it_again_under_the_same_id(tmp_path: Path) -> None:
    keep(tmp_path, "visit_note", {"text": "x", "by": "M"}, NOTED_NS)
    site, spool = started(tmp_path)
    spool.step(site.store.clock.now())
    site.store.step()
    site.store.connection.close()
    again, spool = started(tmp_path)
    first, second = take_in(again, spool)
    assert first.id == second.id
    again.store.writer.close()


def test_what_memory_had_no_room_for_is_handed_over_again(tmp_path: Path) -> None:
    for text in "xyz":
        keep(tmp_path, "visit_note", {"text": text, "by": "M"}, NOTED_NS)
    store = Store(tmp_path / "journal.db", ring_records=1).open()
    site = Site(store)
    spool = VisitSpool(tmp_path, store.journal, site.visits.kept, structlog.testing.CapturingLogger())
    store.journal.append([observation(0)])
    for _ in range(2):
        spool.step(store.clock.now())
    assert store.journal.waiting() == 1, "nothing is handed over again as long as something waits"
    for _ in range(6):
        store.step()
        spool.step(store.clock.now())
    assert sorted(note.text for note in site.records()) == ["x", "y", "z"]
    assert not (tmp_path / TAKEN).exists()
    store.writer.close()


def test_a_file_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / KEPT).write_bytes(b"x" * 1_000_001)
    with pytest.raises(FullError, match="let the station run"):
        keep(tmp_path, "visit_note", {"text": "x"}, NOTED_NS)


def test_a_directory_that_takes_nothing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "skyground.toml"
    config.write_text(CONFIG.format(state=tmp_path / "none"))
    assert main(["visit", "note", "x", "--config", str(config)]) == 74
    assert "it cannot be kept" in capsys.readouterr().err


def test_lines_are_commands_of_the_control_socket(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"text": "水", "by": "L. Chen"}
    keep(tmp_path, "visit_note", arguments, NOTED_NS)
    (line,) = (tmp_path / KEPT).read_text().splitlines()
    assert json.loads(line) == {"command": "visit_note", "arguments": arguments, "noted_ns": NOTED_NS}
