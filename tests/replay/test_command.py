"""`skyground replay` as people and programs use it; the command's own code, in this process."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli.main import main
from tests.replay.series import ACID, HEAD, history
from tests.watch.live_site import LiveSite, water

if TYPE_CHECKING:
    from collections.abc import Callable

_DAYS = 18.5
_ROWS = history(_DAYS, ACID)


@pytest.fixture(scope="module")
def weir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stream that turns acid after sixteen days; the rows in any order."""
    path = tmp_path_factory.mktemp("weir") / "weir.csv.gz"
    rows = [*_ROWS, *[row.replace("ec_us_cm", "colour") for row in _ROWS[1:300:3]]]
    random.Random(3).shuffle(rows)
    path.write_bytes(gzip.compress((HEAD + "".join(rows)).encode()))
    return path


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quiet") / "quiet.csv"
    path.write_text(HEAD + "".join(history(2)), encoding="utf-8")
    return path


def _events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_without_any_configuration_the_hazard_is_told_with_its_numbers(
    weir: Path, quiet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events, flags = tmp_path / "events.jsonl", tmp_path / "flags.csv"
    assert main(["replay", str(weir), str(quiet), "--events", str(events), "--flags", str(flags)]) == 0
    found = _events(events)
    raised = found[0]
    assert (raised["kind"], raised["phase"], raised["station"]) == ("acid_drainage", "raised", "weir")
    assert raised["file"] == str(weir)
    assert raised["level"] in {"yellow", "orange", "red"}
    assert raised["time_utc"] >= raised["seen_utc"] > "2024"
    assert raised["evidence"]
    assert {row["station"] for row in found} == {"weir"}
    with flags.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(_ROWS) + 100 + len(history(2))
    assert {row["flag"] for row in rows if row["sensor"] == "colour"} == {"2"}
    assert {row["file"] for row in rows} == {str(weir), str(quiet)}
    said = capsys.readouterr()
    assert "1 acid_drainage" in said.out
    assert "rows in" in said.out
    assert f"{weir}: not evaluated (flag 2) and not watched, for the names say nothing: colour" in said.err
    assert "known are ph, turbidity_ntu" in said.err


def _piped(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(io.BytesIO(data)))


def test_the_same_history_makes_the_same_bytes_from_a_pipe_too(
    weir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    assert main(["replay", str(weir), "--events", str(first), "--quiet"]) == 0
    monkeypatch.setattr(sys, "stdin", _piped(weir.read_bytes()))
    assert main(["replay", "-", "--events", str(second), "--quiet"]) == 0
    ours = {"file": "-", "station": "stdin"}
    assert [event | ours for event in _events(first)] == _events(second)
    monkeypatch.setattr(sys, "stdin", _piped(gzip.decompress(weir.read_bytes())))
    assert main(["replay", "-", "--events", "-", "--quiet"]) == 0
    assert capsys.readouterr().out == second.read_text(encoding="utf-8")


def test_another_plan_is_compared_and_rates_stand_beside_the_thresholds(
    weir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--what-if", "watch.subsidence.clear_h=24", "--what-if", "watch.ph_low=2"]
    assert main(["replay", str(weir), *words]) == 0
    said = capsys.readouterr().out
    assert "somebody is called" in said
    assert "what if: how often the calm came" in said
    assert "too short" in said
    assert "acid_water " in said


def test_a_configuration_brings_its_plan(
    weir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same limit that is asked about is in force: nothing differs."""
    text = """
        [station]
        site = "s"
        id = "t"
        [watch]
        ph_low = 2.0
        [[bus]]
        id = "line"
        kind = "serial"
        port = "/dev/ttyUSB0"
        [[sensor]]
        id = "weir"
        model = "generic"
        bus = "line"
        unit = 1
        read = [{ register = 0, count = 1 }]
        [[sensor.channel]]
        quantity = "ph"
        unit = "pH"
        register = 0
        type = "u16"
        low = 0.0
        high = 14.0
        """
    (tmp_path / "station.toml").write_text(text, encoding="utf-8")
    words = ["--config", str(tmp_path / "station.toml"), "--what-if", "watch.ph_low=2.0"]
    assert main(["replay", str(weir), *words]) == 0
    assert "at the same time" in capsys.readouterr().out


def test_a_file_that_cannot_be_used_does_not_stop_the_others(
    quiet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "odd.db").write_bytes(b"SQLite format 3\x00" + bytes(200))
    files = [str(tmp_path / "none.csv"), str(tmp_path / "odd.csv"), str(tmp_path / "odd.db"), str(quiet)]
    assert main(["replay", *files]) == 1
    said = capsys.readouterr()
    for file in files[:3]:
        assert file in said.err
    assert "quiet.csv: 576 rows" in said.out


def test_bad_rows_are_told_where_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "weir.csv"
    path.write_text(HEAD + "today,ph,7\n2026-01-01T00:00:00Z,ph,7\n", encoding="utf-8")
    assert main(["replay", str(path)]) == 0
    said = capsys.readouterr()
    assert f"{path}:2: the time 'today'" in said.err
    assert "1 rows could not be used as they are" in said.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--events", "{file}"], 2, "read and written over"),
        (["--events", "{folder}/x", "--flags", "{folder}/x"], 2, "the same file"),
        (["--events", "{folder}/hard"], 2, "read and written over"),
        (["--config", "{folder}/c.toml", "--flags", "{folder}/c.toml"], 2, "read and written over"),
        (["--events", "{folder}/x", "--flags", "{folder}/./x"], 2, "the same file"),
        (["--since", "2026-01-02", "--until", "2026-01-01"], 2, "not before --until"),
        (["--since", "2026-01-02", "--until", "2026-01-02"], 2, "not before --until"),
        (["--since", "2001-01-01", "--until", "2001-01-02"], 2, "nothing lies between"),
        (["--events", "{folder}/no/such/folder"], 74, "cannot write"),
        (["--what-if", "watch.ph_low=99"], 78, "--what-if:1"),
        (["--config", "{folder}/none.toml"], 78, "cannot be read"),
    ],
)
def test_wrong_words_are_explained_before_anything_is_done(
    quiet: Path, tmp_path: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = quiet.read_bytes()
    (tmp_path / "hard").hardlink_to(quiet)
    filled = [word.format(file=quiet, folder=tmp_path) for word in words]
    assert main(["replay", str(quiet), *filled]) == code
    assert said in capsys.readouterr().err
    assert quiet.read_bytes() == before


def test_answers_take_their_place_when_there_are_any(quiet: Path, tmp_path: Path) -> None:
    events, flags = tmp_path / "events.jsonl", tmp_path / "flags.csv"
    for file in (events, flags):
        file.write_text("of the run before\n", encoding="utf-8")
    words = ["--events", str(events), "--flags", str(flags), "--quiet"]
    assert main(["replay", str(tmp_path / "none.csv"), *words]) == 1
    assert {each.name for each in tmp_path.iterdir()} == {events.name, flags.name}
    assert events.read_text(encoding="utf-8") == flags.read_text(encoding="utf-8") == "of the run before\n"
    assert main(["replay", str(quiet), *words]) == 0
    assert events.read_bytes() == b""
    assert len(flags.read_text(encoding="utf-8").splitlines()) == 577
    assert {each.name for each in tmp_path.iterdir()} == {events.name, flags.name}


def test_what_is_no_file_is_written_as_it_is(quiet: Path) -> None:
    assert main(["replay", str(quiet), "--flags", "/dev/null", "--quiet"]) == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("spoil", [lambda packed: packed[:-500], lambda packed: packed + b"garbage"])
def test_what_is_not_read_to_its_end_is_used_and_fails(
    spoil: Callable[[bytes], bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, flags = tmp_path / "cut.csv.gz", tmp_path / "flags.csv"
    path.write_bytes(spoil(gzip.compress((HEAD + "".join(history(2))).encode())))
    assert main(["replay", str(path), "--flags", str(flags)]) == 1
    assert len(flags.read_text(encoding="utf-8").splitlines()) > 100
    assert "cannot be read" in capsys.readouterr().err


def test_a_journal_that_was_copied_without_its_log_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = LiveSite(tmp_path / "journal.db")
    site.observe(water(1)[:30])
    shutil.copy(site.path, tmp_path / "copy.db")
    site.crash()
    assert main(["replay", str(tmp_path / "copy.db")]) == 1
    assert "-wal beside it" in capsys.readouterr().err
