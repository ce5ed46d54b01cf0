"""`skyground simulate` as a program of its own: serves, says what to type next, cleans up."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
import tomllib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import serial

from agent.cli import simulate
from agent.config.schema import Config
from drivers.simulated.modbus_frame import framed
from drivers.simulated.physics import Site
from drivers.simulated.scenario import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = """
import argparse, sys
from agent.cli import simulate
parser = argparse.ArgumentParser()
simulate.add_arguments(parser)
sys.exit(simulate.run(parser.parse_args()))
"""


def command(*args: object) -> list[str]:
    return [sys.executable, "-c", PROGRAM, *map(str, args)]


@contextmanager
def serving(*args: object) -> Iterator[subprocess.Popen[str]]:
    """The program, from the moment on when it has said that it serves."""
    with subprocess.Popen(command(*args), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            for line in process.stdout:
                if line.startswith("Ctrl-C"):
                    break
            yield process
        finally:
            process.kill()


def parse(*args: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    simulate.add_arguments(parser)
    return parser.parse_args([str(each) for each in args])


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_told_to_stop_and_leaves_nothing(tmp_path: Path, stop: signal.Signals) -> None:
    """Wires and configuration stand while it runs; afterwards not even the directory that it made."""
    directory = tmp_path / "site"
    with serving("--dir", directory, "--period", "0.5", "--speed", "60") as process:
        assert {each.name for each in directory.iterdir()} == {
            "station.toml",
            "rs485-0",
            "i2c-1.sock",
            "bench.sock",
        }
        config = Config.model_validate(tomllib.loads((directory / "station.toml").read_text()))
        assert config.sensor[0].period_s == 0.5
        process.send_signal(stop)
        assert process.wait(10) == 0
    assert list(tmp_path.iterdir()) == []


def test_what_others_put_there_stays(tmp_path: Path) -> None:
    """The state of a station that ran here is not ours to delete."""
    directory = tmp_path / "site"
    with serving("--dir", directory) as process:
        (directory / "state").mkdir()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert [each.name for each in directory.iterdir()] == ["state"]


def test_it_plays_the_scenario_that_was_asked_for(tmp_path: Path) -> None:
    """The soil on the wire is as wet as the rain before `slope` left it, and not as in any other story."""
    moisture = framed(bytes.fromhex("01 03 00 12 00 01"))
    with (
        serving("--dir", tmp_path, "--scenario", "slope"),
        serial.Serial(str(tmp_path / "rs485-0"), timeout=5) as port,
    ):
        port.write(moisture)
        per_mille = int.from_bytes(port.read(7)[3:5], "big")
    now_s = time.time()
    states = {name: Site(1, SCENARIOS[name], now_s).at(now_s) for name in ("slope", "demo")}
    expected = {name: state.soil_moisture_shallow * 1000 for name, state in states.items()}
    assert per_mille == pytest.approx(expected["slope"], abs=3)
    assert per_mille != pytest.approx(expected["demo"], abs=3)


def test_it_says_what_to_type_next(tmp_path: Path) -> None:
    with subprocess.Popen(command("--dir", tmp_path), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(4)]
        process.terminate()
    assert lines[3].strip() == f"skyground run --config {tmp_path}/station.toml"


def test_a_second_site_in_the_same_place_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first keeps serving; the second says why not and what to do."""
    with serving("--dir", tmp_path):
        assert simulate.run(parse("--dir", tmp_path)) == 69
        assert (tmp_path / "station.toml").exists()
    error = capsys.readouterr().err
    assert f"another simulated site uses {tmp_path}" in error
    assert "help: choose another --dir" in error


def test_a_killed_site_is_followed_by_a_new_one(tmp_path: Path) -> None:
    """What a kill -9 leaves behind is replaced without a question."""
    with serving("--dir", tmp_path) as process:
        process.kill()
        process.wait(10)
        assert (tmp_path / "station.toml").exists()
        with serving("--dir", tmp_path, "--scenario", "calm") as successor:
            successor.send_signal(signal.SIGINT)
            assert successor.wait(10) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_of_somebody_else_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "station.toml").write_text("precious")
    assert simulate.run(parse("--dir", tmp_path)) == 74
    assert "it is left alone" in capsys.readouterr().err
    assert [each.read_text() for each in tmp_path.iterdir()] == ["precious"]


def test_an_unknown_scenario_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.run(parse("--dir", tmp_path / "site", "--scenario", "flood")) == 2
    assert "there are: calm, storm, seep, slope, demo" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_path_too_long_for_a_socket_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unix sockets end at 108 bytes: the reason and the remedy are said, and nothing stays."""
    assert simulate.run(parse("--dir", tmp_path / ("d" * 120))) == 74
    assert "path too long" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "1e6", "fast"])
def test_impossible_speeds_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], speed: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("--dir", tmp_path, "--speed", speed)
    assert caught.value.code == 2
    assert "--speed" in capsys.readouterr().err
