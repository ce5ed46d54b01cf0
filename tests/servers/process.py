"""A real server as a child of the tests: own port, own directory, stopped by its process id."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_START_S = 20.0
_STOP_S = 10.0
_RANDOM = random.SystemRandom()
_GIVEN: set[int] = set()
_SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))


def free_port() -> int:
    """A loopback port that nobody listens on, and that is given out once.

    Below the range from which the kernel takes ports for outgoing connections: one of those would sit on it
    before the server does.
    """
    while True:
        port = _RANDOM.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if port not in _GIVEN and probe.connect_ex(("127.0.0.1", port)) != 0:
                _GIVEN.add(port)
                return port


def program(name: str, package: str) -> str:
    """Path of a Debian program; the test fails with the cure when it is not installed."""
    path = shutil.which(name, path=_SEARCH)
    if path is None:
        pytest.fail(f"this test needs the program {name}: sudo apt-get install {package}", pytrace=False)
    return path


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 15.0) -> None:
    """Return as soon as `condition()` is true; fail the test naming `what` after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: did not happen within {timeout_s:g} s")
        time.sleep(0.005)


def listens(port: int) -> bool:
    """Whether something accepts TCP connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """One child with its output in a file. `start` may be called again after `stop` or `kill`."""

    def __init__(self, command: list[str], log: Path, ready: Callable[[], bool]) -> None:
        self._command = command
        self._log = log
        self._ready = ready
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        # The kernel ends the child with us, so that a killed test run leaves no server behind.
        command = [program("setpriv", "util-linux"), "--pdeathsig", "KILL", *self._command]
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_S
        while not self._ready():
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.kill()
                pytest.fail(f"{self._command[0]} did not come up; it said:\n{self.log_text()}", pytrace=False)
            time.sleep(0.01)

    def stop(self) -> None:
        """Ask it to end, and see to it."""
        if self._child is not None:
            self._child.terminate()
            try:
                self._child.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
            self._child = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._child is not None:
            self._child.kill()
            self._child.wait(_STOP_S)
            self._child = None

    @property
    def pid(self) -> int:
        """Its process id, while it runs."""
        assert self._child is not None
        return self._child.pid

    def log_text(self) -> str:
        """All that it said so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")
