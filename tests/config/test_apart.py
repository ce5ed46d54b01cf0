"""The configuration is loaded in a child that ends: what comes back, and what when the child fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli.apart import load_apart
from agent.cli.check import load_or_explain
from agent.config.plain import Plain
from tests.config.rig import PH, RIGHT, changed

if TYPE_CHECKING:
    from pathlib import Path

    from agent.config.schema import Config

TLS = 'host = "mqtt.example.org"\ntls = true\nca_file = "/etc/ca.pem"\n'


def same(value: Any, model: Any) -> bool:
    """Whether plain data says what pydantic's models say, with the same types of numbers and paths."""
    if isinstance(value, Plain):
        return vars(value).keys() == dict(model).keys() and all(
            same(item, getattr(model, key)) for key, item in vars(value).items()
        )
    if isinstance(value, dict):
        return value.keys() == model.keys() and all(same(item, model[key]) for key, item in value.items())
    if isinstance(value, list):
        return len(value) == len(model) and all(same(*pair) for pair in zip(value, model, strict=True))
    return type(value) is type(model) and bool(value == model)


def written(folder: Path, text: str) -> Path:
    """A configuration file."""
    path = folder / "skyground.toml"
    path.write_text(text, encoding="utf-8")
    return path


def apart(path: Path) -> Config | int:
    """As `skyground run` does it."""
    return load_apart(lambda: load_or_explain(path))


def no_child_is_left() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def test_a_right_file_comes_back_as_plain_data_with_the_same_content(tmp_path: Path) -> None:
    path = written(tmp_path, changed('host = "mqtt.example.org"\n', TLS))
    config, here = apart(path), load_or_explain(path)
    assert isinstance(config, Plain)
    assert same(config, here)
    assert no_child_is_left()


def test_it_can_be_read_and_not_changed(tmp_path: Path) -> None:
    config: Any = apart(written(tmp_path, RIGHT))
    assert config == apart(tmp_path / "skyground.toml")
    assert (config.bus[0].kind, config.sensor[1].convert["water_level"].points[1]) == ("serial", [2.0, 10.0])
    with pytest.raises(AttributeError, match="does not change while the station runs: site"):
        config.station.site = "elsewhere"
    with pytest.raises(AttributeError, match="does not change while the station runs: site"):
        del config.station.site
    assert config.station.site == "north-dump"


def test_a_wrong_file_is_explained_on_standard_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every problem, exactly once, from the child; the parent knows only the exit code."""
    path = written(tmp_path, changed(PH, PH + "perod_s = 1\nunti = 3\n"))
    assert apart(path) == 78
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count(f"--> {path}:17:1") == err.count(f"--> {path}:18:1") == 1
    assert "2 problems; nothing was started" in err


def test_run_ends_with_the_exit_code_before_it_starts_anything(tmp_path: Path) -> None:
    path = written(tmp_path, changed(PH, PH + "perod_s = 1\n"))
    command = [sys.executable, "-m", "agent", "run", "--config", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.count(f"--> {path}:17:1") == 1


def test_a_missing_file_has_the_exit_code_of_an_unreadable_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert apart(tmp_path / "none.toml") == 74
    assert "no such file" in capfd.readouterr().err


def killed() -> int:
    """As the kernel's out-of-memory killer does."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def stuck() -> int:
    """Never ends by itself."""
    signal.pause()
    return 0


def buggy() -> int:
    raise LookupError("a bug of ours")


def test_a_child_that_is_killed_is_an_error_that_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    assert load_apart(killed) == 70
    err = capfd.readouterr().err
    assert "died before it had an answer (SIGKILL)" in err
    assert "recorded data are untouched" in err
    assert no_child_is_left()


def test_a_child_that_does_not_end_is_ended(capfd: pytest.CaptureFixture[str]) -> None:
    assert load_apart(stuck, 0.05) == 70
    assert "(SIGALRM)" in capfd.readouterr().err


def test_a_bug_in_the_child_is_shown_once_and_stops_the_start(capfd: pytest.CaptureFixture[str]) -> None:
    """The child must not go on as a second copy of its parent."""
    assert load_apart(buggy) == 70
    err = capfd.readouterr().err
    assert err.count("LookupError: a bug of ours") == 1
    assert "(exit code 1)" in err
