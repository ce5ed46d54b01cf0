"""Talking to a machine: commands and files over one ssh connection."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

from tests.machine.errors import MachineError

_COMMAND_S = 180.0


class Shell:
    """root on the machine that listens on a loopback port."""

    def __init__(self, key: Path, control: Path, port: int) -> None:
        self.port = port
        self._control = control
        self._ssh = ["ssh", "-q", "-i", str(key), "-p", str(port), "-o", "StrictHostKeyChecking=no"]
        self._ssh += [
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "ConnectTimeout=20",
            "-o",
            "ControlMaster=auto",
        ]
        self._ssh += [
            "-o",
            f"ControlPath={control}",
            "-o",
            "ControlPersist=600",
            "-o",
            "ServerAliveInterval=15",
        ]

    def run(self, command: str, *, given: bytes = b"", timeout_s: float = _COMMAND_S) -> str:
        """What a command prints, both streams. Raises MachineError when it fails or hangs."""
        code, said = self.attempt(command, given=given, timeout_s=timeout_s)
        if code:
            raise MachineError(f"on the machine, {command!r} ended with {code}:\n{said[-3000:]}")
        return said

    def attempt(self, command: str, *, given: bytes = b"", timeout_s: float = _COMMAND_S) -> tuple[int, str]:
        """The exit code of a command and what it printed. Raises MachineError when it hangs."""
        try:
            done = subprocess.run(
                [*self._ssh, "root@127.0.0.1", command],
                input=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise MachineError(f"on the machine, {command!r} did not end in {timeout_s:g} s") from None
        return done.returncode, done.stdout.decode(errors="replace")

    def write(self, path: str, content: str) -> None:
        """A file on the machine."""
        self.run(f"mkdir -p {Path(path).parent} && cat >{path}", given=content.encode())

    def fetch(self, path: str) -> bytes:
        """A file from the machine. Raises MachineError."""
        done = subprocess.run(
            [*self._ssh, "root@127.0.0.1", f"cat {path}"],
            capture_output=True,
            timeout=_COMMAND_S,
            check=False,
        )
        if done.returncode:
            raise MachineError(f"no {path} on the machine: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def close(self) -> None:
        """Forget the connection: the machine is gone."""
        with suppress(subprocess.TimeoutExpired, FileNotFoundError):
            subprocess.run(
                [*self._ssh, "-O", "exit", "root@127.0.0.1"], capture_output=True, timeout=5, check=False
            )
        self._control.unlink(missing_ok=True)
