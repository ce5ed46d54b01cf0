"""`skyground check` as a person or a script meets it: output, streams, exit codes."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.cli import check
from tests.config.rig import MQTT, PH, RIGHT, changed

if TYPE_CHECKING:
    from agent.config.schema import Config

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def run(*words: str) -> int:
    """Run the command with these words."""
    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    return check.run(parser.parse_args(words))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A file to be written into."""
    return tmp_path / "skyground.toml"


def test_a_right_file_is_summed_up(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written.write_text(changed(MQTT, MQTT + "tls = true\n"))
    assert run("--config", str(written)) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "station  north-dump/st-01",
        "bus      rs485-0      serial /dev/ttyUSB0 9600 8N1",
        "bus      i2c-1        i2c /dev/i2c-1",
        "sensor   ph-3         sup-ph8001 on rs485-0, unit 3, every 60 s: temperature, ph",
        "sensor   level-1      ads1115 on i2c-1, 0x48 A0, every 60 s: water_level",
        "publish  office       mqtt mqtt.example.org:8883 with TLS",
        "publish  archive      influxdb v2 http://127.0.0.1:8086 skyground",
        "The configuration is right.",
    ]
    assert err == ""


def test_a_wrong_file_is_explained_on_standard_error(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written.write_text(changed(PH, PH + "perod_s = 1\n"))
    assert run("--config", str(written)) == 78
    out, err = capsys.readouterr()
    assert out == ""
    assert f"--> {written}:17:1" in err
    assert "\x1b" not in err


def test_a_missing_file_has_an_exit_code_of_its_own(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--config", str(written)) == 74
    assert "no such file" in capsys.readouterr().err


def test_json_holds_every_problem_and_no_line_of_the_file(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written.write_text(changed(MQTT, MQTT + 'password = "hunter2"\n'))
    assert run("--config", str(written), "--json") == 78
    out = capsys.readouterr().out
    answer = json.loads(out)
    assert (answer["ok"], answer["file"]) == (False, str(written))
    assert [(problem["code"], problem["line"]) for problem in answer["problems"]] == [("SG-C015", 32)]
    assert "hunter2" not in out


def test_a_secret_that_cannot_be_read_now_is_a_warning(
    written: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is right all the same: systemd may hand the secret to the service."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    written.write_text(changed(MQTT, MQTT + 'password_from = "credential:mqtt-password"\n'))
    assert run("--config", str(written)) == 0
    out, err = capsys.readouterr()
    assert out.endswith("The configuration is right.\n")
    assert 'warning[SG-C050]: password_from of publish "office"' in err
    assert "still samples" in err
    assert run("--config", str(written), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [problem["level"] for problem in answer["problems"]] == ["warning"]


def test_a_secret_that_everybody_can_read_is_a_warning(
    written: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2")
    secret.chmod(0o644)
    written.write_text(changed(MQTT, MQTT + f'password_from = "file:{secret}"\n'))
    assert run("--config", str(written)) == 0
    out, err = capsys.readouterr()
    assert f"sudo chmod o= {secret}" in err
    assert "hunter2" not in out + err
    secret.chmod(0o600)
    assert run("--config", str(written)) == 0
    assert capsys.readouterr().err == ""


def test_what_is_right_and_may_not_be_meant_is_a_warning(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line, and a circuit: exit code 0, the summary on one stream and the warnings on the other."""
    circuit = '[[sensor]]\nid = "ec-4"\nmodel = "ezo-ec"\nbus = "i2c-1"\n'
    written.write_text(changed('model = "sup-ph8001"', 'model = "sn-3002-tr"') + circuit)
    assert run("--config", str(written)) == 0
    out, err = capsys.readouterr()
    assert out.endswith("The configuration is right.\n")
    assert 'warning[SG-C052]: bus "rs485-0" runs at 9600 8N1' in err
    assert 'warning[SG-C054]: sensor "ec-4" (ezo-ec)' in err


def test_other_commands_get_the_configuration_or_an_exit_code(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written.write_text(RIGHT)
    config: Config | int = check.load_or_explain(written)
    assert not isinstance(config, int)
    written.write_text("")
    assert check.load_or_explain(written) == 78
    assert "[station]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("terminal", "environ", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_only_on_a_terminal_that_wants_it(
    written: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    terminal: bool,
    environ: dict[str, str],
    coloured: bool,
) -> None:
    for key in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(key, raising=False)
    for key, value in environ.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    assert run("--config", str(written)) == 74
    assert ("\x1b" in capsys.readouterr().err) is coloured


def test_the_real_command_exits_with_the_same_codes_and_loads_no_wire(written: Path) -> None:
    """Checking the example needs neither a bus library nor a broker's or a database's."""
    code = (
        "import sys; from agent.cli.main import main; code = main(['check', '--config', sys.argv[1]]);"
        "heavy = {'paho', 'influxdb_client', 'serial', 'minimalmodbus', 'smbus2'} & sys.modules.keys();"
        "print(heavy); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(EXAMPLE)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("The configuration is right.\nset()\n")
