"""`skyground explain` on a journal that came about as journals do, delivered to a real broker."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli.main import main
from agent.model import Flag, Why
from agent.provenance.meaning import MEANING, reasons
from tests.provenance.conftest import MINUTES, SPIKES, WORK_BEGINS, WORK_ENDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.provenance.conftest import Site


def told(capsys: pytest.CaptureFixture[str], site: Site, *words: str) -> dict[str, Any]:
    """As a program asks."""
    assert explain(site.state, *words, "--json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def explain(state: Path, channel: str, time: str, *words: str) -> int:
    nowhere = str(state / "no.toml")
    return main(["explain", channel, time, "--state-dir", str(state), "--config", nowhere, *words])


def minutes(moment: str) -> int:
    return int(moment[11:13]) * 60 + int(moment[14:16])


def test_a_value_comes_with_its_sum_its_calibration_and_what_corrected_it(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    answer = told(capsys, site, "ph-3/ph", site.at(3))
    made = site.made[3]
    assert (answer["value"], answer["raw"]) == (made.value, made.raw)
    assert answer["sum"]["same"]
    assert answer["sum"]["steps"][-1].startswith("value = 7 + ")
    assert answer["calibration"]["record"]["id"] == site.calibration.id
    assert answer["calibration"]["age_d"] == pytest.approx(5.0, abs=1.0)
    (warmth,) = answer["inputs"]
    assert warmth == {"role": "temperature", "channel": "t-1/temperature", "value": 12.13, "age_s": 3.0}
    assert (answer["flag"], answer["why"], answer["work"], answer["absent"]) == (1, {}, [], None)
    assert answer["clock"]["settled"]
    assert answer["record"]["journal"] == site.store.journal.identity


@pytest.mark.parametrize(
    ("table", "until"),
    [
        ("calibrate.ph.valid_days = 14", "valid until 2026-08-03 10:15:00 UTC"),
        ("calibrate.ph.valid_days = 0", "without a date"),
        ("calibrate.ph.remind_days = 2", "valid until 2026-08-19 10:15:00 UTC"),
        ("calibrate.ph = 14", "valid until 2026-08-19 10:15:00 UTC"),
    ],
)
def test_a_calibration_is_valid_as_long_as_it_is_for_the_flag(
    capsys: pytest.CaptureFixture[str], site: Site, tmp_path: Path, table: str, until: str
) -> None:
    config = tmp_path / "skyground.toml"
    config.write_text(f'[[sensor]]\nid = "ph-3"\n{table}\n')
    state = str(site.state)
    assert main(["explain", "ph-3/ph", site.at(3), "--state-dir", state, "--config", str(config)]) == 0
    assert f"verdict: good; {until}\n" in capsys.readouterr().out


def test_it_tells_between_which_moments_a_record_was_delivered(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    answer = told(capsys, site, "ph-3/ph", site.at(18))
    (office,) = answer["deliveries"]
    assert office["state"] == "delivered"
    (had,) = office["times"]
    made = minutes(answer["time"])
    assert minutes(had["after"]) == made, "nobody had it before"
    assert minutes(had["before"]) - made in range(11)


def test_what_waits_is_said_to_wait(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    (office,) = told(capsys, site, "ph-3/ph", site.at(MINUTES - 2))["deliveries"]
    assert (office["sink"], office["state"], office["times"]) == ("office", "waiting", [])


def test_the_work_that_a_value_fell_in_is_told_with_its_notes(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    answer = told(capsys, site, "ph-3/ph", site.at(WORK_BEGINS + 2))
    (work,) = answer["work"]
    assert work["title"] == "maintenance of sensor ph-3: visit of M. Rossi"
    assert minutes(work["to"]) - minutes(work["from"]) == WORK_ENDS - WORK_BEGINS
    assert [each["text"] for each in work["noted"]] == ["rinsed"]
    assert answer["why"] == reasons(Why.MAINTENANCE)


def test_a_later_word_is_told_beside_the_first(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    answer = told(capsys, site, "ph-3/ph", site.at(5))
    assert answer["flag"] == Flag.GOOD
    (word,) = answer["later"]
    assert (word["flag"], word["why"]) == (3, reasons(Why.SPIKE))
    assert minutes(word["said"]) - minutes(answer["time"]) == SPIKES - 5


def test_people_read_the_same(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    assert explain(site.state, "ph-3/ph", site.at(WORK_ENDS)) == 0
    text = capsys.readouterr().out
    for words in (
        "repeats to the same value",
        "NOT by temperature: t-1/temperature had only a value 67 min old",
        "compensation: what corrects it was missing or stale",
        "made 2026-07-20 10:15:00 UTC by J. Doe (ph)",
        "office: between ",
        "set by the network when it was read",
    ):
        assert words in text
    assert "maintenance of" not in text
    assert explain(site.state, "ph-3/ph", site.at(5)) == 0
    assert "3 suspect, said about " in capsys.readouterr().out


def test_the_nearest_one_is_named_with_its_distance_and_its_neighbours(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    answer = told(capsys, site, "ph-3/ph", site.at(7)[:-2] + "59")
    at = int(site.at(7)[-2:])
    assert answer["distance_s"] in {at - 59, at + 1}
    assert [each["seq"] for each in answer["neighbours"]] == sorted(
        each["seq"] for each in answer["neighbours"]
    )
    assert answer["record"]["seq"] in {each["seq"] for each in answer["neighbours"]}


@pytest.mark.parametrize(
    ("channel", "time", "code", "words"),
    [
        ("ph-3/hp", "now", 2, "did you mean ph-3/ph?"),
        ("nobody/knows", "now", 2, "there are: ph-3/ph"),
        ("ph-3/ph", "2001-01-01", 1, "the journal goes from 2026-07-25T"),
        ("ph-3/ph", "-1d", 1, "the nearest one: 2026-07-25T"),
        ("ph-3/ph", "yesterday", 2, "'yesterday' is not a time: now, -2h, 10:15 (today)"),
        ("ph-3/ph", "-2x", 2, "is not a span of time"),
        ("ph-3/ph", "1950-01-01", 2, "lies before 1970"),
    ],
)
def test_what_cannot_be_explained_says_why(
    capsys: pytest.CaptureFixture[str], site: Site, channel: str, time: str, code: int, words: str
) -> None:
    assert explain(site.state, channel, time) == code
    assert words in capsys.readouterr().err


def test_without_a_journal_nothing_is_explained(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert explain(tmp_path, "ph-3/ph", "now") == 69
    assert "cannot be read" in capsys.readouterr().err


def test_a_calibration_whose_file_is_lost_is_named_all_the_same(
    capsys: pytest.CaptureFixture[str], site: Site, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(site.state / "journal.db")) as here:
        here.execute("VACUUM INTO ?", (str(tmp_path / "journal.db"),))
    assert explain(tmp_path, "ph-3/ph", site.at(3)) == 0
    text = capsys.readouterr().out
    assert f"calibration {site.calibration.id}" in text
    assert "its record cannot be shown: there is no calibration" in text
    assert "repeats to the same value" in text, "the journal alone repeats it"


def test_every_reason_has_its_meaning() -> None:
    assert set(MEANING) == set(Why)
    assert list(reasons(Why.SPIKE | Why.NO_ANSWER)) == ["no_answer", "spike"]
