"""Programs that a benchmark starts: own directory, own port, ended by their process id whatever happens."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
_START_S = 30.0
_STOP_S = 20.0


class BenchmarkError(Exception):
    """A measurement cannot be taken; the message says why."""


class Child:
    """One process with its output in `log`, running from the constructor to the end of a `with` block."""

    def __init__(self, command: Sequence[str], log: Path, **environment: str) -> None:
        self.log = log
        self._name = command[0]
        # The kernel ends the child with us, so that a benchmark that was killed leaves nothing behind.
        guarded = [program("setpriv"), "--pdeathsig", "KILL", *command]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                guarded,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **environment},
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def wait_until(self, condition: Callable[[], object], what: str, timeout_s: float = _START_S) -> None:
        """Return once `condition()` holds. Raises BenchmarkError when the child ends before, or in time."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise BenchmarkError(f"{what}: did not happen. {self._name} said:\n{said}")
            time.sleep(0.005)

    def says(self, word: str) -> bool:
        """Whether its output holds `word` by now."""
        return word in self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """SIGTERM, and see to it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(_STOP_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def program(name: str) -> str:
    """Path of a program. Raises BenchmarkError when it is not installed."""
    path = shutil.which(name, path=_SEARCH)
    if path is None:
        raise BenchmarkError(f"the program {name} is not installed: run scripts/bench, which installs it")
    return path


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether something accepts TCP connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
