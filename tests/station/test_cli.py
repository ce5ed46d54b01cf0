"""Commands as a person meets them: help, typos, pipes, and the words of `status`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli import main as cli
from agent.cli import status
from agent.cli.screen import Screen, journal_words, sink_words
from agent.cli.table import age, channel_line
from agent.model import Event, Instant, Severity, Trust
from agent.publish.cargo import NOT_OPEN
from tests.journal.conftest import Store, observation
from tests.station.test_journal_lines import SPACE

if TYPE_CHECKING:
    from pathlib import Path

NOW_NS = 1_785_000_000_000_000_000
CHANNEL = {
    "channel": "ph-3/ph",
    "unit": "1",
    "value": 3.412,
    "raw": 3.41,
    "raw_unit": "pH",
    "flag": "suspect",
    "why": ["site_range"],
    "age_s": 8.0,
    "at": "2026-07-25T17:20:00.000Z",
}
SINK = {
    **NOT_OPEN,
    "sink": "office",
    "state": "connected",
    "delivered": 7,
    "drain_rows_per_s": 0.0,
    "last_error": "",
    "hint": "",
    "budget": None,
}
WELL = {"ok": True, "failing_since_mono_ns": None, "error": "", "hint": ""}
ILL = {
    "ok": False,
    "failing_since_mono_ns": NOW_NS - 7200 * 10**9,
    "error": "unit 3 does not answer",
    "hint": "check its power",
}


CLOCK = {
    "wall": "2026-07-25T17:20:08.000Z",
    "mono_ns": NOW_NS,
    "trust": "none",
    "settled": False,
    "nobody_knows": False,
}


def answer(**changes: Any) -> dict[str, Any]:
    """What a station in good health says."""
    return {
        "running": True,
        "station": {"site": "north-dump", "id": "st-01", "title": ""},
        "uptime_s": 7201.0,
        "clock": CLOCK,
        "channels": [CHANNEL],
        "buses": [{"bus": "rs485-0", **WELL, "sensors": [{"id": "ph-3", **WELL}]}],
        "completeness": {"today": None, "yesterday": None, "missing": [], "waits_for_clock": False},
        "watch": {"restoring": False, "channels": 0},
        "maintenance": [],
        "calibrations": [],
        "calibrating": [],
        "sinks": [],
        "notifiers": [],
        "journal": {
            "path": "/x/journal.db",
            "open": True,
            "head": 12,
            "error": "",
            "waiting": 0,
            "space": SPACE,
        },
        "overdue_s": {"journal": 0.0},
        "faults": {},
        **changes,
    }


def rendered(**changes: Any) -> str:
    """The lines of `skyground status`."""
    return "\n".join(status.render(answer(**changes)))


def test_a_station_in_good_health_has_no_help_line() -> None:
    text = rendered()
    assert "north-dump/st-01  up 2 h  CLOCK NOT SET for" in text
    assert "it says 2026-07-25T17:20:08.000Z; times are put right when the network tells" in text
    assert "suspect: site range" in text
    assert "bus rs485-0          1 of 1 sensors ok" in text
    assert "help:" not in text


def test_a_calibration_that_was_left_is_named() -> None:
    assert "calibration of ph-3 is under way: skyground calibrate ph-3" in rendered(calibrating=["ph-3"])


def test_what_was_estimated_is_not_said_to_be_put_right_later() -> None:
    text = rendered(clock={**CLOCK, "settled": True})
    assert "CLOCK NOT SET for" in text
    assert "put right" not in text
    assert "nobody waits for the network any longer (clock_wait_h): times are estimates and stay so" in text


def test_where_nobody_can_tell_whether_the_clock_is_set_the_cure_is_named() -> None:
    text = rendered(clock={**CLOCK, "nobody_knows": True})
    assert "it says 2026-07-25T17:20:08.000Z; nothing on this machine tells whether that is right" in text
    assert "set [station] clock_wait_h = 0" in text
    text = rendered(clock={**CLOCK, "nobody_knows": True, "settled": True})
    assert "clock 2026-07-25T17:20:08.000Z, which nothing on this machine confirms" in text
    assert "NOT SET" not in text, "somebody has said that it is"


def test_a_silent_sensor_is_named_with_how_long_and_what_to_do() -> None:
    text = rendered(buses=[{"bus": "rs485-0", **WELL, "sensors": [{"id": "ph-3", **ILL}]}])
    assert "0 of 1 sensors ok" in text
    assert "sensor ph-3: no value for 2 h: unit 3 does not answer\n  help: check its power" in text


def test_a_bus_that_is_down_does_not_call_its_sensors_ok() -> None:
    text = rendered(buses=[{"bus": "i2c-1", **ILL, "sensors": [{"id": "level-1", **WELL}]}])
    assert "bus i2c-1            DOWN, 1 sensors unread" in text
    assert "no contact for 2 h" in text
    assert "ok" not in text.split("bus i2c-1")[1]


def test_a_backlog_says_when_it_will_be_gone() -> None:
    lanes = {"live": 3, "asked": 300, "backlog": 59_700}
    text = rendered(sinks=[{**SINK, "lanes": lanes, "drain_rows_per_s": 200.0}])
    assert "behind what is live: 300 asked for and 59700 of a backlog; 200 a second" in text
    assert "done in about 5 min" in text


def test_a_budget_that_is_used_up_says_when_what_goes_on() -> None:
    budget = {"left_mb": 0.0, "live_in_s": 600.0, "backlog_in_s": 7200.0}
    text = rendered(sinks=[{**SINK, "budget": budget}])
    assert "budget used up for now: live data again at about 17:30 UTC" in text
    assert "the backlog again at about 19:20 UTC; events go" in text


def test_a_budget_that_holds_nothing_up_is_not_spoken_of() -> None:
    text = rendered(sinks=[{**SINK, "budget": {"left_mb": 1.0, "live_in_s": 0.0, "backlog_in_s": 0.0}}])
    assert "budget" not in text


def test_a_clock_that_is_set_is_told_shortly_and_a_clock_chip_by_name() -> None:
    clock = {"wall": "2026-07-25T17:20:08.000Z", "mono_ns": NOW_NS}
    assert "up 2 h  clock 2026-07-25T17:20:08.000Z\n" in rendered(clock={**clock, "trust": "ntp"})
    assert "from the clock chip" in rendered(clock={**clock, "trust": "rtc"})


def test_what_waits_for_the_clock_is_told() -> None:
    assert "40 of them wait until the clock is set" in rendered(sinks=[{**SINK, "unsettled": 40}])


def test_receipts_that_do_not_move_are_told() -> None:
    assert "stored at the far side up to 12" in rendered(sinks=[{**SINK, "receipt": 12}])
    text = rendered(sinks=[{**SINK, "receipt": 12, "receipt_stuck": True}])
    assert "STUCK, sent twice in vain; look at the log of the ingest side" in text


def test_a_sink_in_trouble_says_what_waits_and_what_to_do() -> None:
    sink = {
        **SINK,
        "state": "waiting",
        "bookmark": 7,
        "backlog": 5,
        "parked": 2,
        "last_error": "broker x:1883 refuses the login",
        "hint": "check the password",
    }
    text = rendered(sinks=[sink])
    assert "sink office          waiting; at 7, 5 waiting, 2 parked" in text
    assert "last error: broker x:1883 refuses the login\n  help: check the password" in text
    assert sink_words(sink) == "broker x:1883 refuses the login (5 waiting, data is safe)"
    assert sink_words({**sink, "last_error": ""}) == "7 delivered, 5 waiting"


def test_a_disk_that_says_no_and_a_stuck_worker_are_loud() -> None:
    journal = {
        "path": "/x",
        "open": True,
        "head": 12,
        "error": "database or disk is full",
        "waiting": 30,
        "space": SPACE,
    }
    text = rendered(journal=journal, overdue_s={"rs485-0": 400.0}, faults={"publish-office": 3})
    assert "worker publish-office failed 3 times" in text
    assert "CANNOT BE WRITTEN: database or disk is full; 30 records wait in memory" in text
    assert "STUCK rs485-0: no sign of life for 7 min" in text
    assert journal_words({"journal": journal}) == "12 records on disk, DISK: database or disk is full"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "-"), (-3, "0 s"), (8.4, "8 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172800, "2 d")],
)
def test_ages_are_short(seconds: float | None, words: str) -> None:
    assert age(seconds) == words


def test_a_channel_is_one_line_with_colour_only_where_it_is_wanted() -> None:
    plain = channel_line(CHANNEL, colour=False)
    assert plain.split() == ["ph-3/ph", "3.412", "8", "s", "suspect:", "site", "range"]
    assert channel_line(CHANNEL, colour=True).endswith("\x1b[33msuspect: site range\x1b[0m")
    unset = channel_line({**CHANNEL, "flag": "good", "why": ["clock"]}, colour=False)
    assert unset.endswith("good"), "the head says it once for all of them"
    waiting = {**CHANNEL, "value": None, "flag": "waiting", "why": [], "age_s": None}
    assert channel_line(waiting, colour=True).split() == ["ph-3/ph", "-", "-", "waiting"]


def test_the_screen_shows_events_and_never_more_lines_than_it_has(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = iter([os.terminal_size((80, 11)), os.terminal_size((80, 8))])
    monkeypatch.setattr("agent.cli.screen.os", SimpleNamespace(get_terminal_size=lambda: next(sizes)))
    at = Instant(NOW_NS, 0, Trust.NTP)
    event = Event("e", "sensor_fault", "ph-3", "raised", Severity.YELLOW, at, "sensor ph-3 does not work", "")
    screen = Screen("headline")
    screen.show(answer(), [event])
    assert "EVENT raised sensor_fault: sensor ph-3 does not work" in capsys.readouterr().out
    screen.show(answer(), [])
    assert capsys.readouterr().out.count("\r\n") == 7


def test_without_a_station_status_reads_the_journal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "journal.db").open()
    store.journal.append([observation(1), observation(2)])
    store.journal.advance("office", 1)
    store.step()
    store.writer.close()
    assert cli.main(["status", "--state-dir", str(tmp_path)]) == 69
    said = capsys.readouterr()
    assert "ends with record 2; data is safe" in said.out
    assert "office: 1 waiting to be sent" in said.out
    assert "does not run" in said.err
    assert cli.main(["status", "--state-dir", str(tmp_path), "--json"]) == 69
    told = json.loads(capsys.readouterr().out)
    assert (told["running"], told["head"], told["backlog"]) == (False, 2, {"office": 1})


def test_without_a_station_status_stays_short_however_much_was_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "journal.db").open()
    store.journal.append([observation(n) for n in range(300)])
    for seq in range(1, 301):
        store.journal.park("office", seq, "too large")
    store.step()
    store.writer.close()
    assert cli.main(["status", "--state-dir", str(tmp_path)]) == 69
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "  300 refused or damaged: skyground parked"
    assert len(lines) < 5


def test_without_a_station_a_journal_that_cannot_be_read_is_not_called_safe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "journal.db").open()
    store.journal.append([observation(n) for n in range(300)])
    store.step()
    query = "SELECT rootpage FROM sqlite_master WHERE name = 'record'"
    (page,) = store.connection.execute(query).fetchone()
    store.writer.close()
    data = bytearray((tmp_path / "journal.db").read_bytes())
    data[(page - 1) * 1024 : page * 1024] = b"\xff" * 1024
    (tmp_path / "journal.db").write_bytes(data)
    assert cli.main(["status", "--state-dir", str(tmp_path)]) == 69
    said = capsys.readouterr().out
    assert said.startswith("its journal cannot be read: ")
    assert "safe" not in said


@pytest.mark.parametrize("text", [None, "[station\n", "station = 3\n", "[station]\nstate_dir = 7\n", "\x00"])
def test_status_works_without_a_configuration_that_can_be_read(
    text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.paths.STATE", tmp_path / "state")
    config = tmp_path / "skyground.toml"
    if text is not None:
        config.write_text(text, encoding="utf-8")
    assert cli.main(["status", "--config", str(config)]) == 69
    assert str(tmp_path / "state") in capsys.readouterr().err


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    out = capsys.readouterr().out
    assert all(command in out for command in cli.COMMANDS)


@pytest.mark.parametrize("typo", [["statsu"], ["--verson"], ["demo", "--sped", "3"]])
def test_a_wrong_word_is_refused_with_usage(typo: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        cli.main(typo)
    assert refused.value.code == 2
    assert "usage: skyground" in capsys.readouterr().err


def test_a_typo_gets_the_nearest_command() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "agent", "statsu"], capture_output=True, text=True, timeout=30, check=False
    )
    assert run.returncode == 2
    assert "there is no command 'statsu'; did you mean 'status'?" in run.stderr


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """`skyground status --json | head -1`, at its worst: the reader is gone before the first byte."""
    command = [sys.executable, "-m", "agent", "status", "--json", "--state-dir", str(tmp_path)]
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run(
        command,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    os.close(writer)
    assert (run.returncode, run.stderr) == (0, "")


def test_ctrl_c_ends_a_command_with_the_code_of_shells(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "run", interrupt)
    assert cli.main(["status"]) == 130
