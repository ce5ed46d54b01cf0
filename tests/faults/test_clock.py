"""A wrong clock, put right and stepped, under a station on real wires with a real broker and database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.clock import NS
from agent.model import Event, TimeSource
from tests.faults.clock_story import PERIOD_S, Stage, three_hours_of_1970
from tests.servers.process import wait_until
from tests.sinks.senml_reader import read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.influxdb import Influxdb
    from tests.servers.mosquitto import Mosquitto, Subscriber


def test_three_hours_of_1970_are_right_to_the_second_once_the_network_has_told(tmp_path: Path) -> None:
    told = three_hours_of_1970(tmp_path)
    assert len(told) > 500
    assert {row.before.source for row in told} == {TimeSource.NONE}
    assert {row.after.source for row in told} == {TimeSource.REPAIRED}
    for row in told:
        assert row.before.wall_ns < 86_400 * NS, "it said 1970"
        assert abs(row.after.wall_ns - row.true_ns) <= 2 * NS
        assert row.after.error_s <= 2


class Story:
    """One station whose clock is set after an hour, then put 146 days ahead, then back by 147."""

    def __init__(self, folder: Path, influxdb: Influxdb, broker: Mosquitto, site: Subscriber) -> None:
        self.database = influxdb.new_database()
        self._influxdb = influxdb
        self.told = site
        self.stage = Stage(
            folder,
            f'[[publish]]\nid = "archive"\nkind = "influxdb"\nurl = "{influxdb.url}"\napi = "v1"\n'
            f'bucket = "{self.database}"\n'
            f'[[publish]]\nid = "office"\nkind = "mqtt"\nhost = "127.0.0.1"\nport = {broker.port}\n'
            'topic_prefix = "clockstory"\n',
        )
        self.early = -1
        self.stage.play(
            lambda stage: stage.pass_by(1),
            self._look_early,
            lambda stage: stage.clock.sync(),
            lambda stage: stage.pass_by(0.6),
            lambda stage: stage.clock.step(146 * 86_400),
            lambda stage: stage.pass_by(0.6),
            lambda stage: stage.clock.step(-147 * 86_400),
            lambda stage: stage.pass_by(0.6),
            self._arrive,
        )

    def points(self) -> list[dict[str, Any]]:
        """All readings in the database."""
        return self._influxdb.query("SELECT * FROM reading GROUP BY *", self.database)

    def events(self, kind: str) -> list[Event]:
        """All events of a kind in the journal."""
        records = [entry.record for entry in self.stage.entries()]
        return [record for record in records if isinstance(record, Event) and record.kind == kind]

    def _look_early(self, _stage: Stage) -> None:
        self.early = len(self.points())

    def _arrive(self, stage: Stage) -> None:
        """Wait until the database has what is in the journal by now."""
        seen = sum(len(entries) for entries in stage.observed().values())
        wait_until(lambda: len(self.points()) >= seen, "the database has everything", 30)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, influxdb: Influxdb, mosquitto: Mosquitto) -> Story:
    """It is told once; every test looks at it from its side."""
    from tests.servers.mosquitto import Subscriber

    site = Subscriber(mosquitto, "clockstory/#")
    try:
        return Story(tmp_path_factory.mktemp("story"), influxdb, mosquitto, site)
    finally:
        site.close()


def test_steps_of_the_clock_neither_stop_nor_double_the_sampling(story: Story) -> None:
    slots = story.stage.ended_ns / NS / PERIOD_S
    for channel, entries in story.stage.observed().items():
        # A slot in hand at either end, and what a busy machine may be late by: a step is thousands of slots.
        assert abs(len(entries) - slots) <= 12, channel
    assert story.events("gap") == []


def test_the_database_gets_every_observation_once_and_none_before_its_time_was_known(story: Story) -> None:
    assert story.early == 0
    observed = [entry for entries in story.stage.observed().values() for entry in entries]
    wanted = sorted((str(entry.record.channel), entry.time.wall_ns // 10**6) for entry in observed)  # type: ignore[union-attr]
    stored = sorted((f"{point['sensor']}/{point['quantity']}", point["time"]) for point in story.points())
    assert set(wanted) >= set(stored), "a time that no observation has"
    assert len(stored) == len(set(stored))


def test_times_are_true_until_somebody_sets_the_clock_wrong(story: Story) -> None:
    first, second = [event for event in story.events("clock_step") if event.phase == "raised"]
    assert (first.data["step_s"], second.data["step_s"]) == (146 * 86_400.0, -147 * 86_400.0)
    observed = [entry for entries in story.stage.observed().values() for entry in entries]
    true = [e for e in observed if e.record.at.mono_ns < story.stage.clock.stepped_ns[0] - PERIOD_S * NS]
    assert len(true) > 100
    for entry in true:
        assert abs(entry.time.wall_ns - story.stage.clock.true_ns(entry.record.at.mono_ns)) <= NS


def test_a_subscriber_can_put_right_what_it_got_early(story: Story) -> None:
    rows = [row for message in story.told.on("/readings") for row in read(message.payload)]
    early = [row for row in rows if row.clock == "none"]
    assert len(early) > 100
    events = [json.loads(message.payload) for message in story.told.on("/event")]
    (settled,) = [e for e in events if (e["kind"], e["phase"]) == ("clock_settled", "raised")]
    journal = {entry.seq: entry for entries in story.stage.observed().values() for entry in entries}
    for row in early:
        assert row.boot == settled["data"]["boot"]
        assert row.up is not None
        assert row.up + settled["data"]["offset_s"] == pytest.approx(
            journal[row.seq].time.wall_ns / NS, abs=0.01
        )
