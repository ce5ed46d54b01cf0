"""The agent as a user starts it, and what a test may ask of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.control import ControlError, ask
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

_ANSWER_S = 30.0


class AgentProcess:
    """`skyground run` on one configuration; `log` is its standard output, line by line as JSON.

    `module` may name a program that spoils the agent before it runs it: the proof that a test can fail.
    `prefix` is a command that becomes the agent, in another namespace say.
    """

    def __init__(
        self,
        config: Path,
        state: Path,
        module: str = "agent",
        prefix: Sequence[str] = (),
        **environment: str,
    ) -> None:
        self._module = module
        self._prefix = prefix
        self.config = config
        self.state = state
        self.output = config.with_suffix(".log")
        self._environment = {**os.environ, **environment}
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> AgentProcess:
        """Start it and wait until its socket answers."""
        with self.output.open("ab") as output:
            self._child = subprocess.Popen(
                [*self._prefix, sys.executable, "-m", self._module, "run", "--config", str(self.config)],
                stdout=output,
                stderr=output,
                env=self._environment,
            )
        wait_until(self.answers, f"the station answers; it said:\n{self.output.read_text()}", 30)
        return self

    def answers(self) -> bool:
        """Whether this very process serves the socket."""
        assert self._child is not None
        assert self._child.poll() is None, self.output.read_text()
        try:
            self.status()
        except ControlError:
            return False
        return True

    def status(self) -> dict[str, Any]:
        """What `skyground status --json` prints."""
        directory = Path(self._environment.get("RUNTIME_DIRECTORY") or self.state)
        # Weeks within seconds leave the control thread little of a busy machine.
        answer: dict[str, Any] = ask(directory / "control.sock", "status", timeout_s=_ANSWER_S)
        return answer

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._child is not None
        return self._child.pid

    def log(self) -> list[dict[str, Any]]:
        """Its log lines; the last one may be cut by a kill."""
        lines = self.output.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def kill(self) -> None:
        """As the kernel's out-of-memory killer would."""
        assert self._child is not None
        self._child.kill()
        self._child.wait(10)
        self._child = None

    def wait(self) -> int:
        """Until it ends by itself. Returns the exit code."""
        assert self._child is not None
        code = self._child.wait(60)
        self._child = None
        return code

    def stop(self) -> int:
        """As systemd would. Returns the exit code."""
        assert self._child is not None
        self._child.send_signal(signal.SIGTERM)
        code = self._child.wait(20)
        self._child = None
        return code

    def end(self) -> None:
        """At the end of a test, in whatever state it is."""
        if self._child is not None:
            self.kill()
