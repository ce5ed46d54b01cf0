"""The InfluxDB sink: one POST at a time; a batch is sent when the server has said 204 to all of it.

Imported only on a station that has such a sink (30 MiB). Of the client library its points and its HTTP side
are used: its batching mode keeps points in memory and drops them on errors, which is what the journal
exists to prevent.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from agent.publish.contract import Deaf, SinkError, UnavailableError
from agent.publish.influx.answers import Answer, verdict
from agent.publish.influx.cost import cost_bytes
from agent.publish.influx.lines import line
from agent.publish.network import unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent.config.schema import InfluxSink as InfluxConfig
    from agent.model import Entry, StationId
    from agent.publish.contract import Order

_BODY_LIMIT = 1_000_000  # InfluxDB 1.6 resets the connection on far larger ones
_GZIP_LEVEL = 6
_IDLE_S = 60.0


class InfluxSink:
    """Writes to one InfluxDB server. `secret` is the token of the v2 API or the password of v1."""

    def __init__(self, config: InfluxConfig, secret: str | None, station: StationId) -> None:
        self._config = config
        self._secret = secret
        self._station = station
        url = urlsplit(config.url)
        self._host = url.hostname or config.url
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._client: Any = None
        self._traffic_bytes = 0

    @property
    def max_batch(self) -> int:
        """Entries that `send` likes to get at once."""
        return self._config.batch_rows

    @property
    def needs_time(self) -> bool:
        """A point is filed under its time: told twice with two times it would be two points."""
        return True

    @property
    def traffic_bytes(self) -> int:
        """See `cost_bytes`."""
        return self._traffic_bytes

    def heard(self) -> Sequence[Deaf]:
        """A database says nothing by itself."""
        return [Deaf()]

    def answer(self, order: Order, answer: Mapping[str, object]) -> None:
        """Nobody asks through a database."""
        raise UnavailableError(f"nobody can be told of {order.id}: {answer}")

    def send(self, batch: Sequence[Entry]) -> None:
        """Return when the server has stored the whole batch. Raises SinkError."""
        accepted = 0
        try:
            for body, rows in self._bodies(batch):
                refused = verdict(self._post(body), self._config)
                if refused is not None:
                    raise refused
                accepted += rows
        except SinkError as error:
            error.accepted = accepted
            raise

    def idle(self) -> float:
        """Nothing to keep alive."""
        return _IDLE_S

    def status(self) -> Mapping[str, object]:
        """Nothing beyond what the shipper knows."""
        return {}

    def close(self) -> None:
        """Close the pooled connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _bodies(self, batch: Sequence[Entry]) -> Iterator[tuple[bytes, int]]:
        """Line protocol in pieces below the limit, each with the entries that it settles."""
        lines: list[bytes] = []
        size = rows = 0
        for entry in batch:
            encoded = line(entry, self._station, text=self._config.text).encode(errors="replace")
            if lines and size + len(encoded) >= _BODY_LIMIT:
                yield b"\n".join(lines), rows
                lines, size, rows = [], 0, 0
            rows += 1
            if encoded:
                lines.append(encoded)
                size += len(encoded) + 1
        if lines:
            yield b"\n".join(lines), rows

    def _post(self, body: bytes) -> Answer:
        """One request, without retries: when to try again is the shipper's business."""
        packed = gzip.compress(body, _GZIP_LEVEL)
        answer = self._ask(packed)
        self._traffic_bytes += cost_bytes(len(packed), len(answer.body))
        return answer

    def _ask(self, packed: bytes) -> Answer:
        try:
            response = self._api().call_api(
                *self._target(),
                header_params={"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "gzip"},
                body=packed,
                _preload_content=False,
                _return_http_data_only=True,
            )
            return Answer(response.status, response.data, None)
        except ApiException as error:
            if not error.status:
                raise unavailable(error, self._host, self._port) from error
            return Answer(error.status, error.body or b"", error.headers.get("Retry-After"))
        except HTTPError as error:
            raise unavailable(error, self._host, self._port) from error

    def _target(self) -> tuple[str, str, dict[str, str], dict[str, str]]:
        """Path, method, path parameters, query."""
        config = self._config
        if config.api == "v1":
            return "/write", "POST", {}, {"db": config.bucket, "precision": "ms"}
        query = {"org": config.org, "bucket": config.bucket, "precision": "ms"}
        return "/api/v2/write", "POST", {}, query

    def _api(self) -> Any:
        """The library's HTTP client, made on first use."""
        if self._client is None:
            config = self._config
            basic = config.api == "v1" and config.username is not None
            self._client = InfluxDBClient(
                url=config.url,
                token=f"{config.username}:{self._secret or ''}" if basic else self._secret or "",
                auth_basic=basic,
                org=config.org,
                timeout=int(config.timeout_s * 1000),
                ssl_ca_cert=str(config.ca_file) if config.ca_file else None,
                connection_pool_maxsize=1,
            )
        return self._client.api_client
