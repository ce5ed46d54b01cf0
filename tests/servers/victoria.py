"""A real single-node VictoriaMetrics server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.servers.http import answers, call
from tests.servers.process import Process, free_port, program

if TYPE_CHECKING:
    from pathlib import Path


class VictoriaMetrics:
    """An empty VictoriaMetrics on its own loopback port. It keeps a hundred years, not its default month."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [
            program("victoria-metrics", "victoria-metrics"),
            f"-httpListenAddr=127.0.0.1:{self.port}",
            f"-storageDataPath={folder}",
            "-retentionPeriod=100y",
            "-memory.allowedBytes=64MB",
        ]
        self.process = Process(
            command, folder.parent / f"{folder.name}.log", lambda: answers(self.port, "/health")
        )

    def start(self) -> VictoriaMetrics:
        """Start, or start again on the same port with the same data."""
        self.process.start()
        return self

    def stop(self) -> None:
        """SIGTERM and wait."""
        self.process.stop()

    def export(self, match: str) -> list[dict[str, Any]]:
        """All samples of the series that `match` selects: dicts with metric, values, timestamps (ms)."""
        call(self.port, "GET", "/internal/force_flush")  # fresh samples are searchable only after a flush
        status, body = call(self.port, "GET", "/api/v1/export", **{"match[]": match})
        assert status == 200, body
        return [json.loads(line) for line in body.splitlines()]
