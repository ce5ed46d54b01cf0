"""Any stretch of time can be counted from the journal, whether a station runs or not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli.main import main
from agent.clock import NS
from agent.journal.reader import JournalReader
from agent.ledger.survey import survey
from agent.model import Flag, Tally, Trust, Why
from tests.journal.conftest import observation
from tests.ledger.story import BEGIN_S, DAY

if TYPE_CHECKING:
    from pathlib import Path

    from agent.ledger.survey import Survey
    from tests.ledger.conftest import Site

HOUR_S = 3600
DAY_S = 24 * HOUR_S
STATION = '[station]\nsite = "s"\nid = "t"\nstate_dir = "{}"\n[[sensor]]\nid = "ph-3"\nperiod_s = 60\n'


def between(site: Site, from_s: float, to_s: float) -> Survey:
    reader = JournalReader(site.path, lambda _seq: None)
    try:
        return survey(reader, {"ph-3": 60.0}, round((BEGIN_S + from_s) * NS), round((BEGIN_S + to_s) * NS))
    finally:
        reader.close()


@pytest.fixture
def torn(site: Site) -> Site:
    """Two days of which the first has an hour without power, and the second a silence."""
    site.read(0, 6 * HOUR_S)
    site.crash()
    site.clock.boot_id, site.clock.booted_s = "boot-1", 7 * HOUR_S - 10
    site.clock.at_s = 7 * HOUR_S - 60
    site.start()
    site.read(7 * HOUR_S - 60, DAY_S + HOUR_S)
    silent = observation(at=site.clock.at(DAY_S + HOUR_S))
    site.append(*(
        silent._replace(at=site.clock.at(DAY_S + HOUR_S + 60 * n), flag=Flag.MISSING, value=None, raw=None,
                        why=Why.NO_ANSWER)
        for n in range(5)
    ))  # fmt: skip
    site.read(DAY_S + HOUR_S + 300, DAY_S + 2 * HOUR_S)
    return site


def test_a_day_of_the_past_is_counted_as_it_was_then(torn: Site) -> None:
    found = between(torn, 0, DAY_S)
    assert found.days == {DAY: {"ph-3/ph": Tally(1440, 1381, 1381, {"no_power": 59})}}
    ((gap),) = found.gaps
    assert (gap.subject, gap.reason, gap.slots) == ("station", "no_power", 59)


def test_a_gap_shows_where_it_overlaps_what_was_asked_for(torn: Site) -> None:
    assert [gap.reason for gap in between(torn, 0, 2 * DAY_S).gaps] == ["no_power", "no_answer"]
    assert [gap.reason for gap in between(torn, 6.5 * HOUR_S, 7 * HOUR_S).gaps] == ["no_power"]
    assert between(torn, 7 * HOUR_S, 24 * HOUR_S).gaps == []


@pytest.fixture
def dark(site: Site) -> Site:
    """Without power from six o'clock of the first day to seven of the fourth."""
    site.read(0, 6 * HOUR_S)
    site.lose_power(3 * DAY_S + 7 * HOUR_S)
    site.read(3 * DAY_S + 7 * HOUR_S, 3 * DAY_S + 9 * HOUR_S)
    return site


def test_a_gap_that_began_before_what_was_asked_for_is_counted_from_there(dark: Site) -> None:
    found = between(dark, 2 * DAY_S, 4 * DAY_S)
    assert found.days == {
        DAY + 2: {"ph-3/ph": Tally(1440, 0, 0, {"no_power": 1440})},
        DAY + 3: {"ph-3/ph": Tally(540, 120, 120, {"no_power": 420})},
    }
    assert [(gap.reason, gap.slots) for gap in found.gaps] == [("no_power", 4380)]


@pytest.mark.parametrize(("from_h", "to_h"), [(24, 48), (30, 30.25), (6.5, 7), (24 + 6, 3 * 24 + 6.75)])
def test_who_asks_for_the_time_inside_a_gap_hears_of_it(dark: Site, from_h: float, to_h: float) -> None:
    found = between(dark, from_h * HOUR_S, to_h * HOUR_S)
    assert [gap.reason for gap in found.gaps] == ["no_power"]
    whole = between(dark, 0, 4 * DAY_S).days
    assert found.days == {day: whole[day] for day in found.days}
    assert len(found.days) == (to_h * HOUR_S - 1) // DAY_S - from_h * HOUR_S // DAY_S + 1


def test_the_journal_ends_where_it_ends_whatever_was_asked_for(dark: Site) -> None:
    end_ns = dark.clock.now().wall_ns
    assert [between(dark, 0, day * DAY_S).reached_ns for day in (1, 2, 9)] == [end_ns] * 3


def test_a_bus_that_was_stuck_before_what_was_asked_for_is_told(site: Site) -> None:
    site.read(0, HOUR_S)
    for hour in range(2, 60):
        site.alive(hour * HOUR_S)
    found = between(site, DAY_S, 2 * DAY_S)
    assert found.days == {DAY + 1: {"ph-3/ph": Tally(1440, 0, 0, {"blocked": 1440})}}


def test_a_part_of_a_day_is_told_with_the_account_of_all_of_it(site: Site) -> None:
    site.read(0, DAY_S + 2 * HOUR_S)
    assert between(site, 6 * HOUR_S, 7 * HOUR_S).days == between(site, 0, DAY_S).days


def test_what_was_given_up_is_a_gap_and_what_was_delivered_is_none(site: Site) -> None:
    site.read(0, HOUR_S)
    site.give_up(11, 20)
    assert site.writer.file is not None
    site.writer.file.connection.execute("DELETE FROM record WHERE seq BETWEEN 31 AND 40")
    found = between(site, 0, DAY_S)
    assert found.days[DAY]["ph-3/ph"] == Tally(60, 50, 50, {"evicted": 10})
    assert [(gap.subject, gap.reason) for gap in found.gaps] == [("station", "evicted")]


def test_a_bus_that_is_stuck_when_it_is_asked_for_is_told(site: Site) -> None:
    site.read(0, HOUR_S)
    site.alive(2 * HOUR_S)
    (gap,) = between(site, 0, DAY_S).gaps
    assert (gap.subject, gap.reason, gap.is_open) == ("ph-3", "blocked", True)


def test_a_time_without_records_has_nothing_to_tell(site: Site) -> None:
    assert between(site, 0, DAY_S).days == {}


def test_records_whose_time_is_not_known_wait(site: Site) -> None:
    site.read(0, HOUR_S)
    site.crash()
    site.clock.boot_id, site.clock.trust, site.clock.booted_s = "boot-1", Trust.NONE, HOUR_S
    site.start()
    site.read(HOUR_S + 60, HOUR_S + 600)
    found = between(site, 0, DAY_S)
    assert found.days[DAY]["ph-3/ph"].present == 60
    assert found.waits


def gaps(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `skyground gaps` prints about both days."""
    config = tmp_path / "station.toml"
    config.write_text(STATION.format(site.path.parent))
    when = ("--from", "2024-10-04T00:00Z", "--to", "2024-10-06T00:00Z")
    assert main(["gaps", "--config", str(config), *when, *words]) == 0
    return capsys.readouterr().out


def test_the_command_names_reason_time_and_number(
    torn: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = gaps(torn, tmp_path, capsys)
    assert "ph-3/ph" in text
    assert " 95.9 %  no power 59" in text
    assert "2024-10-04 06:00  2024-10-04 06:58   58 min  station" in text
    assert "no answer" in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_the_answer_for_programs_says_the_same(
    torn: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer: dict[str, Any] = json.loads(gaps(torn, tmp_path, capsys, "--json"))
    assert answer["days"]["2024-10-04"]["ph-3/ph"]["missing"] == {"no_power": 59}
    assert [(gap["what"], gap["reason"], gap["observations"]) for gap in answer["gaps"]] == [
        ("station", "no_power", 59),
        ("ph-3", "no_answer", 5),
    ]


def test_another_channel_has_only_what_concerns_the_station(
    torn: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer: dict[str, Any] = json.loads(gaps(torn, tmp_path, capsys, "--json", "--channel", "level-1"))
    assert [gap["reason"] for gap in answer["gaps"]] == ["no_power"]
    assert all(channels == {} for channels in answer["days"].values())


def test_single_lost_answers_are_summed_up_unless_asked_for(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(0, 20, 2):
        lost = observation(at=site.clock.at(60 * n))._replace(
            flag=Flag.MISSING, value=None, why=Why.BAD_ANSWER
        )
        site.append(lost, observation(at=site.clock.at(60 * n + 60)))
    assert "and single ones: bad answer 10 (--all lists them)" in gaps(site, tmp_path, capsys)
    assert gaps(site, tmp_path, capsys, "--all").count("bad answer") == 11


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (["--from", "2024-10-05", "--to", "2024-10-04"], 2, "the span ends before it begins"),
        (["--from", "2024-10-05", "--days", "3"], 2, "both say where to begin"),
        ([], 69, "cannot be read"),
    ],
)
def test_what_cannot_be_told_says_why(
    words: list[str], code: int, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "station.toml"
    config.write_text(STATION.format(tmp_path / "nowhere"))
    assert main(["gaps", "--config", str(config), *words]) == code
    assert what in capsys.readouterr().err


def test_without_a_configuration_only_what_is_on_record_is_counted(
    torn: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "station.toml"
    config.write_text(f'[station]\nstate_dir = "{torn.path.parent}"\n')
    main(
        [
            "gaps",
            "--json",
            "--config",
            str(config),
            "--from",
            "2024-10-04T00:00Z",
            "--to",
            "2024-10-05T00:00Z",
        ]
    )
    out, err = capsys.readouterr()
    assert json.loads(out)["days"]["2024-10-04"]["ph-3/ph"]["expected"] == 1381
    assert "does not tell how often each sensor is read" in err
