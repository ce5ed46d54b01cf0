"""The InfluxDB sink against a real 1.6 server, VictoriaMetrics, and scripted answers."""

from __future__ import annotations

import base64
import sys
import time
from email.utils import formatdate
from itertools import chain
from math import inf, nan
from subprocess import run
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock import NS
from agent.config.schema import InfluxSink as InfluxConfig
from agent.model import Channel, Flag, TimeSource, Trust, Why
from agent.publish.contract import RejectedError, UnavailableError
from agent.publish.influx.answers import seconds, server_text
from agent.publish.influx.cost import cost_bytes
from agent.publish.influx.lines import line
from agent.publish.influx.sink import InfluxSink
from agent.publish.shipper import Shipper
from tests.journal.conftest import Store
from tests.servers.process import free_port
from tests.servers.scripted_http import Reply, ScriptedHttp
from tests.sinks.world import (
    T0_NS,
    HandClock,
    MemoryLog,
    at,
    drain,
    entries,
    event,
    health,
    observation,
    readings,
    retold,
    station,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.model import Entry, Record
    from tests.servers.influxdb import Influxdb
    from tests.servers.victoria import VictoriaMetrics

T0_MS = T0_NS // 10**6


@pytest.fixture
def make_sink() -> Iterator[Callable[..., InfluxSink]]:
    """Build sinks that are closed at the end: `make_sink(url, "station", secret=..., **config)`."""
    sinks: list[InfluxSink] = []

    def make(url: str, name: str = "s", secret: str | None = None, **config: object) -> InfluxSink:
        keys = {"id": "i", "kind": "influxdb", "url": url, "bucket": "mine", **config}
        sinks.append(InfluxSink(InfluxConfig.model_validate(keys), secret, station(name)))
        return sinks[-1]

    yield make
    for sink in sinks:
        sink.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedHttp]]:
    """Start servers that answer by script."""
    servers: list[ScriptedHttp] = []

    def make(*script: Reply) -> ScriptedHttp:
        servers.append(ScriptedHttp(*script))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def _line(record: Record, *, text: bool = True) -> str:
    return line(entries([record])[0], station("s"), text=text)


def parts(line_: str) -> tuple[set[str], set[str], int]:
    """Measurement and tags, fields, time of a line whose texts hold neither space nor comma."""
    head, fields, time_ms = line_.split(" ")
    return set(head.split(",")), set(fields.split(",")), int(time_ms)


def test_a_reading_is_one_line_with_fixed_types() -> None:
    tags = {"reading", "site=north", "station=s", "sensor=ph-3", "quantity=ph"}
    fields = {"value=7", "raw=7", "qc=1i", "qc_why=0i"}
    assert parts(_line(observation(1.5, 7.0))) == (tags, fields, T0_MS + 1500)


@pytest.mark.parametrize("value", [None, nan, inf, -inf])
def test_a_missing_value_is_a_flag_without_a_value(value: float | None) -> None:
    _, fields, _ = parts(_line(observation(0, value, Flag.MISSING, Why.NO_ANSWER)))
    assert fields == {"qc=9i", "qc_why=1i"}


def test_an_event_without_text_has_numbers_only() -> None:
    """VictoriaMetrics would store every string as the number 0."""
    tags = {"event", "site=north", "station=s", "kind=acid_drainage", "subject=seep-1"}
    assert parts(_line(event(0), text=False)) == (tags, {"severity=3i", "active=1i"}, T0_MS)


def test_an_alarm_has_its_confidence_and_how_late_it_is_as_numbers_and_its_mechanism_as_a_word() -> None:
    data: dict[str, float | str] = {
        "confidence": 0.83,
        "late_s": 7200,
        "mechanism": "acid_water",
        "by": "M",
        "ph": 5.1,
    }
    alarm = event(0)._replace(data=data)
    numbers = {"severity=3i", "active=1i", "confidence=0.83", "late_s=7200"}
    assert parts(_line(alarm, text=False))[1] == numbers
    said = _line(alarm, text=True)
    assert all(each in said for each in ('level="orange"', 'mechanism="acid_water"', 'by="M"', *numbers))
    assert "mechanism" not in _line(event(0), text=True)


def test_a_cleared_event_is_not_active() -> None:
    assert "active=0i" in parts(_line(event(0)._replace(phase="cleared"), text=False))[1]


def test_a_heartbeat_writes_floats_only() -> None:
    said = _line(health(0)._replace(numbers={"uptime_s": 5, "load": nan, "disk_mb": 0.5}))
    assert parts(said) == ({"station", "site=north", "station=s"}, {"uptime_s=5", "disk_mb=0.5"}, T0_MS)


def test_a_heartbeat_without_a_number_is_no_line() -> None:
    assert _line(health(0)._replace(numbers={"load": nan})) == ""


def test_a_foreign_name_cannot_break_a_line() -> None:
    odd = _line(observation(0, channel=Channel("a b,c=d\n", "ph", "1", "pH")))
    assert r",sensor=a\ b\,c\=d\n," in odd
    assert "\n" not in odd


def test_events_come_back_as_they_were_said(influxdb: Influxdb, make_sink: Callable[..., InfluxSink]) -> None:
    """Quotes, backslashes, line breaks and Chinese survive."""
    said = 'he said "pH 3",\nC:\\mine 矿井, a=b'
    database = influxdb.new_database()
    make_sink(influxdb.url, api="v1", bucket=database).send(entries([event(0, said)]))
    (row,) = influxdb.query("SELECT * FROM event", database)
    assert row["text"] == said
    assert (row["kind"], row["severity"], row["active"], row["time"]) == ("acid_drainage", 3, 1, T0_MS)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_written_so_that_they_read_back_equal(value: float) -> None:
    fields = dict(field.split("=") for field in parts(_line(observation(0, value)))[1])
    assert float(fields["value"]) == value


def test_influxdb_stores_floats_to_the_last_digit(
    influxdb: Influxdb, make_sink: Callable[..., InfluxSink]
) -> None:
    values = [0.1 + 0.2, 1e-7, 1.5e300, -2.5e-300, 12345678.000001]
    database = influxdb.new_database()
    run_ = entries(observation(n, value) for n, value in enumerate(values))
    make_sink(influxdb.url, api="v1", bucket=database).send(run_)
    assert [row["value"] for row in influxdb.query("SELECT value FROM reading", database)] == values


def test_a_type_conflict_in_the_middle_costs_only_itself(
    influxdb: Influxdb, make_sink: Callable[..., InfluxSink]
) -> None:
    """The server stores the good lines of a refused request; sending those again changes nothing."""
    database = influxdb.new_database()
    sink = make_sink(influxdb.url, api="v1", bucket=database)
    influxdb.write(database, f'station uptime_s="a while" {T0_MS}')
    log = MemoryLog([*readings(500), *entries([health(501)], 501), *readings(499, 502)])
    clock = HandClock()
    drain(Shipper("i", sink, log, clock), clock)
    assert list(log.refused) == [501]
    assert "type" in log.refused[501]
    assert influxdb.query("SELECT count(value) FROM reading", database)[0]["count"] == 999


def test_a_flag_changed_later_replaces_the_point(
    influxdb: Influxdb, make_sink: Callable[..., InfluxSink]
) -> None:
    database = influxdb.new_database()
    sink = make_sink(influxdb.url, api="v1", bucket=database)
    sink.send(entries([observation(0, 7.0)]))
    sink.send(entries([observation(0, 7.0, Flag.SUSPECT, Why.SITE_RANGE)]))
    (row,) = influxdb.query("SELECT value, qc, qc_why FROM reading", database)
    assert (row["value"], row["qc"], row["qc_why"]) == (7.0, 3, int(Why.SITE_RANGE))


def test_a_missing_database_is_named_with_the_cure(
    influxdb: Influxdb, make_sink: Callable[..., InfluxSink]
) -> None:
    with pytest.raises(UnavailableError, match="database not found") as caught:
        make_sink(influxdb.url, api="v1", bucket="nowhere").send(readings(1))
    assert 'CREATE DATABASE "nowhere"' in caught.value.hint


def test_v2_against_an_old_server_is_named_with_the_cure(
    influxdb: Influxdb, make_sink: Callable[..., InfluxSink]
) -> None:
    with pytest.raises(UnavailableError, match="404") as caught:
        make_sink(influxdb.url).send(readings(1))
    assert 'api = "v1"' in caught.value.hint


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_victoriametrics_takes_both_paths(
    victoria: VictoriaMetrics, make_sink: Callable[..., InfluxSink], api: str
) -> None:
    make_sink(victoria.url, f"vm-{api}", api=api, text=False).send(
        [*readings(3), *entries([event(4), health(5)], 4)]
    )
    series = {each["metric"]["__name__"]: each for each in victoria.export(f'{{station="vm-{api}"}}')}
    assert series["reading_value"]["values"] == [7.001, 7.002, 7.003]
    assert series["reading_value"]["timestamps"] == [T0_MS + 1000, T0_MS + 2000, T0_MS + 3000]
    assert series["event_severity"]["values"] == [3]
    assert series["station_uptime_s"]["values"] == [61]
    assert "event_title" not in series


def told_together(folder: Path) -> list[Entry]:
    """Four events that happened, each with its end, and one that lasts: of one kind and instant."""
    store = Store(folder / "journal.db").open()
    raised = [event(5)._replace(id=f"e{number}") for number in range(5)]
    ends = [each._replace(phase="cleared") for each in raised[:4]]
    store.journal.append([*chain(*zip(raised[:4], ends, strict=True)), raised[4]])
    store.step()
    view = store.journal.view()
    found = view.read_after(0, 100)
    view.close()
    store.writer.close()
    return found


def test_of_events_that_were_told_together_all_are_stored_in_order(
    influxdb: Influxdb, make_sink: Callable[..., InfluxSink], tmp_path: Path
) -> None:
    database = influxdb.new_database()
    make_sink(influxdb.url, api="v1", bucket=database).send(told_together(tmp_path))
    rows = influxdb.query("SELECT id, phase FROM event", database)
    assert [(row["id"], row["phase"]) for row in rows] == [
        *((f"e{number}", phase) for number in range(4) for phase in ("raised", "cleared")),
        ("e4", "raised"),
    ]


def test_victoriametrics_knows_their_order_too(
    victoria: VictoriaMetrics, make_sink: Callable[..., InfluxSink], tmp_path: Path
) -> None:
    """It keeps what shares a millisecond, in no order: what is over would look open."""
    make_sink(victoria.url, "vm-together", text=False).send(told_together(tmp_path))
    (series,) = victoria.export('event_active{station="vm-together"}')
    assert series["values"] == [1, 0, 1, 0, 1, 0, 1, 0, 1]
    assert series["timestamps"] == [T0_MS + 5000 + n for n in range(9)]


def test_requests_carry_path_query_credentials_and_packed_lines(
    serve: Callable[..., ScriptedHttp], make_sink: Callable[..., InfluxSink]
) -> None:
    server = serve()
    make_sink(server.url, secret="token-1", org="north mine").send(readings(2))
    make_sink(server.url + "/", secret="pass", api="v1", username="user").send(readings(1))
    make_sink(server.url, api="v1").send(readings(1))
    v2, v1, open_v1 = server.requests
    assert v2.path == "/api/v2/write?org=north+mine&bucket=mine&precision=ms"
    assert v2.headers["authorization"] == "Token token-1"
    assert len(v2.body.splitlines()) == 2
    assert v1.path == "/write?db=mine&precision=ms"
    assert v1.headers["authorization"] == "Basic " + base64.b64encode(b"user:pass").decode()
    assert v1.headers["content-encoding"] == "gzip"
    assert "authorization" not in open_v1.headers


@pytest.mark.parametrize(
    ("status", "body", "config", "hint"),
    [
        (401, b'{"code":"unauthorized","message":"unauthorized access"}', {}, "token_from"),
        (401, b'{"error":"authorization failed"}', {"api": "v1", "username": "u"}, "password_from"),
        (403, b"", {}, "token"),
        (
            404,
            b'{"code":"not found","message":"bucket \\"mine\\" not found"}',
            {},
            "bucket create --name mine",
        ),
        (429, b"", {}, "busy"),
        (500, b"oops", {}, "log"),
        (503, b"\xff\xfe", {}, "busy"),
        (200, b"<html>please log in</html>", {}, "login page"),
        (302, b"", {}, "login page"),
    ],
)
def test_answers_that_keep_the_batch(
    serve: Callable[..., ScriptedHttp],
    make_sink: Callable[..., InfluxSink],
    status: int,
    body: bytes,
    config: dict[str, object],
    hint: str,
) -> None:
    server = serve(Reply(status, body))
    sink = make_sink(server.url, secret="canary-token", **config)
    with pytest.raises(UnavailableError, match=str(status)) as caught:
        sink.send(readings(3))
    assert hint in caught.value.hint
    assert "canary" not in f"{caught.value.what}{caught.value.hint}"
    sink.send(readings(3))
    assert server.requests[0].body == server.requests[1].body, "a resend is the same to the byte"


@pytest.mark.parametrize("status", [400, 413, 422])
def test_answers_that_reject_the_batch(
    serve: Callable[..., ScriptedHttp], make_sink: Callable[..., InfluxSink], status: int
) -> None:
    server = serve(Reply(status, b'{"error":"partial write: no dropped=1"}'))
    with pytest.raises(RejectedError, match="partial write: no dropped=1"):
        make_sink(server.url).send(readings(3))


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_passed_on(
    serve: Callable[..., ScriptedHttp], make_sink: Callable[..., InfluxSink], status: int
) -> None:
    server = serve(Reply(status, headers=(("Retry-After", "17"),)))
    with pytest.raises(UnavailableError) as caught:
        make_sink(server.url).send(readings(1))
    assert caught.value.retry_after_s == 17.0


def test_a_server_that_hangs_is_given_up(
    serve: Callable[..., ScriptedHttp], make_sink: Callable[..., InfluxSink]
) -> None:
    sink = make_sink(serve(Reply(hang=True)).url, timeout_s=1)
    with pytest.raises(UnavailableError, match="in time"):
        sink.send(readings(1))


def test_a_hanging_up_server_is_named(
    serve: Callable[..., ScriptedHttp], make_sink: Callable[..., InfluxSink]
) -> None:
    server = serve(Reply(hang=True))
    server._closing.set()
    with pytest.raises(UnavailableError, match="closed the connection"):
        make_sink(server.url).send(readings(1))


def test_nothing_listens(make_sink: Callable[..., InfluxSink]) -> None:
    with pytest.raises(UnavailableError, match="nothing listens"):
        make_sink(f"http://127.0.0.1:{free_port()}").send(readings(1))


def test_a_name_that_does_not_resolve(make_sink: Callable[..., InfluxSink]) -> None:
    with pytest.raises(UnavailableError, match="does not resolve"):
        make_sink("http://no-such-host.invalid").send(readings(1))


def test_tls_to_a_plain_port_is_named(influxdb: Influxdb, make_sink: Callable[..., InfluxSink]) -> None:
    with pytest.raises(UnavailableError, match="does not speak TLS"):
        make_sink(influxdb.url.replace("http:", "https:")).send(readings(1))


def test_a_large_batch_is_cut_below_a_megabyte_and_counts_what_was_taken(
    serve: Callable[..., ScriptedHttp], make_sink: Callable[..., InfluxSink]
) -> None:
    server = serve(Reply(), Reply(500))
    batch = entries(event(n, "x" * 300_000) for n in range(5))
    with pytest.raises(UnavailableError) as caught:
        make_sink(server.url).send(batch)
    assert [len(request.body) < 10**6 for request in server.requests] == [True, True]
    assert caught.value.accepted == 3


def test_a_batch_without_a_line_needs_no_request(make_sink: Callable[..., InfluxSink]) -> None:
    make_sink("http://no-such-host.invalid").send(entries([health(0)._replace(numbers={})]))


def test_it_asks_for_batches_of_the_configured_size(make_sink: Callable[..., InfluxSink]) -> None:
    sink = make_sink("http://h", batch_rows=77)
    assert sink.max_batch == 77
    assert sink.idle() > 0
    assert sink.status() == {}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("12", 12.0),
        (" 7 ", 7.0),
        ("120\x1f", 120.0),
        ("soon", None),
        ("-3", None),
        ("Fri, 31 Dec 3999999999991 23:59:59 GMT", None),
    ],
)
def test_retry_after_in_seconds(header: str | None, expected: float | None) -> None:
    assert seconds(header) == expected


def test_retry_after_as_a_date() -> None:
    assert seconds(formatdate(0, usegmt=True)) == 0.0
    ahead = seconds(formatdate(time.time() + 1000, usegmt=True))
    assert ahead is not None
    assert 900 < ahead <= 1000


def test_a_body_of_brackets_is_told_as_it_is() -> None:
    """JSON nested beyond what the parser can follow is no reason to stop shipping."""
    assert server_text(b"[" * 100_000) == "[" * 300


@given(st.binary(max_size=400))
def test_any_body_gives_one_short_line(body: bytes) -> None:
    text = server_text(body)
    assert len(text) <= 300
    assert "\n" not in text


def test_the_client_library_is_not_imported_by_a_station_without_influxdb() -> None:
    code = (
        "import sys; import agent.station, agent.publish.mqtt.sink;"
        "sys.exit(any(name.partition('.')[0] in {'influxdb_client', 'urllib3', 'pydantic'}"
        " for name in sys.modules))"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_point_is_filed_under_the_best_known_time_and_says_how_good_that_is() -> None:
    (early,) = entries([observation(0)._replace(at=at(0, Trust.NONE))])
    late = retold(early, T0_NS + 3600 * NS, TimeSource.REPAIRED, 1.08)
    assert line(late, station("s"), text=True) == _line(observation(3600)).replace(
        "qc=1i", "clock=3i,clock_err_s=1.08,qc=1i"
    )


def test_an_unbounded_error_is_left_out() -> None:
    (early,) = entries([observation(0)])
    never = retold(early, T0_NS, TimeSource.ESTIMATED, inf)
    assert line(never, station("s"), text=True) == _line(observation(0)).replace("qc=1i", "clock=4i,qc=1i")


def test_a_time_that_the_network_had_set_needs_no_word() -> None:
    assert "clock" not in _line(observation(0)) + _line(event(0)) + _line(health(0))


def test_what_requests_cost_is_about_what_the_network_carried() -> None:
    """As the kernel counted it for batches of 1, 30, 100 and 1000 readings, with TCP time stamps."""
    for packed, measured in ((115, 770), (366, 1021), (870, 1527), (8310, 9224)):
        assert 0.9 * measured < cost_bytes(packed, 0) < 1.1 * measured


def test_traffic_counts_every_request_whatever_came_of_it(
    influxdb: Influxdb, make_sink: Callable[..., InfluxSink]
) -> None:
    sink = make_sink(influxdb.url, api="v1", bucket=influxdb.new_database())
    assert sink.traffic_bytes == 0
    sink.send(readings(30))
    once = sink.traffic_bytes
    assert 800 < once < 1400
    sink.send(readings(30))
    assert sink.traffic_bytes == 2 * once
    lost = make_sink(influxdb.url, api="v1", bucket="nowhere")
    with pytest.raises(UnavailableError) as refused:
        lost.send(readings(30))
    assert lost.traffic_bytes > 800
    assert refused.value.needs_person, "a database that is not there"
