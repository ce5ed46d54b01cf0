"""`skyground calibration` as a technician types it: with a station that runs, and without one."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

import pytest

from agent.acquire.calibration.store import Calibrations
from agent.cli.calibration_lines import status_lines
from agent.cli.main import main
from agent.config.load import load
from agent.control import Control
from agent.lock import Lock
from drivers.simulated.ads1115 import Ads1115
from drivers.simulated.i2c_server import I2cServer
from tests.calibration.rig import RECORD
from tests.calibration.running import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
[station]
site = "north-dump"
id = "st-01"
state_dir = "{state}"
[[bus]]
id = "i2c-1"
kind = "i2c"
adapter = "unix:{state}/i2c.sock"
[[sensor]]
id = "ph-3"
model = "ads1115"
bus = "i2c-1"
input = "A0"
quantity = "ph"
calibrate.ph.valid_days = 36500
[sensor.convert.ph]
kind = "linear"
points = [[1.4, 7.0], [1.9, 4.0]]
"""


class Terminal:
    """Where somebody types; `code` is what the last command ended with."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.state = folder / "state"
        self.config = folder / "skyground.toml"
        self.config.write_text(CONFIG.format(state=self.state))
        self.store = Calibrations(self.state)
        self.code = 0
        self.error = ""
        self._capsys = capsys

    def types(self, *words: str) -> str:
        """What standard output says."""
        self.code = main(["calibration", *words, "--config", str(self.config)])
        said = self._capsys.readouterr()
        self.error = said.err
        return said.out


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys)


def test_without_any_calibration_it_says_so(terminal: Terminal) -> None:
    assert "was never calibrated" in terminal.types("history", "ph-3")
    assert "no channel was ever calibrated" in terminal.types("due")
    terminal.types("rollback", "ph-3/ph")
    assert terminal.code == 1
    assert "ph-3/ph was never calibrated" in terminal.error
    terminal.types("show", "ph-3/ph")
    assert "has no calibration in force" in terminal.error
    terminal.types("show", "nothing")
    assert "there is no calibration 'nothing'" in terminal.error


def test_without_a_station_it_shows_and_goes_back_and_says_from_when_on(terminal: Terminal) -> None:
    first = terminal.store.save(RECORD)
    second = terminal.store.save(RECORD._replace(at="2026-11-23T10:15:00Z", verdict="service"))
    history = terminal.types("history", "ph-3/ph")
    assert [line.split()[-1] for line in history.split("\n")[1:3]] == ["force", first.id]
    assert second.id in history.split("\n")[1]
    said = terminal.types("rollback", "ph-3/ph", "--by", "A", "--why", "it drifts")
    assert said == f"ph-3/ph is converted by calibration {first.id}, from the next start on\n"
    assert terminal.store.active("ph-3", "ph") == first
    assert "it drifts" in terminal.types("history", "ph-3")
    terminal.types("rollback", "ph-3/ph", "--to", second.id)
    told = json.loads(terminal.types("due", "--json"))
    assert [(each["calibration"], each["verdict"]) for each in told] == [(second.id, "service")]
    assert "service" in terminal.types("due")
    assert terminal.types("withdraw", "ph-3/ph") == (
        "ph-3/ph is converted by the configuration, from the next start on\n"
    )
    assert terminal.store.active("ph-3", "ph") is None


def test_without_a_station_it_goes_back_step_by_step_and_names_what_stays(terminal: Terminal) -> None:
    first, second = terminal.store.save(RECORD), terminal.store.save(RECORD)
    terminal.types("rollback", "ph-3/ph")
    assert terminal.store.active("ph-3", "ph") == first
    assert "by the configuration" in terminal.types("rollback", "ph-3/ph")
    terminal.types("rollback", "ph-3/ph")
    assert (terminal.code, terminal.store.active("ph-3", "ph")) == (1, None)
    assert "nothing is before it" in terminal.error
    assert "rollback ph-3/ph --to ID" in terminal.error
    inside = terminal.store.save(RECORD._replace(law=None))
    terminal.types("rollback", "ph-3/ph", "--to", second.id)
    assert terminal.code == 0
    assert f"note: this is true only of an instrument that does not hold what {inside.id}" in terminal.error


def test_show_tells_all_that_is_needed_to_repeat_the_sum(terminal: Terminal) -> None:
    kept = terminal.store.save(RECORD)
    shown = terminal.types("show", "ph-3/ph")
    for part in (
        "lot A123",
        "1.5 V at 21.5 degC",
        "off by +0.12",
        "slope_percent 97.8",
        "Prüfer",
        "[1.5, 7.0]",
    ):
        assert part in shown
    assert json.loads(terminal.types("show", kept.id, "--json")) == json.loads(json.dumps(kept.as_json()))


def test_a_damaged_record_is_named(terminal: Terminal) -> None:
    kept = terminal.store.save(RECORD)
    next(terminal.state.rglob(f"{kept.id}.json")).write_text("{")
    assert "DAMAGED" in terminal.types("history", "ph-3")
    assert "NOT USED" in terminal.types("due")
    terminal.types("export", str(terminal.state / "all.json"))
    assert terminal.code == 1
    assert "left out" in terminal.error


def test_what_was_exported_serves_on_another_card(
    terminal: Terminal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = terminal.store.save(RECORD), terminal.store.save(RECORD)
    terminal.store.activate(first.id, at=RECORD.at, by="A", why="better")
    file = tmp_path / "all.json"
    terminal.types("export", str(file))
    (tmp_path / "new").mkdir()
    new = Terminal(tmp_path / "new", capsys)
    new.types("import", str(file))
    assert new.store.active("ph-3", "ph") is None
    assert {each.id for each in new.store.history("ph-3").records} == {first.id, second.id}
    new.types("import", str(file), "--activate")
    assert new.code == 0
    assert "0 calibrations taken up, 2 were here" in new.error
    assert new.store.active("ph-3", "ph") == first


@pytest.mark.parametrize("damage", ["edited", "gone", "other"])
def test_of_a_file_in_which_anything_is_wrong_nothing_is_taken_up(
    terminal: Terminal, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    kept = terminal.store.save(RECORD)
    file = tmp_path / "all.json"
    terminal.types("export", str(file))
    (tmp_path / "new").mkdir()
    new = Terminal(tmp_path / "new", capsys)
    if damage == "edited":
        file.write_text(file.read_text().replace("97.8", "99.8"))
    elif damage == "gone":
        file.unlink()
    else:
        new.store.add(kept._replace(notes="another one under this name"))
    before = sorted(new.state.rglob("*"))
    new.types("import", str(file))
    assert new.code == 1
    assert {"edited": "checksum", "gone": "no such file", "other": "not the same"}[
        damage
    ] in new.error.lower()
    assert sorted(new.state.rglob("*")) == before


def test_a_station_that_is_about_to_start_is_not_disturbed(terminal: Terminal) -> None:
    terminal.store.save(RECORD)
    lock = Lock(terminal.state / "lock")
    terminal.types("rollback", "ph-3/ph")
    lock.close()
    assert terminal.code == 1
    assert "another copy of this station runs" in terminal.error


def test_a_wrong_configuration_is_explained(terminal: Terminal) -> None:
    terminal.store.save(RECORD)
    terminal.config.write_text(terminal.config.read_text().replace("linear", "liner"))
    terminal.types("rollback", "ph-3/ph")
    assert terminal.code == 78
    assert "liner" in terminal.error


def test_read_without_a_station_converts_by_the_calibration_in_force(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.store.save(RECORD)
    with I2cServer(terminal.state / "i2c.sock", {0x48: Ads1115(lambda _pin: 1.75)}):
        assert main(["read", "ph-3", "--config", str(terminal.config)]) == 0
    assert "5.5" in capsys.readouterr().out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into everything")
def test_who_may_not_look_into_the_state_is_not_told_that_there_is_nothing(terminal: Terminal) -> None:
    terminal.store.save(RECORD)
    terminal.state.chmod(0)
    terminal.types("history", "ph-3")
    terminal.state.chmod(0o700)
    assert terminal.code == 69
    assert "permission denied" in terminal.error


@pytest.fixture
def running(terminal: Terminal) -> Iterator[Run]:
    """The station of this configuration runs, and listens on its socket."""
    terminal.state.mkdir()
    terminal.store.save(RECORD)
    with I2cServer(terminal.state / "i2c.sock", {0x48: Ads1115(lambda _pin: 1.75)}):
        run = Run(terminal.state, load(terminal.config))
        control = Control(terminal.state / "control.sock", run.requests.handlers())
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                control.step(run.clock.now())
                run.poller.step(run.clock.now())

        thread = threading.Thread(target=serve)
        thread.start()
        yield run
        over.set()
        thread.join()
        control.close()
        run.poller.close()


def test_a_station_that_runs_converts_by_it_at_once(terminal: Terminal, running: Run) -> None:
    first = terminal.store.active("ph-3", "ph")
    assert first is not None
    second = terminal.store.save(RECORD._replace(law={"kind": "polynomial", "coefficients": [9.0, -2.0]}))
    said = terminal.types("rollback", "ph-3/ph", "--to", second.id, "--by", "A")
    assert said == f"ph-3/ph is converted by calibration {second.id}, from now on\n"
    assert [each["calibration"] for each in json.loads(terminal.types("due", "--json"))] == [second.id]
    terminal.types("rollback", "ph-3/ph", "--to", "none")
    assert (terminal.code, terminal.error.split("\n")[0]) == (1, "error: there is no calibration 'none'")
    assert running.visits()[-1].data["id"] == second.id


def test_the_status_names_what_needs_somebody() -> None:
    well = {"channel": "ph-3/ph", "verdict": "good", "due_d": 12.0, "expired": False, "trouble": ""}
    assert status_lines([]) == []
    assert status_lines([well]) == ["calibrations: 1, the next due is ph-3/ph in 12 d"]
    late = {**well, "due_d": -3.0, "expired": True, "verdict": "service"}
    assert status_lines([late]) == [
        "calibration ph-3/ph: past its date for 3 d; skyground calibrate ph-3",
        "calibration ph-3/ph: verdict service",
    ]
    unused = {"channel": "ph-3/ph", "due_d": None, "expired": False, "trouble": "it is damaged"}
    assert status_lines([unused]) == ["calibration ph-3/ph: NOT USED: it is damaged"]
    other = {**unused, "calibration": "a", "verdict": "good"}
    assert status_lines([other]) == ["calibration ph-3/ph: PERHAPS ANOTHER: it is damaged"]
