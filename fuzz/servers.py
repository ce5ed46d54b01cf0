"""What servers answer to a write."""

from __future__ import annotations

from agent.config.schema import InfluxSink
from agent.publish.contract import SinkError
from agent.publish.influx.answers import Answer, verdict
from fuzz.target import Target

_CONFIG = InfluxSink(id="archive", kind="influxdb", url="http://127.0.0.1:8086", bucket="skyground")
_STATUSES = (204, 200, 400, 401, 403, 404, 413, 422, 429, 500, 503)


def _influx(data: bytes) -> None:
    """Any status, header and body: stored, or an error with words and a wait that ends."""
    chosen, _, rest = data.partition(b"\n")
    header, _, body = rest.partition(b"\n")
    status = _STATUSES[sum(chosen) % len(_STATUSES)]
    found = verdict(Answer(status, body, header.decode("latin-1") or None), _CONFIG)
    assert (found is None) == (status == 204)  # noqa: PLR2004 - "no content": stored
    if isinstance(found, SinkError):
        assert str(found)
        wait_s = getattr(found, "retry_after_s", None)
        assert wait_s is None or wait_s >= 0  # the shipper bounds it


INFLUX = Target(
    _influx,
    (
        b"\x00\n\n",
        b"\x02\n\n" + b'{"error":"partial write: field type conflict"}',
        b"\x08\n120\n" + b'{"code":"too many requests","message":"slow down"}',
        b"\x08\nFri, 31 Dec 2027 23:59:59 GMT\n",
    ),
    (b'{"error":', b'{"message":', b"[" * 50, b"99999999999", b"Mon, 01 Jan 0001 00:00:00 +9999", b"null"),
)
