"""The program in docs/ingest.md does what its page says, with a real broker between it and the station."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.model import Event, Severity
from agent.publish.contract import Receipt
from agent.publish.receipts import PATIENCE_S
from agent.publish.shipper import Shipper
from tests.servers.process import program, wait_until
from tests.sinks.mqtt_rig import tell
from tests.sinks.test_later_words import VISIT, judged
from tests.sinks.world import HandClock, MemoryLog, at, drain, entries, event, observation, readings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.publish.mqtt.sink import MqttSink
    from tests.servers.mosquitto import Mosquitto, Subscriber

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/ingest.md").read_text(encoding="utf-8")
JOURNAL = "8c1f42d0"
EVERY_S = "0.2"


class Ingest:
    """The page's program, as a process that can be killed and started again."""

    def __init__(self, folder: Path, port: int) -> None:
        self.file = folder / "ingest.db"
        self._log = folder / "ingest.log"
        (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
        code = folder / "ingest.py"
        code.write_text(source)
        self.lines = len([line for line in source.splitlines() if line.strip()])
        held = [program("setpriv", "util-linux"), "--pdeathsig", "KILL"]
        self._command = [
            *held,
            sys.executable,
            str(code),
            "127.0.0.1",
            str(port),
            "m",
            str(self.file),
            EVERY_S,
        ]
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self._child is not None
        self._child.kill()
        self._child.wait(10)

    def said(self) -> str:
        return self._log.read_text()

    def ask(self, query: str) -> list[tuple[object, ...]]:
        if not self.file.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as reader:
            try:
                return reader.execute(query).fetchall()
            except sqlite3.OperationalError:  # its tables are not there yet
                return []

    def seqs(self) -> list[object]:
        return [seq for (seq,) in self.ask("SELECT seq FROM record ORDER BY seq")]


@pytest.fixture
def broker(make_mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    return make_mosquitto(durable=True)


@pytest.fixture
def ingest(broker: Mosquitto, tmp_path: Path) -> Iterator[Ingest]:
    found = Ingest(tmp_path, broker.port)
    found.start()
    wait_until(lambda: "Received SUBSCRIBE from ingest" in broker.log_text(), "the ingest program listens")
    yield found
    found.kill()


def gone(seq: int, kind: str, first: int, last: int, sink: str) -> Event:
    data: dict[str, float | str] = {"first_seq": first, "last_seq": last, "records": last - first + 1}
    return Event(
        f"{kind}/{first}",
        kind,
        "station",
        "raised",
        Severity.YELLOW,
        at(seq),
        "gone",
        "",
        {**data, "sink": sink},
    )


def holds_more_than(ingest: Ingest, count: int) -> bool:
    return len(ingest.seqs()) > count


def last_receipt(sink: MqttSink) -> Callable[[int], bool]:
    """Whether the newest receipt that the station has heard is about `seq`."""
    heard: list[object] = []

    def is_at(seq: int) -> bool:
        heard.extend(sink.heard())
        return heard[-1:] == [Receipt(JOURNAL, seq)]

    return is_at


def test_the_program_is_short(ingest: Ingest) -> None:
    assert ingest.lines <= 60


def test_it_stores_each_record_once_and_says_up_to_where_it_has_all(
    broker: Mosquitto, ingest: Ingest, make_sink: Callable[..., MqttSink]
) -> None:
    """Late, twice, deflated, alone: what is missing holds the receipt back until it is there."""
    sink = make_sink(broker.port, "stores", deflate=True)
    is_at = last_receipt(sink)
    sink.send([*readings(3), *readings(5, 11)])
    wait_until(lambda: is_at(3), "a receipt up to the hole")
    sink.send([*entries([event(4)], 4), *readings(6, 5)])
    sink.send(readings(6, 5))
    wait_until(lambda: is_at(15), "a receipt up to the end")
    assert ingest.seqs() == list(range(1, 16))
    assert ingest.said() == ""


def test_records_of_every_kind_count_and_what_is_no_record_stops_nobody(
    broker: Mosquitto,
    ingest: Ingest,
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
) -> None:
    """Also a kind that this program has never heard of."""
    sink = make_sink(broker.port, "kinds")
    is_at = last_receipt(sink)
    other = subscribe(broker, "mine/v1/north/kinds/answer")
    tell(other, "mine/v1/north/kinds/new", json.dumps({"journal": JOURNAL, "seq": 4, "kind": "new"}).encode())
    tell(other, "mine/v1/north/kinds/answer", b'{"id": "a1", "ok": {}}')
    sink.send(entries([observation(1), judged(observation(1)), VISIT]))
    sink.idle()
    wait_until(lambda: is_at(4), "a receipt up to the end")
    assert ingest.said() == ""


def test_numbers_that_never_come_hold_no_receipt_back(
    broker: Mosquitto, ingest: Ingest, make_sink: Callable[..., MqttSink]
) -> None:
    """But for what another destination refused: that comes here."""
    sink = make_sink(broker.port, "never")
    is_at = last_receipt(sink)
    events = [
        gone(30, "evicted", 1, 5, ""),
        gone(33, "damaged", 6, 9, ""),
        gone(31, "parked", 12, 12, "m"),
        gone(32, "parked", 14, 14, "other"),
    ]
    sink.send([*readings(2, 10), *readings(1, 13), *entries(events, 15)])
    wait_until(lambda: is_at(13), "a receipt up to what another destination refused")
    sink.send(readings(1, 14))
    wait_until(lambda: is_at(18), "a receipt up to the end")


def test_who_begins_late_is_told_what_will_not_come(
    broker: Mosquitto, tmp_path: Path, make_sink: Callable[..., MqttSink]
) -> None:
    """What had been delivered and has made room since is told by no event of that time."""
    log, clock = MemoryLog(readings(300)), HandClock()
    shipper = Shipper("m", make_sink(broker.port, "late"), log, clock)
    drain(shipper, clock)
    log.records = log.records[200:]

    def has_receipt(seq: int | None) -> bool:
        """None: for all that there is."""
        shipper.step(clock.now())
        log.commit(log.told)
        log.told.clear()
        return shipper.status()["receipt"] == (log.head if seq is None else seq)

    late = Ingest(tmp_path, broker.port)
    late.start()
    try:
        wait_until(lambda: "Received SUBSCRIBE from ingest" in broker.log_text(), "it listens")
        log.commit([observation(301)])
        wait_until(lambda: shipper.step(clock.now()) and shipper.status()["receipt"] == 0, "it has nothing")
        clock.mono_s += PATIENCE_S + 1
        wait_until(partial(has_receipt, 200), "it waits no longer for what is gone")
        shipper.step(clock.now())
        clock.mono_s += PATIENCE_S + 1
        wait_until(partial(has_receipt, None), "it has all that there is")
        assert late.seqs() == list(range(201, log.head + 1))
        kinds = [each.record.kind for each in log.records if isinstance(each.record, Event)]
        assert kinds.count("gone") == 2, "once, and over"
    finally:
        late.kill()


def test_what_comes_last_is_in_a_receipt_too(
    broker: Mosquitto, ingest: Ingest, make_sink: Callable[..., MqttSink]
) -> None:
    """Nothing need follow it."""
    sink = make_sink(broker.port, "last")
    is_at = last_receipt(sink)
    for seq in range(1, 6):
        sink.send(readings(1, seq))
    wait_until(lambda: is_at(5), "a receipt up to the end")


def test_killed_in_the_middle_it_loses_nothing(
    broker: Mosquitto, ingest: Ingest, make_sink: Callable[..., MqttSink]
) -> None:
    sink = make_sink(broker.port, "killed", batch_rows=5, max_messages_per_s=10_000)
    is_at = last_receipt(sink)
    for first in (1, 501, 1001):
        sink.send(readings(500, first))
        wait_until(partial(holds_more_than, ingest, first + 50), "it is in the middle of it")
        ingest.kill()
        ingest.start()
    wait_until(lambda: is_at(1500), "a receipt up to the end")
    assert ingest.seqs() == list(range(1, 1501))


def test_a_message_that_is_not_a_station_s_stops_nobody(
    broker: Mosquitto,
    ingest: Ingest,
    make_sink: Callable[..., MqttSink],
    subscribe: Callable[..., Subscriber],
) -> None:
    stranger = subscribe(broker, "else")
    for payload in (b"\x78\x9c rubbish", b"hello", b"[]", b"[[]]", b'{"seq": {}}'):
        tell(stranger, "mine/v1/north/odd/readings", payload)
    sink = make_sink(broker.port, "odd")
    is_at = last_receipt(sink)
    sink.send(readings(3))
    wait_until(lambda: is_at(3), "a receipt")
    assert ingest.said().count("mine/v1/north/odd/readings: ") == 5


def test_a_better_time_replaces_a_bad_one_and_never_the_other_way_round(
    broker: Mosquitto, ingest: Ingest, subscribe: Callable[..., Subscriber]
) -> None:
    station = subscribe(broker, "else")
    copies = [(1, "none"), (1, "repaired"), (2, "repaired"), (2, "none"), (3, "none")]
    for seq, clock in copies:
        pack = [
            {"bn": "north/late/", "bt": 1.0, "journal": JOURNAL, "seq": seq, "clock": clock, "n": "ph-3/ph"}
        ]
        tell(station, "mine/v1/north/late/readings", json.dumps(pack).encode())
    best = [(1, "repaired"), (2, "repaired"), (3, "none")]
    wait_until(lambda: ingest.ask("SELECT seq, clock FROM record ORDER BY seq") == best, "the best of each")
