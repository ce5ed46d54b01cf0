"""A real InfluxDB 1.6 server, as Debian and Raspberry Pi OS ship it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from tests.servers.http import answers, call, json_call
from tests.servers.process import Process, free_port, program

if TYPE_CHECKING:
    from pathlib import Path

_CONFIG = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[monitor]
  store-enabled = false
"""


class Influxdb:
    """An empty InfluxDB 1.6 on its own loopback port, without authentication."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._names = count(1)
        config = folder / "influxdb.conf"
        config.write_text(
            _CONFIG.format(folder=folder, port=self.port, rpc_port=free_port()), encoding="utf-8"
        )
        command = [program("influxd", "influxdb"), "-config", str(config)]
        self.process = Process(command, folder / "influxd.log", lambda: answers(self.port, "/ping"))

    def start(self) -> Influxdb:
        """Start, or start again on the same port with the same data."""
        self.process.start()
        return self

    def stop(self) -> None:
        """SIGTERM and wait."""
        self.process.stop()

    def new_database(self) -> str:
        """Create a database of its own for one test; returns its name."""
        name = f"test_{next(self._names)}"
        json_call(self.port, "POST", "/query", q=f'CREATE DATABASE "{name}"')
        return name

    def write(self, database: str, lines: str) -> None:
        """Write line protocol with times in ms, as somebody else would."""
        status, body = call(self.port, "POST", "/write", lines, db=database, precision="ms")
        assert status == 204, body

    def query(self, influxql: str, database: str) -> list[dict[str, Any]]:
        """Rows of one InfluxQL query over all series; times in ms, tags of GROUP BY as columns."""
        body = json_call(self.port, "GET", "/query", db=database, epoch="ms", q=influxql)
        (result,) = body["results"]
        assert "error" not in result, result["error"]
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], values, strict=True))}
            for series in result.get("series", [])
            for values in series["values"]
        ]
