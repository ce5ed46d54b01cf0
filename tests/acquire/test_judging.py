"""Observations on their way to the journal: what speaks against them, what is remembered, later words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.acquire.course import Course, Proof
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.quality.build import settings
from agent.acquire.quality.learned.learned import Learned
from agent.acquire.quality.learned.scene import Scene
from agent.acquire.quality.learned.traits import TRAITS
from agent.clock import NS
from agent.model import (
    Calibration,
    Channel,
    Event,
    Flag,
    Instant,
    Judgement,
    Observation,
    Severity,
    Trust,
    Why,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Record

PERIOD_S = 60.0
NOON_S = 1_785_000_000
BEGIN = Instant(0, 0, Trust.NTP)
MADE_BY = Calibration("config-1", "{}")


class Bench:
    """Channels and what came of what they said; every batch is a minute after the one before."""

    def __init__(self, **asked: dict[str, Any]) -> None:
        """`asked`: by quantity, of one sensor; a quantity may carry the sensor's name: `ph_4`."""
        self.latest = Latest()
        names = {key: f"s-{key[-1]}/{key[:-2]}" if key[-1].isdigit() else f"s/{key}" for key in asked}
        self.judging = Judging(
            [
                Course(name, settings(name.partition("/")[2], asked[key]), PERIOD_S, (0.0, 14.0))
                for key, name in names.items()
            ],
            self.latest,
        )
        self.minute = 0
        self.records: list[Record] = []

    def say(self, trust: Trust = Trust.NTP, **values: float | Observation | None) -> list[Observation]:
        """One batch; returns its observations as they went to the journal."""
        self.minute += 1
        at = Instant((NOON_S + 60 * self.minute) * NS, 60 * self.minute * NS, trust)
        batch = [self._observation(name, value, at) for name, value in values.items()]
        records = self.judging.judged(batch)
        self.latest.put(records)
        self.records += records
        return [record for record in records if isinstance(record, Observation)]

    def whys(self, quantity: str, *values: float | None) -> list[Why]:
        batches: list[Any] = [{quantity: value} for value in values]
        return [self.say(**batch)[0].why for batch in batches]

    def judgements(self) -> list[Observation]:
        return [record.observation for record in self.records if isinstance(record, Judgement)]

    def _observation(self, name: str, value: float | Observation | None, at: Instant) -> Observation:
        if isinstance(value, Observation):
            return value._replace(at=at)
        sensor, quantity = (f"s-{name[-1]}", name[:-2]) if name[-1].isdigit() else ("s", name)
        return observation(quantity, value, at, sensor)


def observation(quantity: str, value: float | None, at: Instant = BEGIN, sensor: str = "s") -> Observation:
    flag, why = (Flag.MISSING, Why.NO_ANSWER) if value is None else (Flag.GOOD, Why.NONE)
    return Observation(Channel(sensor, quantity, "1", "1"), at, value, value, flag, why, MADE_BY)


def said(quantity: str, value: float, flag: Flag, why: Why) -> Observation:
    """One that its reading alone spoke against."""
    return observation(quantity, value)._replace(flag=flag, why=why)


def test_a_spike_is_told_a_value_later_in_a_record_of_its_own() -> None:
    bench = Bench(ph={"off": ["rate"]})
    bench.whys("ph", 7.0, 7.0, 7.8, 7.0)
    ((judged,), (spike,)) = bench.judgements(), [r for r in bench.records if getattr(r, "value", 0) == 7.8]
    assert isinstance(spike, Observation)
    assert (spike.flag, spike.why) == (Flag.GOOD, Why.NONE)
    assert judged == spike._replace(flag=Flag.SUSPECT, why=Why.SPIKE)
    assert [type(record) for record in bench.records[-2:]] == [Judgement, Observation]


def test_a_value_that_was_taken_for_good_and_is_not_serves_nobody() -> None:
    latest, bad = Latest(), observation("ph", 7.8)
    latest.put([bad])
    latest.put([Judgement(bad._replace(flag=Flag.SUSPECT, why=Why.SPIKE))])
    newest = latest.snapshot()["s/ph"]
    assert newest.good is None
    assert newest.last.why is Why.SPIKE
    later = observation("ph", 7.0, Instant(0, 60 * NS, Trust.NTP))
    latest.put([later, Judgement(bad._replace(flag=Flag.SUSPECT))])
    assert latest.snapshot()["s/ph"].good == later


def test_a_judgement_that_says_nothing_new_is_not_made() -> None:
    bench = Bench(ph={})
    bench.whys("ph", *[7.0, 7.01] * 20)
    assert bench.judgements() == []
    assert all(
        record == record._replace(flag=Flag.GOOD)
        for record in bench.records
        if isinstance(record, Observation)
    )


def test_missing_values_pass_and_a_spike_over_one_is_still_seen() -> None:
    bench = Bench(ph={"off": ["rate"]})
    bench.whys("ph", 7.0, None, 7.8, None, 7.0)
    assert [each.value for each in bench.judgements()] == [7.8]


@pytest.mark.parametrize(
    "foreign",
    [
        said("ph", 4.0, Flag.SUSPECT, Why.MAINTENANCE),
        said("ph", 4.0, Flag.SUSPECT, Why.WARMING_UP),
        said("ph", 0.0, Flag.FAIL, Why.OVER_RANGE),
        said("ph", 14.5, Flag.FAIL, Why.SENSOR_RANGE),
    ],
    ids=lambda each: str(each.why),
)
def test_what_is_not_the_sites_water_teaches_nothing_and_is_compared_with_nothing(
    foreign: Observation,
) -> None:
    bench = Bench(ph={})
    assert bench.whys("ph", 7.0, 7.01) == [Why.NONE] * 2
    assert bench.say(ph=foreign)[0].why == foreign.why
    assert bench.whys("ph", 7.0, 7.01) == [Why.NONE] * 2
    assert bench.judgements() == []


def test_what_the_owner_does_not_expect_is_a_value_like_others() -> None:
    """A real acid pulse is suspect; the next good value must not look like the spike."""
    bench = Bench(ph={"off": ["rate"]})
    for value in (7.0, 5.0, 5.0, 5.0):
        bench.say(ph=said("ph", value, Flag.SUSPECT, Why.SITE_RANGE) if value < 6 else value)
    assert bench.judgements() == []


def test_a_stuck_probe_says_so_beside_what_its_reading_said() -> None:
    bench = Bench(ph={"flat_line": {"suspect_h": 0.5}})
    for _ in range(40):
        (last,) = bench.say(ph=said("ph", 5.0, Flag.SUSPECT, Why.SITE_RANGE))
    assert (last.flag, last.why) == (Flag.SUSPECT, Why.SITE_RANGE | Why.FLAT_LINE)


def test_another_calibration_begins_another_memory() -> None:
    bench = Bench(ph={})
    bench.whys("ph", 7.0, 7.0, 7.0)
    recalibrated = observation("ph", 7.6)._replace(calibration=Calibration("ph-3_ph_1", "{}"))
    assert [bench.say(ph=recalibrated)[0].why for _ in range(3)] == [Why.NONE] * 3
    assert bench.judgements() == []


def test_an_untrusted_clock_is_told_and_makes_nothing_worse() -> None:
    (only,) = Bench(ph={}).say(Trust.NONE, ph=7.0)
    assert (only.flag, only.why) == (Flag.GOOD, Why.CLOCK)
    (missing,) = Bench(ph={}).say(Trust.NONE, ph=None)
    assert missing.why is Why.NO_ANSWER


def test_a_calibration_past_its_date_makes_values_suspect_once_the_time_is_known() -> None:
    bench = Bench(ph={})
    bench.judging.calibrated("s/ph", Proof(expires_s=NOON_S + 150))
    bench.judging.calibrated("s/unknown", Proof(expires_s=0))
    assert bench.whys("ph", 7.0, 7.0, 7.0) == [Why.NONE, Why.NONE, Why.CALIBRATION_EXPIRED]
    assert bench.say(Trust.NONE, ph=7.0)[0].why is Why.CLOCK


@pytest.mark.parametrize(("trust", "why"), [(Trust.NTP, Why.NONE), (Trust.NONE, Why.CLOCK)])
def test_a_calibration_that_found_it_unfit_needs_no_clock(trust: Trust, why: Why) -> None:
    bench = Bench(ph={})
    bench.judging.calibrated("s/ph", Proof(is_unfit=True))
    (only,) = bench.say(trust, ph=7.0)
    assert (only.flag, only.why) == (Flag.SUSPECT, Why.CALIBRATION_UNFIT | why)


def test_codes_for_no_value_fail() -> None:
    """Of those that nobody named only what the instrument (0 to 14) cannot measure."""
    bench = Bench(ph={}, turbidity={"syntax": [10.0]}, orp={"off": ["syntax"]})
    assert bench.say(ph=-9999.0)[0] == bench.say(ph=-9999.0)[0]._replace(
        at=bench.records[0].at, flag=Flag.FAIL, why=Why.SYNTAX
    )
    assert bench.whys("turbidity", 10.0, -9999.0) == [Why.SYNTAX, Why.NONE]
    assert bench.whys("orp", -9999.0) == [Why.NONE]


def test_two_probes_that_disagree_are_both_suspect_and_stay_so() -> None:
    """One of this moment's batch counts at once, one of another bus as it was last heard of."""
    bench = Bench(
        ph_3={"agrees": {"channels": ["s-4/ph"], "within": 0.3, "for_h": 0.0}, "off": ["rate"]},
        ph_4={"agrees": {"channels": ["s-3/ph"], "within": 0.3, "for_h": 0.0}, "off": ["rate"]},
    )
    assert [each.why for each in bench.say(ph_3=7.0, ph_4=7.1)] == [Why.NONE, Why.NONE]
    for _ in range(3):
        assert [each.why for each in bench.say(ph_3=7.0, ph_4=7.5)] == [Why.DISAGREES] * 2
    assert bench.say(ph_3=7.0)[0].why is Why.DISAGREES
    maintained = said("ph", 4.0, Flag.SUSPECT, Why.MAINTENANCE)
    maintained = maintained._replace(channel=maintained.channel._replace(sensor="s-4"))
    assert bench.say(ph_4=maintained, ph_3=7.0)[1].why is Why.NONE
    bench.say(ph_4=7.5)
    bench.minute += 5
    assert bench.say(ph_3=7.0)[0].why is Why.GAP, "what was said long ago is not compared"


def test_acid_that_does_not_conduct_is_suspect() -> None:
    bench = Bench(ph={"conductivity": "s/conductivity"}, conductivity={})
    assert [each.why for each in bench.say(ph=3.0, conductivity=900.0)] == [Why.NONE] * 2
    assert [each.why for each in bench.say(conductivity=40.0, ph=3.0)] == [Why.NONE, Why.DISAGREES]
    assert bench.say(conductivity=None, ph=3.0)[1].why is Why.NONE


@pytest.mark.parametrize(
    ("slope", "offset", "why"),
    [(97.0, -2.0, Why.NONE), (80.0, -2.0, Why.ELECTRODE), (97.0, 45.0, Why.ELECTRODE)],
)
def test_the_electrode_behind_a_ph_is_looked_at(slope: float, offset: float, why: Why) -> None:
    bench = Bench(ph={}, electrode_slope={}, electrode_offset={})
    assert bench.say(ph=7.0, electrode_slope=slope, electrode_offset=offset)[0].why is why
    assert bench.say(ph=7.0)[0].why is why, "until it is told anew"
    calibrated = Bench(ph={})
    calibrated.judging.calibrated("s/ph", Proof(slope_percent=slope, offset_mv=offset))
    assert calibrated.whys("ph", 7.0) == [why]
    off = Bench(ph={"off": ["electrode"]}, electrode_slope={})
    assert off.say(ph=7.0, electrode_slope=slope)[0].why is Why.NONE


def test_a_derived_channel_is_as_bad_as_its_source() -> None:
    latest = Latest()
    flat = settings("pore_pressure", {"flat_line": {"suspect_h": 0.1}})
    courses = [
        Course("s/pore_pressure", flat, PERIOD_S, (0.0, 14.0)),
        Course("s/water_level", settings("water_level", {}), PERIOD_S, (0.0, 14.0), "s/pore_pressure"),
    ]
    judging = Judging(courses, latest)
    for minute in range(20):
        at = Instant(0, minute * 60 * NS, Trust.NTP)
        batch = judging.judged([observation("pore_pressure", 5.0, at), observation("water_level", 1.0, at)])
    assert [record.why for record in batch if isinstance(record, Observation)] == [Why.FLAT_LINE] * 2


def test_what_a_moment_shows_by_itself_is_known_before_anybody_asks_for_it() -> None:
    """The pH comes before a conductivity whose 0 is a code for no value."""
    bench = Bench(ph={"conductivity": "s/conductivity"}, conductivity={"syntax": [0.0]})
    assert [each.why for each in bench.say(ph=6.5, conductivity=0.0)] == [Why.NONE, Why.SYNTAX]


def test_behind_maintenance_nothing_is_compared_with_the_water_before_it() -> None:
    """Another place, or a clean probe: 0.4 pH in two periods, which the owner was told of."""
    maintained = said("ph", 7.2, Flag.SUSPECT, Why.MAINTENANCE)
    bench = Bench(ph={}, pore_pressure={"flat_line": {"suspect_h": 0.1}})
    assert Why.RATE in Bench(ph={}).whys("ph", *[7.0, 7.01] * 100, 7.41)[-1]
    assert set(bench.whys("ph", *[7.0, 7.01] * 100)) == {Why.NONE}
    bench.say(ph=maintained)
    assert bench.whys("ph", 7.61, 7.60, 7.61) == [Why.NONE] * 3
    assert bench.judgements() == []
    unplugged = observation("ph", None)
    bench.say(ph=unplugged._replace(why=unplugged.why | Why.MAINTENANCE))
    assert bench.whys("ph", 8.41, 8.40, 8.41) == [Why.NONE] * 3
    stuck = [bench.say(pore_pressure=5.0)[0].why for _ in range(5)]
    bench.say(pore_pressure=said("pore_pressure", 5.0, Flag.SUSPECT, Why.MAINTENANCE))
    assert [*stuck, bench.say(pore_pressure=5.0)[0].why] == [Why.NONE] * 5 + [Why.FLAT_LINE]


def test_a_word_of_its_electrode_holds_for_about_a_day() -> None:
    bench = Bench(ph={"off": ["gap", "flat_line"]}, electrode_slope={})
    bench.say(electrode_slope=80.0)
    bench.minute += 25 * 60
    assert bench.whys("ph", 7.0) == [Why.ELECTRODE]
    bench.minute += 2 * 60
    assert bench.whys("ph", 7.0) == [Why.NONE]


@pytest.mark.parametrize(
    ("foreign", "value", "is_news"),
    [
        (Flag.FAIL, 15.0, True),
        (Flag.SUSPECT, 15.0, False),
        (Flag.MISSING, None, False),
    ],
    ids=["out of range", "announced", "announced, without a value"],
)
def test_only_a_value_that_nobody_announced_as_lost_is_news_to_its_neighbours(
    foreign: Flag, value: float | None, *, is_news: bool
) -> None:
    scene = Scene()
    learned = Learned(name="s/ph", traits=TRAITS["ph"], scene=scene, period_s=PERIOD_S)
    course = Course("s/ph", settings("ph", {}), PERIOD_S, (0.0, 14.0), "", learned)
    judging = Judging([course], Latest())
    why = Why.SENSOR_RANGE if foreign is Flag.FAIL else Why.MAINTENANCE
    judging.judged([said("ph", 15.0, foreign, why)._replace(value=value)])
    assert scene.has_just_lost("s/conductivity", 0.0) is is_news


def test_another_calibration_begins_another_disagreement() -> None:
    """What the probe said before was of another scale."""
    agrees = {"agrees": {"channels": ["s-4/ph"], "within": 0.3, "for_h": 0.05}, "off": ["rate"]}
    bench = Bench(ph_3=agrees, ph_4={"off": ["rate"]})
    assert [bench.say(ph_4=7.5, ph_3=7.0)[1].why for _ in range(4)][-1] is Why.DISAGREES
    recalibrated = observation("ph", 7.1, sensor="s-3")._replace(calibration=Calibration("new", "{}"))
    whys = [bench.say(ph_4=7.5, ph_3=recalibrated)[1].why for _ in range(4)]
    assert whys == [Why.NONE] * 3 + [Why.DISAGREES]


def test_a_look_says_what_the_slots_say_and_teaches_nothing() -> None:
    """Stuck, while it says the same; not a jump, which a look a moment after a slot may well be."""
    bench = Bench(
        ph={"flat_line": {"suspect_h": 0.1}, "conductivity": "s/conductivity"}, conductivity={"off": ["rate"]}
    )
    for _ in range(10):
        bench.say(ph=3.0, conductivity=900.0)
    before = bench.judging.memory()
    at = Instant(0, 601 * NS, Trust.NTP)

    def look(value: float, conductivity: float) -> Why:
        pair = [observation("ph", value, at), observation("conductivity", conductivity, at)]
        return bench.judging.looked(pair)[0].why

    assert look(3.0, 900.0) is Why.FLAT_LINE
    assert look(4.5, 900.0) is Why.NONE
    assert look(3.0, 40.0) is Why.FLAT_LINE | Why.DISAGREES
    assert look(-9999.0, 900.0) is Why.SYNTAX
    maintained = bench.judging.looked([said("ph", 3.0, Flag.SUSPECT, Why.MAINTENANCE)._replace(at=at)])
    assert maintained[0].why is Why.MAINTENANCE
    bench.judging.calibrated("s/ph", Proof(expires_s=-1.0))
    assert look(4.5, 900.0) is Why.CALIBRATION_EXPIRED
    (missing,) = bench.judging.looked([observation("ph", None, at)])
    assert missing.why is Why.NO_ANSWER
    assert bench.judging.memory() == before


def test_a_look_at_a_probe_that_disagrees_says_so_once_the_slots_do() -> None:
    agrees = {"agrees": {"channels": ["s-4/ph"], "within": 0.3, "for_h": 0.03}}
    bench = Bench(ph_3=agrees, ph_4={})
    found = []
    for _ in range(3):
        bench.say(ph_4=7.5, ph_3=7.0)
        at = Instant(0, (60 * bench.minute + 1) * NS, Trust.NTP)
        found += [bench.judging.looked([observation("ph", each, at, "s-3")])[0].why for each in (7.0, 7.3)]
    assert found == [Why.NONE] * 4 + [Why.DISAGREES, Why.NONE]


def test_what_has_no_memory_to_take_up_goes_on_with_what_it_has_learned_since() -> None:
    """The time may be known an hour after the start only; another channel's memory is taken up then."""
    bench, stuck = Bench(ph={}, pore_pressure={"flat_line": {"suspect_h": 0.1}}), Why.FLAT_LINE
    assert [bench.say(pore_pressure=5.0)[0].why for _ in range(8)][-1] is stuck
    assert bench.judging.remember({}, 5.0) == 0
    assert bench.say(pore_pressure=5.0)[0].why is stuck
    damaged = {"s/pore_pressure": {**bench.judging.memory()["s/pore_pressure"], "course": None}}
    assert bench.judging.remember(damaged, 5.0) == 0
    assert bench.say(pore_pressure=5.0)[0].why is Why.NONE, "it has begun anew"


def test_other_records_and_channels_that_nobody_configured_pass_as_they_are() -> None:
    judging = Judging((), Latest())
    event = Event("e", "gap", "s", "raised", Severity.INFO, Instant(0, 0, Trust.NTP), "", "")
    records: Sequence[Record] = [event, observation("ph", 7.0)]
    assert judging.judged(records) == records
