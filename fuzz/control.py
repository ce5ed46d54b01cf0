"""Requests on the station's socket."""

from __future__ import annotations

import json
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.control import Control
from agent.model import Instant, Trust
from fuzz.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOW = Instant(0, 0, Trust.NONE)
_MOST_BYTES = 1 << 20


def _status(_arguments: Mapping[str, Any]) -> object:
    return {"site": "north"}


def _request(data: bytes) -> None:
    """Any bytes from a client that then waits: one line of JSON answers it."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        control = Control(Path(folder) / "control.sock", {"status": _status})
        control._listener = control._listen()  # noqa: SLF001 - `step` would wait a second for the first client
        try:
            client.connect(str(Path(folder) / "control.sock"))
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            control.step(_NOW)
            answer = json.loads(client.recv(_MOST_BYTES))
        finally:
            control.close()
    assert ("ok" in answer) != ("error" in answer), answer


REQUEST = Target(
    _request,
    (
        b'{"command": "status"}\n',
        b'{"command": "read", "arguments": {"sensor": "ph-3"}}\n',
        b'{"command": "scan", "arguments": {"bus": "rs485-0", "units": [1, 247]}}\n',
    ),
    (
        b'"arguments": ',
        b"[" * 3000,
        b'{"a":' * 500,
        b"null",
        b"NaN",
        b"1e999",
        b'"\\ud800"',
        b"\n",
        b'"command": ',
    ),
)
