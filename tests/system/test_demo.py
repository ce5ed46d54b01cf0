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


def finished(*words: str) -> subprocess.CompletedProcess[str]:
    """A command, run to its end."""
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo must leave nothing."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_both_alarms_come_with_their_numbers_and_the_journal_stays_where_it_is_told(tmp_path: Path) -> None:
    """Through the wires, at four times the usual speed; other commands then read what it left."""
    kept = tmp_path / "mine"
    words = [*DEMO, "--speed", "7200", "--seconds", "120", "--keep", str(kept)]
    told: list[str] = []
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        for line in child.stdout:
            told.append(line)
            if line.startswith("EVENT raised subsidence"):
                child.send_signal(signal.SIGINT)
    assert child.returncode == 0
    text = "".join(told)
    assert text.index("EVENT raised acid_drainage: Acid drainage, ") < text.index("raised subsidence")
    assert "conductivity" in text
    assert "First: " in text.partition("raised subsidence")[2]
    assert told[-1] == f"demo ended; its journal and configuration are in {kept}\n"
    events = finished(*DEMO[:-1], "events", "--state-dir", str(kept / "state"))
    assert "acid_drainage-" in events.stdout
    again = finished(*DEMO, "--keep", str(kept))
    assert (again.returncode, again.stderr.splitlines()[0]) == (2, f"error: --keep {kept}: it is not empty")


def test_without_a_terminal_it_prints_observations_and_ends_by_itself(temporary: Path) -> None:
    run = finished(*DEMO, "--seconds", "3", "--history", "0")
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert lines[0].startswith("skyground demo: simulated site")
    assert any("ph-3/ph" in line and line.endswith("good") for line in lines)
    assert lines[-1] == "demo ended; nothing is left behind"
    assert list(temporary.iterdir()) == []


def test_on_a_terminal_it_draws_a_table_and_ctrl_c_ends_it_cleanly(temporary: Path) -> None:
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    words = [*DEMO, "--history", "0"]
    child = subprocess.Popen(words, stdin=follower, stdout=follower, stderr=follower, start_new_session=True)
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
    run = finished(*DEMO, "--seconds", "4", "--history", "1", *where)
    assert (run.returncode, run.stderr) == (0, "")
    assert subscriber.on("/readings")
    assert influxdb.query("SELECT value FROM reading WHERE sensor = 'ph-3'", database)
    assert b"stopped" in subscriber.on("/status")[-1].payload
    assert list(temporary.iterdir()) == []


def test_a_pipe_hears_of_a_broker_that_is_away_and_of_its_return(
    temporary: Path, make_mosquitto: Callable[..., Mosquitto]
) -> None:
    port = free_port()
    words = [*DEMO, "--mqtt", f"localhost:{port}", "--seconds", "60", "--history", "0"]
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
        (["--history", "70"], "no number of days from 0 to 60"),
        (["--speed", "fast"], "'fast' is not a number"),
        (["--mqtt", "localhost:mqtt"], "the port must be a number"),
        (["--influx", "localhost:8086/db"], "not a URL"),
        (["--influx", "http://localhost:8086"], "must end with the database"),
    ],
)
def test_wrong_arguments_are_explained(words: list[str], complaint: str) -> None:
    run = finished(*DEMO, *words)
    assert run.returncode == 2
    assert complaint in run.stderr
    assert "Traceback" not in run.stderr
