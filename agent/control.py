"""The station's Unix socket: one JSON line in, one JSON line out. No network socket ever listens.

    {"command": NAME, "arguments": {...}}   ->   {"ok": ANSWER} or {"error": WHAT, "hint": WHAT TO DO}

An answer that takes time (a bus has to be asked) holds nobody up: its client waits, others are served.
Who may open the socket file may ask; its mode is the access control.
"""

from __future__ import annotations

import json
import os
import select
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.model import Instant

# A person waits no longer than this unless told beforehand. What can be asked in parts is asked in parts.
LONGEST_ANSWER_S = 60.0
_LATE_S = 5.0  # beyond that: a bus that is stuck in the kernel keeps no promise at all
_REQUEST_BYTES = 65536
_CLIENT_S = 2.0
_POLL_S = 1.0  # how long a stop may wait for this worker
_LOOK_S = 0.05  # how long an answer may lie there while somebody waits for it
_MOST_WAITING = 16


class ControlError(Exception):
    """No station answers on the socket; the message says why."""


class RefusedError(ControlError):
    """The station answers, in words, that it did not do it; `hint` says what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


class Deferred(NamedTuple):
    """What a handler returns when its answer takes time.

    Attributes:
        is_over: whether the answer is there.
        answer: gives it. Raises RefusedError.
        abandon: called when nobody waits for it any more.
        longest_s: after this long the answer is there, or a refusal in its place.
    """

    is_over: Callable[[], bool]
    answer: Callable[[], object]
    abandon: Callable[[], None]
    longest_s: float = LONGEST_ANSWER_S


class _Waiting(NamedTuple):
    client: socket.socket
    deferred: Deferred
    give_up_s: float


class Control:
    """Answers requests with the handler of that name, which is given their arguments.

    A handler answers at once, or with a `Deferred`, or raises RefusedError.
    """

    name = "control"

    def __init__(self, path: Path, handlers: Mapping[str, Callable[[Mapping[str, Any]], object]]) -> None:
        self.wake = threading.Event()
        self._path = path
        self._handlers = handlers
        self._listener: socket.socket | None = None
        self._waiting: list[_Waiting] = []

    def step(self, _now: Instant) -> float:
        """Serve one client and whoever's answer is there, or wait a second for one."""
        listener = self._listener = self._listener or self._listen()
        ready, _, _ = select.select([listener], [], [], _LOOK_S if self._waiting else _POLL_S)
        if ready:
            client, _ = listener.accept()
            client.settimeout(_CLIENT_S)
            self._serve(client)
        self._waiting = [each for each in self._waiting if not self._is_served(each)]
        return 0.0

    def status(self) -> dict[str, object]:
        """Where it listens."""
        return {"socket": str(self._path)}

    def close(self) -> None:
        """Hang up on who waits, stop listening and remove the socket file."""
        for each in self._waiting:
            _reply(each.client, _refusal("the station is being stopped", "start it, then ask again"))
        self._waiting = []
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
        """Answer one request, or let its client wait."""
        try:
            line = _read_line(client, _CLIENT_S)
        except OSError:
            client.close()
            return  # the client went away; it is its loss only
        try:
            answer = self._handle(line)
        except RefusedError as error:
            _reply(client, _refusal(str(error), error.hint))
            return
        if isinstance(answer, Deferred):
            self._waiting.append(_Waiting(client, answer, time.monotonic() + answer.longest_s + _LATE_S))
        else:
            _reply(client, {"ok": answer})

    def _handle(self, line: bytes) -> object:
        """What the handler says. Raises RefusedError."""
        command, arguments = _request(line)
        handler = self._handlers.get(command)
        if handler is None:
            known = ", ".join(sorted(self._handlers))
            raise RefusedError(f"unknown command; this station knows: {known}", "is it old? restart it")
        answer = handler(arguments)
        if isinstance(answer, Deferred) and len(self._waiting) >= _MOST_WAITING:
            answer.abandon()
            raise RefusedError(f"{_MOST_WAITING} requests wait for their answer already", "ask again later")
        return answer

    def _is_served(self, waiting: _Waiting) -> bool:
        """Whether this client has its answer, or none is to be expected, or it is gone."""
        client, deferred, give_up_s = waiting
        if deferred.is_over():
            _reply(client, _answer_of(deferred))
            return True
        is_late = time.monotonic() >= give_up_s
        if not is_late and not _is_gone(client):
            return False
        deferred.abandon()
        _reply(client, _refusal("the bus gave no sign of life", "`skyground status` says if it is stuck"))
        return True


def ask(
    path: Path, command: str, arguments: Mapping[str, Any] | None = None, *, timeout_s: float = 5.0
) -> Any:
    """Ask the running station. Returns its answer (JSON values).

    Raises:
        RefusedError: it answers that it did not do it.
        ControlError: nobody answers within `timeout_s`.
    """
    request = {"command": command, "arguments": dict(arguments or {})}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(timeout_s)
        try:
            line.connect(str(path))
            line.sendall(json.dumps(request).encode() + b"\n")
            heard = _read_line(line, timeout_s, limit=1 << 24)
            if not heard:
                raise ValueError("it hung up")  # noqa: TRY301  told like all the other ways not to answer
            answer = json.loads(heard)
        except (OSError, ValueError) as error:
            why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            raise ControlError(f"no station answers at {path}: {why}") from error
    if "error" in answer:
        raise RefusedError(str(answer["error"]), str(answer.get("hint", "")))
    return answer["ok"]


def _request(line: bytes) -> tuple[str, Mapping[str, Any]]:
    """Command and arguments of a request. Raises RefusedError."""
    try:
        request = json.loads(line)
        command, arguments = request["command"], request.get("arguments", {})
    except (ValueError, KeyError, TypeError, RecursionError):
        command, arguments = None, None
    if not isinstance(command, str) or not isinstance(arguments, dict):
        raise RefusedError('a request is one line of JSON: {"command": NAME, "arguments": {...}}')
    return command, arguments


def _answer_of(deferred: Deferred) -> dict[str, object]:
    try:
        return {"ok": deferred.answer()}
    except RefusedError as error:
        return _refusal(str(error), error.hint)


def _refusal(what: str, hint: str) -> dict[str, object]:
    return {"error": what, "hint": hint}


def _reply(client: socket.socket, answer: Mapping[str, object]) -> None:
    """Send the answer and hang up. A client that went away is its own loss only."""
    with client, suppress(OSError):
        client.sendall(json.dumps(answer, ensure_ascii=False).encode() + b"\n")


def _is_gone(client: socket.socket) -> bool:
    """Whether the other side has closed its socket; one that has only ended its sending still listens."""
    poll = select.poll()
    poll.register(client, 0)
    return bool(poll.poll(0))


def _read_line(line: socket.socket, timeout_s: float, limit: int = _REQUEST_BYTES) -> bytes:
    """What comes until the end of the line, all of it within `timeout_s`. Raises OSError."""
    give_up_s = time.monotonic() + timeout_s
    data = b""
    while not data.endswith(b"\n") and len(data) < limit:
        line.settimeout(max(0.001, give_up_s - time.monotonic()))
        part = line.recv(65536)
        if not part:
            break
        data += part
    return data
