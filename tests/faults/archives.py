"""Time-series databases as the far side: what they store, asked of the servers themselves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.faults.history import Fact, Identity
from tests.servers.influxdb import Influxdb
from tests.servers.victoria import VictoriaMetrics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.process import Process


class InfluxArchive:
    """InfluxDB 1.6: a point that comes again overwrites itself, so nothing is ever there twice."""

    def __init__(self, folder: Path) -> None:
        self.server = Influxdb(folder / "influxdb").start()
        self.port = self.server.port
        self._database = self.server.new_database()

    @property
    def process(self) -> Process:
        """The server."""
        return self.server.process

    def toml(self, port: int) -> str:
        """The sink that writes here through a wire."""
        return _toml(port, 'api = "v1"', f'bucket = "{self._database}"')

    def arrivals(self) -> list[Fact]:
        """All readings and events."""
        readings = self._rows("SELECT value, qc FROM reading GROUP BY sensor, quantity")
        events = self._rows("SELECT active FROM event GROUP BY kind, subject")
        return [
            *(_reading(f"{row['sensor']}/{row['quantity']}", row["time"], row["value"]) for row in readings),
            *(_event(f"{row['kind']}/{row['subject']}", row["time"], row["active"]) for row in events),
        ]

    def close(self) -> None:
        """Stop the server."""
        self.server.stop()

    def _rows(self, influxql: str) -> list[dict[str, Any]]:
        return self.server.query(influxql, self._database)


class VictoriaArchive:
    """VictoriaMetrics: it stores again what comes again, and merges equal samples some day."""

    def __init__(self, folder: Path) -> None:
        self.server = VictoriaMetrics(folder / "victoria").start()
        self.port = self.server.port

    @property
    def process(self) -> Process:
        """The server."""
        return self.server.process

    def toml(self, port: int) -> str:
        """The sink that writes here through a wire."""
        return _toml(port, 'api = "v2"', 'bucket = "any"', "text = false")

    def arrivals(self) -> list[Fact]:
        """All readings and events. `qc` is there of every reading, `value` of those that have one."""
        values = dict(self._samples("reading_value", "sensor", "quantity"))
        readings = Counter(at for at, _ in self._samples("reading_qc", "sensor", "quantity"))
        return [
            *(_reading(*at, values.get(at)) for at in readings.elements()),
            *(_event(*at, active) for at, active in self._samples("event_active", "kind", "subject")),
        ]

    def close(self) -> None:
        """Stop the server."""
        self.server.stop()

    def _samples(self, metric: str, *labels: str) -> Iterator[tuple[tuple[str, int], float]]:
        for series in self.server.export(metric):
            name = "/".join(series["metric"][label] for label in labels)
            for time_ms, value in zip(series["timestamps"], series["values"], strict=True):
                yield (name, time_ms), value


def _toml(port: int, *keys: str) -> str:
    lines = ("[[publish]]", 'id = "archive"', 'kind = "influxdb"', "timeout_s = 1", *keys)
    return "\n".join((*lines, f'url = "http://127.0.0.1:{port}"', ""))


def _reading(series: str, time_ms: int, value: float | None) -> Fact:
    return Fact(Identity(series, time_ms), is_alert=False, content=(series, value))


def _event(series: str, time_ms: int, active: float) -> Fact:
    return Fact(Identity(series, time_ms), is_alert=True, content=(series, bool(active)))
