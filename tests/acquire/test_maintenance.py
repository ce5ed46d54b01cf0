"""Maintenance: what it marks, that it always ends, and that a restart does not forget it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.acquire.maintenance import CALIBRATES, LONGEST_S, STATION, UNSURE_S, VISIT, Maintenance
from agent.clock import NS
from agent.model import Event, Flag, Trust, Why
from drivers.contract import NoAnswerError
from tests.acquire.rig import WALL_NS, HandClock, Rig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Record


class Bench:
    """Maintenance of two sensors, and what it put on record."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.records: list[Record] = []
        self.boots = 0
        self.maintenance = self.another()

    def another(self, *sensors: str, left_open: Sequence[Event] | None = ()) -> Maintenance:
        """As a restart makes it."""
        known = sensors or ("ph-3", "level-1")
        return Maintenance(known, self.clock, self.records.extend, lambda: left_open)

    def step(self) -> float:
        return self.maintenance.step(self.clock.now())

    def events(self) -> Sequence[Event]:
        return [record for record in self.records if isinstance(record, Event)]

    def phases(self) -> list[tuple[str, str]]:
        return [(event.subject, event.phase) for event in self.events()]

    def left_open(self) -> list[Event]:
        """As the journal keeps them: each open event as it was last told."""
        last = {event.id: event for event in self.events()}
        return [event for event in last.values() if event.phase != "cleared"]

    def restart(self) -> None:
        """The station starts again, in the same boot."""
        self.maintenance = self.another(left_open=self.left_open())

    def boot(self, trust: Trust = Trust.NONE, wall_ns: int = 0) -> None:
        """The machine starts again; without a clock it is 1970."""
        self.boots += 1
        self.clock.boot_id = f"boot-{self.boots}"
        self.clock.mono_ns, self.clock.wall_ns, self.clock.trust = 20 * NS, wall_ns + 20 * NS, trust
        self.restart()

    def run(self, hours: float) -> float:
        """Let time pass; returns for how many hours of it ph-3 was under maintenance."""
        end_ns, in_force_s = self.clock.mono_ns + hours * 3600 * NS, 0.0
        while self.clock.mono_ns < end_ns:
            wait_s = min(self.step(), (end_ns - self.clock.mono_ns) / NS)
            in_force_s += wait_s if self.in_force() else 0.0
            self.clock.advance(wait_s)
        self.step()
        return in_force_s / 3600

    def in_force(self) -> list[str]:
        found = self.maintenance.status()["in_force"]
        assert isinstance(found, list)
        return [each["subject"] for each in found]


def read_during(subject: str) -> list[tuple[str, Flag, Why]]:
    """What two sensors of which the second is silent give while `subject` is worked on."""
    rig = Rig()
    rig.add("ph-3", 60)
    rig.add("level-1", 60, NoAnswerError("silent"))
    rig.maintenance = Maintenance(("ph-3", "level-1"), rig.clock, rig._append)
    rig.maintenance.begin(subject, 600, "")
    rig.step()
    found = [*rig.observations("ph-3"), *rig.observations("level-1")]
    return [(each.channel.sensor, each.flag, each.why) for each in found]


def test_a_value_read_during_maintenance_is_suspect_and_a_missing_one_stays_missing() -> None:
    assert read_during("ph-3") == [
        ("ph-3", Flag.SUSPECT, Why.MAINTENANCE),
        ("level-1", Flag.MISSING, Why.NO_ANSWER),
    ]
    assert read_during("level-1") == [
        ("ph-3", Flag.GOOD, Why.NONE),
        ("level-1", Flag.MISSING, Why.NO_ANSWER | Why.MAINTENANCE),
    ]


def test_maintenance_of_the_station_is_that_of_every_sensor() -> None:
    assert all(why & Why.MAINTENANCE for _, _, why in read_during(STATION))


def test_a_reading_from_before_maintenance_or_after_it_is_not_marked() -> None:
    rig = Rig()
    rig.add("ph-3", 60)
    rig.step()
    rig.clock.advance(59)
    rig.maintenance.begin("ph-3", 60, "")
    rig.run(120)
    rig.maintenance.step(rig.clock.now())
    rig.run(180)
    assert [bool(each.why) for each in rig.observations("ph-3")] == [False, True, False, False]


def test_latest_knows_what_the_journal_knows() -> None:
    rig = Rig()
    rig.add("ph-3", 60)
    rig.maintenance.begin("ph-3", 600, "")
    rig.step()
    newest = rig.latest.snapshot()["ph-3/ph"]
    assert (newest.last.flag, newest.good) == (Flag.SUSPECT, None)


def test_maintenance_ends_by_itself_at_its_time() -> None:
    bench = Bench()
    bench.maintenance.begin("ph-3", 600, "cleaning")
    assert bench.step() == pytest.approx(600)
    bench.clock.advance(600)
    bench.step()
    assert bench.in_force() == []
    raised, cleared = bench.events()
    assert (raised.phase, cleared.phase, raised.id) == ("raised", "cleared", cleared.id)
    assert raised.title == "maintenance of sensor ph-3: cleaning"
    assert "ended by itself" in cleared.text


def test_maintenance_begun_again_ends_the_one_before_it() -> None:
    bench = Bench()
    bench.maintenance.begin("ph-3", 600, "")
    bench.clock.advance(300)
    bench.maintenance.begin("ph-3", 600, "")
    assert bench.phases() == [("ph-3", "raised"), ("ph-3", "cleared"), ("ph-3", "raised")]
    assert len({event.id for event in bench.events()}) == 2
    assert bench.step() == pytest.approx(600)


def test_what_is_not_in_force_cannot_end() -> None:
    bench = Bench()
    assert not bench.maintenance.end("ph-3")
    bench.maintenance.begin("ph-3", 600, "")
    assert bench.maintenance.end("ph-3")
    assert not bench.maintenance.end("ph-3")


def test_a_restart_goes_on_with_what_is_left_of_it() -> None:
    bench = Bench()
    bench.maintenance.begin("ph-3", 600, "")
    bench.clock.advance(400)
    bench.maintenance = bench.another(left_open=bench.events())
    assert bench.in_force() == ["ph-3"]
    assert bench.step() == pytest.approx(200)
    bench.clock.advance(200)
    bench.step()
    assert bench.phases() == [("ph-3", "raised"), ("ph-3", "cleared")]


@pytest.mark.parametrize("wall_s", [-1e9, 0.0, 599.0, 601.0, 1e9])
def test_maintenance_never_grows_over_a_restart_whatever_the_clock_says(wall_s: float) -> None:
    bench = Bench()
    bench.maintenance.begin("ph-3", 600, "")
    bench.clock.wall_ns += round(wall_s * NS)
    bench.maintenance = bench.another(left_open=bench.events())
    bench.clock.advance(600)
    bench.step()
    assert bench.in_force() == []


def test_a_restart_within_a_boot_is_no_end_when_the_clock_was_set_meanwhile() -> None:
    bench = Bench()
    bench.boot()
    bench.maintenance.begin("ph-3", 7200, "")
    bench.clock.advance(600)
    bench.clock.wall_ns, bench.clock.trust = WALL_NS, Trust.NTP
    bench.restart()
    assert bench.in_force() == ["ph-3"]
    assert bench.run(3) == pytest.approx((7200 - 600) / 3600)


@pytest.mark.parametrize("hours", [0.1, 1.0, 8.0])
@pytest.mark.parametrize(("trust", "wall_ns"), [(Trust.NONE, 0), (Trust.RTC, WALL_NS)])
def test_maintenance_ends_also_where_every_boot_begins_in_the_same_year(
    hours: float, trust: Trust, wall_ns: int
) -> None:
    bench = Bench()
    bench.boot(trust, wall_ns)
    bench.maintenance.begin("ph-3", LONGEST_S, "")
    in_force_h = bench.run(hours)
    while bench.in_force():
        bench.boot(trust, wall_ns)
        in_force_h += bench.run(hours)
    assert in_force_h <= LONGEST_S / 3600
    assert bench.events()[-1].phase == "cleared"


def test_another_boot_goes_on_with_what_the_clock_leaves() -> None:
    bench = Bench()
    bench.boot(Trust.NTP, WALL_NS)
    bench.maintenance.begin("ph-3", 7200, "")
    bench.clock.advance(600)
    bench.boot(Trust.NTP, WALL_NS + 3600 * NS)
    assert bench.run(3) == pytest.approx(1.0)
    bench.maintenance.begin("ph-3", 7200, "")
    bench.boot(Trust.NTP, bench.clock.wall_ns + 7200 * NS)
    assert bench.run(1) == 0


def test_a_boot_without_a_clock_knows_what_was_left_when_the_one_before_it_ended() -> None:
    bench = Bench()
    bench.boot()
    bench.maintenance.begin("ph-3", 7200, "")
    assert bench.run(1) == pytest.approx(1)
    bench.boot()
    assert bench.run(3) == pytest.approx(1 - UNSURE_S / 3600)


def test_the_end_is_told_as_a_time_only_by_a_clock_that_is_set() -> None:
    bench = Bench()
    bench.boot()
    event = bench.maintenance.begin("ph-3", 7200, "").event
    assert event.text.startswith("For 120 min from now at the latest")
    assert "until" not in event.data
    bench.clock.wall_ns, bench.clock.trust = WALL_NS, Trust.NTP
    bench.clock.advance(600)
    bench.step()
    told = bench.events()[-1]
    assert (told.id, told.phase) == (event.id, "updated")
    assert told.text.startswith("Until 2026-07-25 19:20 UTC")
    assert bench.step() == pytest.approx(6600), "once is enough"


def test_an_old_event_cannot_silence_a_sensor_for_more_than_a_day() -> None:
    bench = Bench()
    work = bench.maintenance.begin("ph-3", 600, "")
    forged = work.event._replace(data={"for_s": 1e9})
    bench.maintenance = bench.another(left_open=[forged])
    assert bench.step() == pytest.approx(LONGEST_S)


def test_maintenance_of_a_sensor_that_is_gone_ends_at_the_start() -> None:
    bench = Bench()
    bench.maintenance.begin("ph-3", 600, "")
    bench.maintenance = bench.another("level-1", left_open=bench.events())
    bench.step()
    assert bench.phases() == [("ph-3", "raised"), ("ph-3", "cleared")]


def test_what_was_left_open_is_asked_for_until_the_journal_knows() -> None:
    bench = Bench()
    bench.maintenance.begin("ph-3", 600, "")
    known: list[list[Event] | None] = [None]
    bench.maintenance = Maintenance(("ph-3",), bench.clock, bench.records.extend, lambda: known[0])
    assert bench.step() == pytest.approx(5)
    assert bench.in_force() == []
    known[0] = list(bench.events())
    bench.step()
    assert bench.in_force() == ["ph-3"]


def test_an_open_event_of_another_kind_is_no_maintenance() -> None:
    bench = Bench()
    work = bench.maintenance.begin("ph-3", 600, "")
    bench.maintenance = bench.another(left_open=[work.event._replace(kind="sensor_fault")])
    assert bench.in_force() == []


def worked_on(rig: Rig, subject: str) -> None:
    """Somebody works on it for the next two hours."""
    rig.maintenance = Maintenance(("ph-3", "level-1"), rig.clock, rig._append)
    rig.maintenance.begin(subject, 7200, "")


def faults_told(rig: Rig) -> list[tuple[str, str]]:
    """Subject and phase of what was said of faults, in order."""
    events = (record for batch in rig.batches for record in batch if isinstance(record, Event))
    return [(event.subject, event.phase) for event in events if event.kind.endswith("_fault")]


@pytest.mark.parametrize("subject", ["ph-3", STATION])
def test_a_sensor_that_goes_away_while_somebody_works_on_it_is_told_when_the_work_is_over(
    subject: str,
) -> None:
    rig = Rig()
    rig.add("ph-3", 60, *[NoAnswerError("silent")] * 99)
    worked_on(rig, subject)
    rig.run(1800)
    assert faults_told(rig) == []
    assert len(rig.observations("ph-3")) == 31, "its slots stay on record"
    rig.maintenance.end(subject)
    rig.run(1860)
    assert faults_told(rig) == [("ph-3", "raised")]


def test_a_sensor_that_is_back_before_the_work_is_over_is_not_told() -> None:
    rig = Rig()
    rig.add("ph-3", 60, *[NoAnswerError("silent")] * 5)
    worked_on(rig, "ph-3")
    rig.run(7200)
    rig.maintenance.end("ph-3")
    rig.run(7320)
    assert faults_told(rig) == []


def test_work_on_one_sensor_does_not_silence_its_neighbour() -> None:
    rig = Rig()
    rig.add("ph-3", 60, *[NoAnswerError("silent")] * 9)
    rig.add("level-1", 60, *[NoAnswerError("silent")] * 9)
    worked_on(rig, "ph-3")
    rig.run(600)
    assert faults_told(rig) == [("level-1", "raised")]


def test_work_on_one_sensor_silences_its_bus_until_it_is_over() -> None:
    rig = Rig(open_errors=999)
    rig.add("ph-3", 60)
    rig.add("level-1", 60)
    worked_on(rig, "ph-3")
    rig.run(600)
    assert faults_told(rig) == []
    rig.maintenance.end("ph-3")
    rig.run(660)
    assert faults_told(rig) == [("rs485", "raised")]


def test_each_holder_has_its_own_and_none_ends_that_of_another() -> None:
    bench = Bench()
    visit, session = {VISIT: "v-1"}, {CALIBRATES: "ph-4"}
    for of in (visit, session, {}):
        bench.maintenance.begin("ph-3", 7200, "", of)
        bench.clock.advance(1)
    assert bench.phases() == [("ph-3", "raised")] * 3
    assert not bench.maintenance.end("ph-3", {VISIT: "v-2"})
    for left, of in ((2, session), (1, {}), (0, visit)):
        assert bench.maintenance.covers(["ph-3"])
        assert bench.maintenance.end("ph-3", of)
        assert len(bench.in_force()) == left
        assert bench.phases()[-1] == ("ph-3", "updated" if left else "cleared")
    assert not bench.maintenance.covers(["ph-3"])


def test_a_restart_knows_who_holds_it_also_after_it_was_told_again() -> None:
    bench = Bench()
    bench.boot()
    for of in ({VISIT: "v-1"}, {CALIBRATES: "ph-3"}):
        bench.maintenance.begin("ph-3", 7200, "", of)
        bench.clock.advance(1)
    bench.run(0.5)
    bench.boot()
    assert bench.maintenance.end("ph-3", {CALIBRATES: "ph-3"})
    assert [work.event.data.get(VISIT) for work in bench.maintenance.in_force()] == ["v-1"]


def test_what_a_visit_adds_to_its_event_stays_for_as_long_as_it_goes_on() -> None:
    bench = Bench()
    bench.clock.trust = Trust.NONE
    bench.maintenance.begin("ph-3", 7200, "", {"visit": "v-1", "by": "M. Rossi"})
    bench.run(1)
    assert {event.data["visit"] for event in bench.events()} == {"v-1"}
    assert {event.phase for event in bench.events()} == {"raised", "updated"}
