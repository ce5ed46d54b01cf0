"""The station's socket."""

from __future__ import annotations

import json
import socket
import stat
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from agent.clock import SystemClock
from agent.control import Control, ControlError, ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """The socket of a station that can say its name, or fail to."""
    path = tmp_path / "control.sock"
    control = Control(path, {"status": lambda: {"name": "北排土场"}, "big": lambda: "x" * 3_000_000})
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            control.step(SystemClock().now())
        control.close()

    control._listener = control._listen()
    thread = threading.Thread(target=serve)
    thread.start()
    yield path
    stop.set()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))  # ends the wait for a client
    thread.join()
    assert not path.exists()


def raw(path: Path, request: bytes) -> dict[str, str]:
    """The answer to bytes of one's own."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(path))
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer: dict[str, str] = json.loads(line.makefile("rb").read())
        return answer


def test_a_question_gets_its_answer(path: Path) -> None:
    assert ask(path, "status") == {"name": "北排土场"}


def test_a_large_answer_arrives_whole(path: Path) -> None:
    assert len(ask(path, "big")) == 3_000_000


def test_an_unknown_command_names_the_known_ones(path: Path) -> None:
    with pytest.raises(ControlError, match="knows: big, status"):
        ask(path, "reboot")


@pytest.mark.parametrize(
    "request_", [b"", b"\xff\xfe\n", b"[]\n", b"{}\n", b'{"command": 3}\n', b"x" * 60_000]
)
def test_nonsense_is_answered_and_harms_nobody(path: Path, request_: bytes) -> None:
    assert "error" in raw(path, request_)
    assert ask(path, "status")


def test_a_flood_is_cut_off_and_harms_nobody(path: Path) -> None:
    with suppress(ConnectionError):
        raw(path, b"x" * 1_000_000)
    assert ask(path, "status")


def test_a_client_that_goes_away_harms_nobody(path: Path) -> None:
    for _ in range(3):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(path))
            line.sendall(b'{"command": "big"}\n')
    assert ask(path, "status")


def test_only_owner_and_group_may_ask(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_nobody_there_is_said_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match=r"no station answers at .*gone.sock: No such file"):
        ask(tmp_path / "gone.sock", "status")


def test_the_socket_of_a_dead_station_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    control = Control(path, {})
    control._listener = control._listen()
    assert control.status() == {"socket": str(path)}
    control.close()
