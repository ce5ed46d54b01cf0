"""Judgements and visits on their way to far sides: whatever comes first, the last word on a value stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.config.schema import InfluxSink as InfluxConfig
from agent.model import Flag, Judgement, Observation, TimeSource, Trust, Visit, Why
from agent.publish.influx.lines import line
from agent.publish.influx.sink import InfluxSink
from agent.publish.lanes import Asked
from agent.publish.mqtt.messages import Limits, Topics, messages
from agent.publish.shipper import Shipper
from tests.journal.conftest import Store
from tests.sinks.far_side import FarSide
from tests.sinks.world import (
    LEVEL,
    HandClock,
    MemoryLog,
    at,
    drain,
    entries,
    observation,
    readings,
    retold,
    station,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.model import Entry, Record
    from tests.servers.influxdb import Influxdb

WHO = station("s")
VISIT = Visit(
    "v-2",
    "v-1",
    "reading",
    "ph-3/ph",
    "M. Rossi",
    at(60),
    "after rain",
    {"value": 6.8, "probe": 6.5, "unit": "1"},
)


def judged(record: Observation, why: Why = Why.SPIKE, flag: Flag = Flag.SUSPECT) -> Judgement:
    return Judgement(record._replace(flag=flag, why=record.why | why))


def said(*records: Record) -> list[dict[str, Any]]:
    """What goes to the broker, as JSON; the topic's last word is under `topic`."""
    batch = entries(records)
    found = messages(batch, Topics.of("mine/v1", WHO), WHO, Limits(100, 10_000))
    return [{"topic": each.topic.rpartition("/")[2], **json.loads(each.payload)} for each in found]


def test_a_judgement_is_the_same_point_once_more_with_another_flag() -> None:
    first, word = (
        line(entry, WHO, text=True) for entry in entries([observation(1.5), judged(observation(1.5))])
    )
    assert (
        first
        == "reading,quantity=ph,sensor=ph-3,site=north,station=s qc=1i,qc_why=0i,raw=7,value=7 1763805601500"
    )
    assert word == first.replace("qc=1i,qc_why=0i", "qc=3i,qc_why=4096i")


def test_a_judgement_of_a_time_that_was_put_right_replaces_the_point_too() -> None:
    record = observation(5)._replace(at=at(5, Trust.NONE))
    told = [retold(entry, 10**18, TimeSource.REPAIRED, 1.5) for entry in entries([record, judged(record)])]
    first, word = (line(entry, WHO, text=True) for entry in told)
    assert word == first.replace("qc=1i,qc_why=0i", "qc=3i,qc_why=4096i")


def test_a_visit_is_a_point_of_its_own_also_where_only_numbers_are_taken() -> None:
    (entry,) = entries([VISIT])
    head, fields, _ = line(entry, WHO, text=False).split(" ")
    assert head == "visit,kind=reading,site=north,station=s,subject=ph-3/ph"
    assert fields == "n=1i,probe=6.5,value=6.8"
    assert 'by="M. Rossi",id="v-2",n=1i' in line(entry, WHO, text=True)


def test_a_subscriber_finds_the_observation_by_name_and_time() -> None:
    (word,) = said(judged(observation(1.5)))
    assert word == {
        "topic": "judgement", "site": "north", "station": "s", "journal": "8c1f42d0", "seq": 1,
        "time": "2025-11-22T10:00:01.500Z", "name": "ph-3/ph", "value": 7.0, "qc": 3, "why": 4096,
        "reasons": ["spike"],
    }  # fmt: skip


def test_a_visit_travels_with_all_that_it_says() -> None:
    (word,) = said(VISIT._replace(data={"points": [{"raw": float("inf")}, {"raw": 1.5}]}))
    assert (word["topic"], word["kind"], word["subject"], word["by"]) == (
        "visit", "reading", "ph-3/ph", "M. Rossi",
    )  # fmt: skip
    assert (word["visit"], word["text"], word["data"]) == (
        "v-1", "after rain", {"points": [{"raw": None}, {"raw": 1.5}]},
    )  # fmt: skip


class Files(FarSide):
    """Files by time: the last that is told of a channel and time stays."""

    needs_time = True

    def __init__(self) -> None:
        super().__init__()
        self.flags: dict[tuple[str, int], Flag] = {}

    def send(self, batch: Sequence[Entry]) -> None:
        super().send(batch)
        for entry in batch:
            told = entry.later or entry.record
            about = told.observation if isinstance(told, Judgement) else told
            if isinstance(about, Observation):
                self.flags[str(about.channel), about.at.wall_ns] = about.flag


@pytest.mark.parametrize("restarts", [0, 1])
def test_an_observation_out_of_the_backlog_does_not_undo_what_was_said_of_it(restarts: int) -> None:
    records = readings(500)
    log, clock, files = MemoryLog(records), HandClock(), Files()
    shipper = Shipper("f", files, log, clock)
    last = records[-1].record
    assert isinstance(last, Observation)
    sent: list[int] = []
    while not sent:  # until the line between backlog and live is drawn
        shipper.step(clock.now())
        sent = files.stored
    log.commit([judged(last), observation(501)])
    while 501 not in files.stored:
        shipper.step(clock.now())
    assert 500 not in files.stored, "a test of nothing"
    for _ in range(restarts):
        shipper.close()
        shipper = Shipper("f", files, log, clock)
    drain(shipper, clock)
    assert files.flags["ph-3/ph", last.at.wall_ns] is Flag.SUSPECT


def test_of_two_words_sent_again_in_any_order_the_last_stays() -> None:
    record = observation(1)
    log, clock, files = MemoryLog([]), HandClock(), Files()
    log.commit([record, judged(record), judged(record, Why.RATE, Flag.FAIL), observation(2)])
    shipper = Shipper("f", files, log, clock)
    drain(shipper, clock)
    shipper.ask(Asked("person", [(2, 2)]))
    shipper.ask(Asked("person", [(1, 1)], "ph-3/ph"))
    while files.stored[-1] != 1 or len(files.stored) == 4:
        shipper.step(clock.now())
    assert files.flags["ph-3/ph", record.at.wall_ns] is Flag.FAIL


def test_the_journal_finds_what_was_said_later_by_channel_boot_and_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db").open()
    first, second = observation(1), observation(1, channel=LEVEL)
    store.journal.append([first, second, judged(first), observation(2), judged(first, Why.RATE, Flag.FAIL)])
    store.step()
    view = store.journal.view()
    found = view.judged(view.read_after(0, 100))
    view.close()
    store.writer.close()
    later = [entry.later and entry.later.observation.flag for entry in found]
    assert later == [Flag.FAIL, None, Flag.FAIL, None, None]


def test_influxdb_keeps_the_last_word(influxdb: Influxdb) -> None:
    database = influxdb.new_database()
    config = InfluxConfig(id="archive", kind="influxdb", url=influxdb.url, api="v1", bucket=database)
    sink = InfluxSink(config, None, station("st-01"))
    first, second, word = entries([observation(1), observation(2), judged(observation(1))])
    sink.send([word])
    sink.send([first._replace(later=judged(observation(1))), second])
    sink.send(entries([VISIT], 4))
    sink.close()
    rows = influxdb.query('SELECT "value", "qc", "qc_why" FROM "reading"', database)
    assert [(row["value"], row["qc"], row["qc_why"]) for row in rows] == [(7, 3, 4096), (7, 1, 0)]
    (row,) = influxdb.query('SELECT * FROM "visit"', database)
    assert (row["subject"], row["value"], row["by"]) == ("ph-3/ph", 6.8, "M. Rossi")
