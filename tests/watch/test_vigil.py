"""Alarms under their names: which silence is told, what an earlier life has said, when it is heard."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.model import Entry, Event, Flag, Health, Instant, Severity, Stamp, TimeSource, Trust, Why
from agent.watch.contract import BLOCK_S, DAY, Finding, Hazard, Phase, Role, Sample
from agent.watch.live.believed import Believed
from agent.watch.live.incidents import Incidents
from agent.watch.live.late import Late, LateSample
from agent.watch.live.leap import Leap
from agent.watch.live.recalled import alarm_of, by_person, is_ours, said
from agent.watch.live.told import Told
from agent.watch.plan import Plan
from agent.watch.telling import event
from agent.watch.vigil import Alarm, Part, Vigil
from tests.watch.water_site import FIRST, quiet

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = Instant(1_900_000_000_000_000_000, 5, Trust.NTP)
BEGIN_S = FIRST * BLOCK_S


def finding(utc_s: float = BEGIN_S, phase: Phase = Phase.RAISED, hazard: Hazard = Hazard.ACID) -> Finding:
    subject = "ph-3/ph" if hazard is Hazard.SENSOR else ""
    return Finding(utc_s, hazard, subject, phase, Severity.ORANGE, 0.9, {"ph": 5.0}, "why", "go", "drift")


def alarm(utc_s: float = BEGIN_S, phase: Phase = Phase.RAISED, name: str = "acid_drainage-x") -> Alarm:
    return Alarm(name, utc_s, finding(utc_s, phase))


def heard(course: Iterable[Sample | None]) -> list[Alarm]:
    """What is told of a pH probe beside another, for a day and then as given; None: nobody is asked."""
    rng = random.Random(3)
    vigil = Vigil(Plan(), {"ph-3/ph": Part(Role.PH), "ec-3/conductivity": Part(Role.EC)})
    told = []
    usual = [Sample(quiet(Role.PH, at, rng)) for at in range(DAY)]
    for at, sample in enumerate([*usual, *course]):
        if sample is not None:
            told += vigil.add(BEGIN_S + at * BLOCK_S, "ph-3/ph", sample)
            told += vigil.add(BEGIN_S + at * BLOCK_S, "ec-3/conductivity", Sample(quiet(Role.EC, at, rng)))
    return told


def silent(why: Why, blocks: int = DAY) -> list[Alarm]:
    """For so long, and then it speaks again."""
    rng = random.Random(4)
    again = [Sample(quiet(Role.PH, at, rng)) for at in range(blocks, blocks + DAY // 2)]
    return heard([*[Sample(None, Flag.MISSING, why)] * blocks, *again])


@pytest.mark.parametrize("blocks", [2, 3, 8, DAY])
@pytest.mark.parametrize("why", [Why.NO_ANSWER, Why.BUS_DOWN, Why.NOT_ASKED | Why.NO_ANSWER, Why.MAINTENANCE])
def test_a_silence_that_somebody_has_told_of_is_not_told_again(why: Why, blocks: int) -> None:
    assert silent(why, blocks) == []


@pytest.mark.parametrize("blocks", [2, 8, 3 * DAY])
def test_a_station_that_was_off_says_nothing_of_its_probes(blocks: int) -> None:
    rng = random.Random(4)
    again = [Sample(quiet(Role.PH, at, rng)) for at in range(blocks, blocks + DAY // 2)]
    assert heard([*[None] * blocks, *again]) == []


def test_a_silence_without_a_reason_is_told_and_that_it_is_over() -> None:
    raised, cleared = silent(Why.NONE)
    assert (raised.finding.hazard, raised.finding.phase) == (Hazard.SENSOR, Phase.RAISED)
    assert raised.id.startswith("sensor_fault-ph-3-ph-")
    assert (cleared.id, cleared.finding.phase) == (raised.id, Phase.CLEARED)


def beside(role: Role, course: Iterable[Sample | None]) -> list[Alarm]:
    """What is told of a channel beside pH and conductivity."""
    rng = random.Random(3)
    parts = {"ph-3/ph": Part(Role.PH), "ec-3/conductivity": Part(Role.EC), "x-1/y": Part(role)}
    vigil, told = Vigil(Plan(), parts), []
    for at, sample in enumerate(course):
        utc_s = BEGIN_S + at * BLOCK_S
        told += vigil.add(utc_s, "ph-3/ph", Sample(quiet(Role.PH, at, rng)))
        told += vigil.add(utc_s, "ec-3/conductivity", Sample(quiet(Role.EC, at, rng)))
        if sample is not None:
            told += vigil.add(utc_s, "x-1/y", sample)
    return told


FIVES = [Sample(5.0)] * DAY
OTHERS = [Role.TURBIDITY, Role.TEMPERATURE, Role.OXYGEN, Role.ORP, Role.STAGE]
NO_VALUE, WILD, DRY = Sample(None, Flag.MISSING), Sample(5.0, Flag.FAIL, Why.OVER_RANGE), Sample(0.0)


@pytest.mark.parametrize(
    ("role", "gives"),
    [
        *[(role, None) for role in OTHERS],
        *[(role, NO_VALUE) for role in [*OTHERS, Role.RAIN]],
        (Role.ORP, WILD),
    ],
)
def test_who_speaks_beside_the_others_is_missed_within_hours(role: Role, gives: Sample | None) -> None:
    raised, cleared = beside(role, [*FIVES, *[gives] * (DAY // 2), *FIVES])
    finding = raised.finding
    assert (finding.subject, finding.mechanism, finding.level) == ("x-1/y", "silent", Severity.BLUE)
    assert 3.0 <= (finding.utc_s - BEGIN_S) / 3600.0 - 24.0 <= 4.5
    assert finding.evidence["for_h"] > finding.evidence["for_h_from"] == 3.0
    assert (cleared.id, cleared.finding.phase) == (raised.id, Phase.CLEARED)


@pytest.mark.parametrize("why", [Why.NO_ANSWER, Why.BUS_DOWN, Why.MAINTENANCE])
def test_what_somebody_has_told_of_is_not_told_again_of_the_others_either(why: Why) -> None:
    assert beside(Role.OXYGEN, [*FIVES, *[Sample(None, Flag.MISSING, why)] * DAY]) == []


def test_who_is_read_seldom_is_not_missed_between_two_readings() -> None:
    every = [Sample(5.0) if at % 20 == 0 else None for at in range(4 * DAY)]
    assert beside(Role.STAGE, every) == []


@pytest.mark.parametrize("gives", [None, DRY])
def test_no_rain_is_no_silence(gives: Sample | None) -> None:
    assert beside(Role.RAIN, [*FIVES, *[gives] * (3 * DAY)]) == []


@pytest.mark.parametrize("hazard", list(Hazard))
def test_an_event_is_the_alarm_that_it_was(hazard: Hazard) -> None:
    found = finding(hazard=hazard)
    told = event(Alarm(f"{hazard}-20240301T0000Z", BEGIN_S + 7.0, found), NOW)
    again = alarm_of(told)
    assert is_ours(told)
    assert (again.id, again.known_s) == (told.id, BEGIN_S + 7.0)
    over = again._replace(finding=again.finding._replace(phase=Phase.CLEARED))
    assert event(over, NOW).text.endswith(" It looked like this: why")
    kept = ("utc_s", "hazard", "subject", "phase", "level", "confidence", "cause", "advice", "mechanism")
    assert [getattr(again.finding, name) for name in kept] == [getattr(found, name) for name in kept]


def test_what_a_poller_tells_of_a_sensor_is_not_the_detectors() -> None:
    told = Event("ph-3/sensor_fault/1", "sensor_fault", "ph-3", "raised", Severity.YELLOW, NOW, "t", "x")
    assert not is_ours(told)


def test_a_person_s_end_is_told_from_the_detectors_own() -> None:
    own = event(alarm(phase=Phase.CLEARED, name="acid_drainage-20240301T0000Z"), NOW)
    assert not by_person(own)
    assert by_person(own._replace(data={**own.data, "by": "chen"}))
    assert not by_person(own._replace(phase="acknowledged", data={**own.data, "by": "chen"}))


def test_what_is_on_the_disk_ahead_is_not_handed_over_again() -> None:
    raised = event(alarm(name="acid_drainage-20240301T0000Z"), NOW)
    told = Told(still_open=[raised], ahead=[raised])
    assert told.open == {}, "it is found again, or adopted when it is read"
    assert not told.tell(raised)
    assert told.tell(raised), "once more would be another"
    assert not told.read(raised)
    assert told.is_all_there


def test_what_was_told_ahead_and_is_not_found_again_is_noticed_when_it_is_read() -> None:
    raised = event(alarm(name="acid_drainage-20240301T0000Z"), NOW)
    assert Told(ahead=[raised]).read(raised)
    assert not Told().read(raised)


def test_the_same_telling_is_known_by_what_matters() -> None:
    raised = event(alarm(name="acid_drainage-20240301T0000Z"), NOW)
    assert said(raised) == said(raised._replace(at=NOW._replace(wall_ns=1), title="other"))
    assert said(raised) != said(raised._replace(severity=Severity.RED))


def entry(boot: str, wall_s: float, mono_s: float, *, settled: bool, seq: int = 1) -> Entry:
    at = Instant(round(wall_s * 1e9), round(mono_s * 1e9), Trust.NTP if settled else Trust.NONE)
    stamp = Stamp(at.wall_ns, TimeSource.NTP if settled else TimeSource.NONE, 0.5, settled)
    return Entry(seq, boot, Health(at, {}), stamp)


@pytest.mark.parametrize(
    ("read_s", "taken_s"),
    [(1000.0 + 3600.0, 4600.0), (500.0, 1000.0), (0.0, 1000.0), (1000.0 + 30 * 86_400.0, 1000.0)],
    ids=["an hour later", "earlier", "1970", "next month"],
)
def test_a_boot_without_a_clock_runs_on_from_the_one_before(read_s: float, taken_s: float) -> None:
    times = Believed()
    assert times.utc_s(entry("a", 1000.0, 50.0, settled=True)) == 1000.0
    times.heard(1000.0)
    assert times.utc_s(entry("b", read_s, 3.0, settled=False, seq=7)) == taken_s
    assert times.utc_s(entry("b", read_s - 400.0, 63.0, settled=False)) == taken_s + 60.0, "by its own run"
    assert times.taken["b"].seq == 7
    assert times.taken["b"].utc_s == taken_s


def test_the_first_boot_of_all_is_taken_at_its_word() -> None:
    assert Believed().utc_s(entry("a", 12.0, 3.0, settled=False)) == 12.0


SAMPLES = st.builds(
    LateSample,
    st.floats(0.0, 2e9),
    st.sampled_from(["ph-3/ph", "ec-3/conductivity"]),
    st.builds(Sample, st.none() | st.floats(-1e6, 1e6), st.sampled_from(Flag), st.sampled_from([*Why])),
)


@given(st.lists(SAMPLES, max_size=20))
@settings(max_examples=50)
def test_late_samples_come_back_as_they_were_in_the_order_of_their_time(given_: list[LateSample]) -> None:
    late = Late()
    for each in given_:
        late.add(*each)
    assert list(late.in_order()) == sorted(given_, key=lambda each: each.utc_s)
    assert late.count == len(given_)


def test_late_samples_are_bounded() -> None:
    late = Late()
    for at in range(50_010):
        late.add(float(at), "ph-3/ph", Sample(7.0))
    assert late.count == 50_010
    assert sum(1 for _ in late.in_order()) == 50_000


def incidents(alarms: Iterable[Alarm]) -> Incidents:
    found = Incidents()
    for each in alarms:
        found.take(each)
    return found


def test_an_incident_that_was_told_is_told_however_it_was_called() -> None:
    day_s = 86_400.0
    told = incidents([alarm(10 * day_s), alarm(12 * day_s, Phase.CLEARED)])
    again = [alarm(9.5 * day_s, name="acid_drainage-y"), alarm(11 * day_s, Phase.CLEARED, "acid_drainage-y")]
    other = [alarm(14 * day_s, name="acid_drainage-z"), alarm(15 * day_s, Phase.CLEARED, "acid_drainage-z")]
    found = incidents([*again, *other])
    assert found.beyond(told, 0.0, 30 * day_s) == other
    assert found.beyond(told, 0.0, 13 * day_s) == []
    assert found.beyond(incidents([alarm(10 * day_s)]), 0.0, 30 * day_s) == [], "the told one still stands"


def test_an_event_that_lacks_what_an_alarm_needs_is_not_ours() -> None:
    whole = event(alarm(name="acid_drainage-20240301T0000Z"), NOW)
    assert is_ours(whole)
    for name in ("mechanism", "confidence", "seen_utc", "known_utc", "advice"):
        assert not is_ours(whole._replace(data={k: v for k, v in whole.data.items() if k != name}))


ROUND_S = 900.0


def passed(course: Iterable[float]) -> tuple[list[float], int]:
    """The times that are heard, of readings a quarter of an hour apart and what is put among them."""
    leap = Leap()
    heard: list[float] = []
    for at_s in course:
        heard += [
            each.utc_s for each in leap.passed(LateSample(at_s, "a", Sample(7.0)), max(heard, default=None))
        ]
    return heard, leap.left_out


@pytest.mark.parametrize("ahead_s", [1.5 * 86_400.0, 40 * 86_400.0])
def test_what_is_far_ahead_is_heard_when_another_reading_follows_it(ahead_s: float) -> None:
    before = [ROUND_S * at for at in range(4)]
    behind = [ahead_s, ahead_s + 0.4, ahead_s + ROUND_S, ahead_s + 2 * ROUND_S]
    assert passed([*before, *behind]) == ([*before, *behind], 0)
    assert passed([*before, *behind[:2], 4 * ROUND_S, 5 * ROUND_S]) == (
        [*before, 4 * ROUND_S, 5 * ROUND_S],
        2,
    )
    assert passed([*before, 2 * ahead_s, *behind]) == ([*before, *behind], 1)


def test_a_word_about_what_has_ended_says_nothing_of_what_came_after_it() -> None:
    vigil = Vigil(Plan(), {})
    first, second = alarm(name="acid_drainage-20240301T0000Z"), alarm(name="acid_drainage-20240309T0000Z")
    vigil.adopt(first)
    assert vigil.close(first) is None
    vigil.adopt(second)
    assert vigil.close(first) is None
    assert list(vigil.open) == [second]
    assert vigil.close(second) is None
    assert not vigil.open
