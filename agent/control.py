"""The station's Unix socket: one JSON line in, one JSON line out. No network socket ever listens.

Who may open the socket file may ask; its mode is the access control.
"""

from __future__ import annotations

import json
import os
import select
import socket
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.model import Instant

_REQUEST_BYTES = 65536
_CLIENT_S = 2.0
_POLL_S = 1.0  # how long a stop may wait for this worker


class ControlError(Exception):
    """No station answers on the socket; the message says why."""


class Control:
    """Answers requests with the handler of that name."""

    name = "control"

    def __init__(self, path: Path, handlers: Mapping[str, Callable[[], object]]) -> None:
        self.wake = threading.Event()
        self._path = path
        self._handlers = handlers
        self._listener: socket.socket | None = None

    def step(self, _now: Instant) -> float:
        """Serve one client, or wait a second for one."""
        listener = self._listener = self._listener or self._listen()
        ready, _, _ = select.select([listener], [], [], _POLL_S)
        if ready:
            client, _ = listener.accept()
            with client:
                client.settimeout(_CLIENT_S)
                self._serve(client)
        return 0.0

    def status(self) -> dict[str, object]:
        """Where it listens."""
        return {"socket": str(self._path)}

    def close(self) -> None:
        """Stop listening and remove the socket file."""
        if self._listener is not None:
            self._listener.close()
            self._path.unlink(missing_ok=True)

    def _listen(self) -> socket.socket:
        # Only the holder of the station's lock gets here, so an old socket file has no owner.
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(self._path))
            self._path.chmod(0o660)
            listener.listen(8)
        except BaseException:
            listener.close()
            raise
        return listener

    def _serve(self, client: socket.socket) -> None:
        try:
            answer = self._answer(_read_line(client))
            client.sendall(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
        except OSError:
            return  # the client went away; it is its loss only

    def _answer(self, line: bytes) -> dict[str, object]:
        try:
            command = json.loads(line)["command"]
        except (ValueError, KeyError, TypeError):
            return {"error": 'a request is one line of JSON: {"command": NAME}'}
        handler = self._handlers.get(command) if isinstance(command, str) else None
        if handler is None:
            return {"error": f"unknown command; this station knows: {', '.join(sorted(self._handlers))}"}
        return {"ok": handler()}


def ask(path: Path, command: str, timeout_s: float = 5.0) -> Any:
    """Ask the running station. Returns its answer (JSON values). Raises ControlError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(timeout_s)
        try:
            line.connect(str(path))
            line.sendall(json.dumps({"command": command}).encode() + b"\n")
            answer = json.loads(_read_line(line, limit=1 << 24))
        except (OSError, ValueError) as error:
            why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            raise ControlError(f"no station answers at {path}: {why}") from error
    if "error" in answer:
        raise ControlError(str(answer["error"]))
    return answer["ok"]


def _read_line(line: socket.socket, limit: int = _REQUEST_BYTES) -> bytes:
    data = b""
    while not data.endswith(b"\n") and len(data) < limit:
        part = line.recv(65536)
        if not part:
            break
        data += part
    return data
