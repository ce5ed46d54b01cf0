"""The bench of a running simulated site, reached through a Unix socket: one packet of JSON each way."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

from drivers.simulated.bench import BenchError
from drivers.simulated.packet_server import PacketServer
from drivers.simulated.vessels import USUAL_C, WORDS, vessel

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.simulated.bench import Bench

SOCKET_NAME = "bench.sock"
MAX_PACKET = 4096
_TIMEOUT_S = 5.0


class BenchServer(PacketServer):
    """Serves `bench` at `path` from its own thread, between `start` and `close`."""

    def __init__(self, path: Path, bench: Bench) -> None:
        super().__init__(path, lambda packet: answer(bench, packet), MAX_PACKET)


def answer(bench: Bench, packet: bytes) -> bytes:
    """The reply to one request: `sensor`, `words` and perhaps `temperature_c`; or nothing, to be told all."""
    try:
        request = json.loads(packet)
        told = _told(bench, request) if request else bench.where()
    except BenchError as error:
        return json.dumps({"error": str(error), "hint": error.hint}).encode()
    except (ValueError, TypeError, LookupError):
        return json.dumps({"error": "the bench does not understand that", "hint": f"say: {WORDS}"}).encode()
    return json.dumps({"ok": told}).encode()


def _told(bench: Bench, request: dict[str, Any]) -> dict[str, str]:
    sensor, words = str(request["sensor"]), [str(word) for word in request["words"]]
    if words[:1] == ["electrode"]:
        bench.wear(sensor, " ".join(words[1:]))
        return {sensor: f"electrode {words[1]}"}
    celsius = request.get("temperature_c")
    bench.put(sensor, vessel(words, USUAL_C if celsius is None else float(celsius)))
    return {sensor: bench.where()[sensor]}


def ask(directory: Path, request: dict[str, Any]) -> dict[str, str]:
    """Say it to the site that runs in `directory`. Raises BenchError, OSError when none answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as wire:
        wire.settimeout(_TIMEOUT_S)
        wire.connect(str(directory / SOCKET_NAME))
        wire.send(json.dumps(request).encode())
        told: dict[str, Any] = json.loads(wire.recv(MAX_PACKET) or "null") or {}
    if "ok" not in told:
        raise BenchError(str(told.get("error", "the bench hung up")), str(told.get("hint", "ask again")))
    found: dict[str, str] = told["ok"]
    return found
