"""`skyground demo`: one command, no root, no network, nothing left behind."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.servers.process import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.influxdb import Influxdb
    from tests.servers.mosquitto import Mosquitto, Subscriber

DEMO = [sys.executable, "-m", "agent", "demo"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo must leave nothing."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_without_a_terminal_it_prints_observations_and_ends_by_itself(temporary: Path) -> None:
    run = subprocess.run([*DEMO, "--seconds", "3"], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert lines[0].startswith("skyground demo: simulated site")
    assert any("ph-3/ph" in line and line.endswith("good") for line in lines)
    assert lines[-1] == "demo ended; nothing is left behind"
    assert list(temporary.iterdir()) == []


def test_on_a_terminal_it_draws_a_table_and_ctrl_c_ends_it_cleanly(temporary: Path) -> None:
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    child = subprocess.Popen(DEMO, stdin=follower, stdout=follower, stderr=follower, start_new_session=True)
    os.close(follower)
    os.set_blocking(leader, False)
    screen = bytearray()

    def shows(text: bytes) -> bool:
        with suppress(OSError):  # nothing there yet, or nobody there any more
            screen.extend(os.read(leader, 65536))
        return text in screen

    wait_until(lambda: shows(b"battery/supply_voltage") and b"good" in screen, "the table")
    assert b"CHANNEL" in screen
    child.send_signal(signal.SIGINT)
    wait_until(lambda: shows(b"nothing is left behind") or child.poll() is not None, "the end")
    assert child.wait(20) == 0
    shows(b"")
    os.close(leader)
    assert b"Traceback" not in screen
    assert list(temporary.iterdir()) == []


def test_it_uses_a_broker_and_a_database_when_they_are_given(
    temporary: Path, mosquitto: Mosquitto, subscribe: Callable[..., Subscriber], influxdb: Influxdb
) -> None:
    database = influxdb.new_database()
    subscriber = subscribe(mosquitto, "mine/v1/demo-mine/st-1/#")
    where = ["--mqtt", f"127.0.0.1:{mosquitto.port}", "--influx", f"{influxdb.url}/{database}"]
    run = subprocess.run(
        [*DEMO, "--seconds", "4", *where], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert subscriber.on("/readings")
    assert influxdb.query("SELECT value FROM reading WHERE sensor = 'ph-3'", database)
    assert b"stopped" in subscriber.on("/status")[-1].payload
    assert list(temporary.iterdir()) == []


def test_a_pipe_hears_of_a_broker_that_is_away_and_of_its_return(
    temporary: Path, make_mosquitto: Callable[..., Mosquitto]
) -> None:
    port = free_port()
    words = [*DEMO, "--mqtt", f"localhost:{port}", "--seconds", "60"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        told: list[str] = []
        for line in child.stdout:
            if not line.startswith("SINK"):
                continue
            told.append(line)
            if "is back" in line:
                break
            make_mosquitto(port=port)
        child.send_signal(signal.SIGINT)
        told += [line for line in child.stdout if line.startswith("SINK")]
    assert f"SINK mqtt: nothing listens on localhost:{port}" in told[0]
    assert "data is safe" in told[0]
    assert told[1].startswith("SINK mqtt is back")
    assert (len(told), child.returncode) == (2, 0)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--scenario", "flood"], "calm"),
        (["--speed", "0"], "above 0"),
        (["--speed", "fast"], "'fast' is not a number"),
        (["--mqtt", "localhost:mqtt"], "the port must be a number"),
        (["--influx", "localhost:8086/db"], "not a URL"),
        (["--influx", "http://localhost:8086"], "must end with the database"),
    ],
)
def test_wrong_arguments_are_explained(words: list[str], complaint: str) -> None:
    run = subprocess.run([*DEMO, *words], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 2
    assert complaint in run.stderr
    assert "Traceback" not in run.stderr
