"""`skyground calibrate` on a real station over simulated wires, whatever is killed half-way."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING

import pytest

from agent import control
from agent.acquire.calibration.unfinished import DIRECTORY
from agent.cli.main import main
from drivers.simulated import bench_server
from drivers.simulated.site import SimulatedSite, station_toml
from tests.calibration.terminal import Terminal
from tests.servers.process import wait_until
from tests.system.agent_process import AgentProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.calibration.terminal import Answers

SPEED = 120.0


@pytest.fixture
def fast_site(tmp_path: Path) -> Iterator[SimulatedSite]:
    begun_s = time.time()

    def now() -> float:
        return begun_s + SPEED * (time.time() - begun_s)

    with SimulatedSite(tmp_path, now, seed=7, scenario="calm", workshop=True) as running:
        yield running


@pytest.fixture
def agent(tmp_path: Path, fast_site: SimulatedSite) -> Iterator[AgentProcess]:
    assert fast_site
    config = tmp_path / "station.toml"
    config.write_text(station_toml(tmp_path, period_s=600.0, workshop=True), encoding="utf-8")
    one = AgentProcess(config, tmp_path / "state", module="tests.calibration.fast_station", SPEED=str(SPEED))
    yield one
    one.end()


def put(directory: Path, *words: str) -> Callable[[], str]:
    """Put the electrode, and the thermometer beside it, into something; then Enter."""

    def now() -> str:
        for sensor in ("ph-7", "ph-3"):
            bench_server.ask(directory, {"sensor": sensor, "words": list(words), "temperature_c": 18.0})
        return ""

    return now


def test_a_calibration_survives_the_death_of_station_and_terminal(
    agent: AgentProcess, tmp_path: Path
) -> None:
    """The station is killed while the second buffer is measured; it goes on from there."""
    answers: Answers = [
        ("BUFFER 1 OF 2: PH 7: LOT", "A123"),
        ("Rinse the probe, dab it dry, put it into the buffer of pH 7", put(tmp_path, "buffer", "us-7.00")),
        ("Rinse the probe, dab it dry, put it into the buffer of pH 4", put(tmp_path, "buffer", "us-4.00")),
        ("Put the probe back", put(tmp_path, "site")),
    ]
    agent.start()
    with Terminal(agent.config, "ph-7", "--by", "J. Doe") as first:
        assert first.go(answers, stop_at="buffer of pH 4") is None
        put(tmp_path, "buffer", "us-4.00")()
        first.type("")
        wait_until(lambda: _step(agent)["kind"] == "measure", "the second buffer is measured")
        agent.kill()
        assert first.until_prompt() == "", "it has ended"
        assert "what was begun is kept: skyground calibrate ph-7" in first.said
    kept = json.loads((tmp_path / "state" / DIRECTORY / "ph-7.json").read_text())
    assert [given[0] for given in kept["given"]][-1] == "ph4_in"

    agent.start()
    with Terminal(agent.config, "ph-7", "--by", "J. Doe") as second:
        assert second.go(answers) == 0, second.said
    assert "goes on" in second.said
    assert "PH 7" not in second.said, "the first buffer is done"
    assert "CALIBRATED" in second.said

    (kept_record,) = (tmp_path / "state" / "calibrations" / "ph-7").glob("ph-7_ph_*.json")
    record = json.loads(kept_record.read_text())
    assert record["figures"]["acid_slope_percent"] == pytest.approx(96.3, abs=0.5)
    assert record["points"][0]["lot"] == "A123"
    assert record["by"] == "J. Doe"
    assert not (tmp_path / "state" / DIRECTORY / "ph-7.json").exists()
    status = agent.status()
    assert status["maintenance"] == []
    answer = control.ask(tmp_path / "state" / "control.sock", "read", {"sensor": "ph-7"})
    assert answer["channels"][0]["value"] is not None


def test_it_may_be_left_taken_up_and_given_up(
    agent: AgentProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["calibrate", "ph-7", "--by", "J. Doe", "--config", str(agent.config)]
    assert main(words) == 69
    assert "no station runs" in capsys.readouterr().err

    agent.start()
    monkeypatch.setattr("sys.stdin", io.StringIO("five\n3\n"))
    assert main(words) == 1, "its input ended"
    told = capsys.readouterr()
    assert "'five' is none of them" in told.err
    assert "2. WHICH BUFFERS?" in told.out
    assert "Go on:   skyground calibrate ph-7" in told.out

    monkeypatch.setattr("sys.stdin", Interrupted())
    assert main(words) == 130
    assert "2. WHICH BUFFERS?" in capsys.readouterr().out, "it goes on where it was left"

    assert main([*words, "--abandon"]) == 0
    assert "Nothing was changed" in capsys.readouterr().out
    assert main(["calibrate", "ph-99", "--config", str(agent.config)]) == 1
    assert "there is no sensor 'ph-99'" in capsys.readouterr().err


class Interrupted:
    """A keyboard on which Ctrl-C is pressed."""

    def readline(self) -> str:
        raise KeyboardInterrupt


def _step(agent: AgentProcess) -> dict[str, object]:
    step: dict[str, object] = control.ask(agent.state / "control.sock", "calibrate_show", {"sensor": "ph-7"})
    return step
