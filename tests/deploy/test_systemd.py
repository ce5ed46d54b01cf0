"""The service file is understood by systemd, keeps its promises, and stays locked down."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.servers.process import program

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNIT = FOLDER / "skyground.service"


def directives() -> list[tuple[str, str]]:
    """Every `Key=value` of the unit, in order."""
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    return [
        (key, value) for key, _, value in (line.partition("=") for line in lines if re.match(r"[A-Z]", line))
    ]


def setting(key: str) -> list[str]:
    """All values of one key."""
    return [value for name, value in directives() if name == key]


def analyze(*args: str) -> subprocess.CompletedProcess[str]:
    """`systemd-analyze`, with its answer in English."""
    command = [program("systemd-analyze", "systemd"), *args]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"LC_ALL": "C", "PATH": "/usr/bin"},
    )


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists here: `verify` looks for it, and the station's is not installed."""
    path = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text), encoding="utf-8")
    return path


def complaints_about(unit: Path) -> str:
    """What `verify` says about the unit. Other units of the test machine are not our concern."""
    answer = analyze("verify", "--man=no", "--recursive-errors=no", str(unit))
    return "\n".join(line for line in answer.stderr.splitlines() if unit.name in line)


def test_systemd_knows_every_key_and_value(unit: Path) -> None:
    assert complaints_about(unit) == ""


def test_verify_would_name_an_unknown_key_and_a_bad_value(unit: Path) -> None:
    """The test above can fail."""
    text = unit.read_text(encoding="utf-8")
    unit.write_text(text.replace("[Install]", "RestratSec=5\nWatchdogSec=soon\n[Install]"), encoding="utf-8")
    assert "RestratSec" in complaints_about(unit)
    assert "ignoring: soon" in complaints_about(unit)


def test_exposure_is_at_most_1_3(unit: Path) -> None:
    answer = analyze("security", "--offline=true", "--no-pager", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", answer.stdout)
    assert found is not None, answer.stderr
    assert float(found[1]) <= 1.3


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("ExecStart", "/opt/skyground/bin/skyground run --config /etc/skyground/skyground.toml"),
        ("User", "skyground"),
        ("Restart", "always"),
        ("StartLimitIntervalSec", "0"),
        ("RestartPreventExitStatus", "78"),
        ("StateDirectory", "skyground"),
        ("RuntimeDirectory", "skyground"),
        ("ConfigurationDirectory", "skyground"),
        ("SupplementaryGroups", "i2c dialout"),
        ("DevicePolicy", "closed"),
        ("UMask", "0077"),
    ],
)
def test_the_station_relies_on(key: str, value: str) -> None:
    assert setting(key) == [value]


def test_every_wire_may_be_opened_and_nothing_else() -> None:
    wires = {"i2c", "ttyUSB", "ttyACM", "ttyAMA", "ttyS"}
    assert set(setting("DeviceAllow")) == {f"char-{wire} rw" for wire in wires}
    assert setting("PrivateDevices") == []


def test_no_network_and_no_clock_is_waited_for() -> None:
    """A station without network or time still samples."""
    ordering = {"After", "Wants", "Requires", "Requisite", "BindsTo"}
    assert [key for key, _ in directives() if key in ordering] == []


def test_memory_slows_down_before_it_ends() -> None:
    (high,), (most,) = setting("MemoryHigh"), setting("MemoryMax")
    assert 0 < int(high.removesuffix("M")) < int(most.removesuffix("M"))


def test_a_missing_secret_has_a_blank_fallback() -> None:
    """Without it systemd refuses to start the service (status 243)."""
    named = {value.partition(":")[0] for value in setting("LoadCredential")}
    assert sorted(setting("SetCredential")) == sorted(rf"{name}:\n" for name in named)


def test_every_secret_that_the_example_names_is_loaded() -> None:
    example = (FOLDER.parents[1] / "config.example.toml").read_text(encoding="utf-8")
    wanted = set(re.findall(r'"credential:([A-Za-z0-9_.-]+)"', example))
    assert {f"{name}:/etc/skyground/credentials/{name}" for name in wanted} == set(setting("LoadCredential"))


def test_sysusers_makes_the_user_and_the_bus_groups(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    command = [
        program("systemd-sysusers", "systemd"),
        f"--root={tmp_path}",
        str(FOLDER / "skyground.sysusers.conf"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    members = {
        fields[0]: fields[3]
        for fields in (line.split(":") for line in (etc / "group").read_text(encoding="utf-8").splitlines())
    }
    assert members == {"skyground": "", "i2c": "skyground", "dialout": "skyground"}
    (user,) = (etc / "passwd").read_text(encoding="utf-8").splitlines()
    assert user.startswith("skyground:")
    assert user.endswith("/nologin")
