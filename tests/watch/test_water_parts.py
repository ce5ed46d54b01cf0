"""What the rules of acid drainage are made of: trends, sickness, the numbers that made a level."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import pytest

from agent.model import Severity
from agent.watch.contract import DAY, Cell, Hazard, Role
from agent.watch.measures.baseline import Baseline
from agent.watch.measures.trend import STEPS_A_DAY, Trend
from agent.watch.plan import Hold, Plan
from agent.watch.watch import Watch
from agent.watch.water.cloud import Cloud
from agent.watch.water.sick import Ill, WaterProbe
from tests.watch.water_site import alarms, fallen, hours, quiet, risen, ticks, told

if TYPE_CHECKING:
    from collections.abc import Sequence

_WEEK = 7 * STEPS_A_DAY


def trend(values: Sequence[float | None], usual_a_week: float = 0.06) -> Trend:
    of = Trend(usual_a_week)
    for step, value in enumerate(values):
        of.add(step, value)
    return of


@pytest.mark.parametrize("hundredths", range(700, 760))
def test_two_hundredths_a_day_are_two_hundredths_wherever_ph_begins(hundredths: int) -> None:
    falling = [(hundredths - 2 * (step // STEPS_A_DAY)) / 100 for step in range(8 * STEPS_A_DAY)]
    assert trend(falling).pace == -0.02


def test_a_slope_has_a_pace_and_a_step_has_none() -> None:
    slope = trend([7.5] * 60 + [7.5 - 0.02 * at for at in range(1, 29)])
    step = trend([7.5] * 60 + [7.0] * 8)
    assert slope.pace == pytest.approx(-0.08)
    assert slope.moves[7].by == pytest.approx(-0.56)
    assert step.moves[7].by == pytest.approx(-0.5)
    assert step.pace == 0.0


def test_a_site_that_wanders_has_its_own_measure() -> None:
    wanders = trend([7.5 + 0.5 * math.sin(at / 10.0) for at in range(36 * STEPS_A_DAY)])
    calm = trend([7.5] * (36 * STEPS_A_DAY))
    assert calm.moves[7].usual == pytest.approx(0.06)
    assert wanders.moves[7].usual > 0.3


def test_a_gap_of_some_days_is_bridged_and_a_longer_one_is_not() -> None:
    quiet_weeks: list[float | None] = [7.5] * (3 * _WEEK)
    assert trend([*quiet_weeks, *[None] * 12]).moves[7].by == 0.0
    assert trend([*quiet_weeks, *[None] * 13]).moves == {}


def test_a_jump_of_the_index_is_a_gap() -> None:
    jumped, told_each = trend([7.5] * 60), trend([7.5] * 60 + [None] * 20)
    jumped.add(80, 7.0)
    told_each.add(80, 7.0)
    assert jumped.moves == told_each.moves


def test_rain_in_conductivity_makes_no_spread_above() -> None:
    rng = random.Random(3)
    one, both = Baseline(0.025, towards=1.0), Baseline(0.025)
    for at in range(20 * DAY):
        value = 6.0 + rng.gauss(0.0, 0.01) - (0.4 * rng.random() if at // DAY % 2 else 0.0)
        one.add(at, value)
        both.add(at, value)
    assert one.expected is not None
    assert both.expected is not None
    assert one.expected.spread < 0.8 * both.expected.spread


def test_glass_that_follows_the_day_is_whole() -> None:
    def ills(swing: float) -> list[Ill | None]:
        probe = WaterProbe(Role.PH)
        fell = [7.6] * DAY + [7.6 - 0.05 * at for at in range(12)]
        values = fell + [7.0 + swing * math.sin(at / DAY * 2 * math.pi) for at in range(2 * DAY)]
        noise = random.Random(4)
        return [probe.add(Cell(each), each + noise.gauss(0.0, 0.01), 7.6).ill for each in values]

    assert ills(0.02)[-1] is Ill.GLASS
    assert ills(0.15)[-1] is None


def test_an_empty_cell_hangs_in_air() -> None:
    probe = WaterProbe(Role.EC)
    told_ill = [probe.add(Cell(2.0 + at % 2), math.log(2.0 + at % 2), math.log(400.0)).ill for at in range(9)]
    assert told_ill[-1] is Ill.AIR
    assert WaterProbe(Role.EC).add(Cell(18.0), math.log(18.0), math.log(25.0)).ill is None


@pytest.mark.parametrize(("a_day", "fouls"), [(0.25, True), (0.0, False)])
def test_slime_grows_day_by_day(a_day: float, fouls: bool) -> None:  # noqa: FBT001 - a case
    cloud, rng = Cloud(), random.Random(2)
    for at in range(24 * DAY):
        grown = math.exp(a_day * max(0.0, at / DAY - 17.0))
        cloud.add(at, Cell(3.0 * grown * math.exp(rng.gauss(0.0, 0.1))), wet=False)
    assert bool(cloud.fouling) is fouls


def test_a_coated_cell_is_told_as_that() -> None:
    found = told(ticks(26, {Role.EC: lambda since_h, value: value * (1.0 - 0.02 * since_h / 24.0)}))
    assert alarms(found) == []
    assert ("fouling", "conductivity-1") in {(each.mechanism, each.subject) for each in found}


def test_ochre_is_no_slime_and_is_told_beside_the_alarm() -> None:
    changes = {
        Role.PH: fallen(1.5, 48.0),
        Role.EC: risen(0.5, 48.0),
        Role.TURBIDITY: lambda since_h, value: value + 0.15 * since_h,
    }
    found = told(ticks(25, changes))
    assert "fouling" not in {each.mechanism for each in found}
    assert max(each.evidence.get("turbidity_above_weeks_ntu", 0.0) for each in alarms(found)) > 5.0


def test_a_step_of_the_probe_and_a_dry_week_are_no_slow_acid() -> None:
    changes = {
        Role.PH: lambda _hours, value: value - 0.24,
        Role.EC: lambda since_h, value: value * (1.0 + 0.02 * max(0.0, since_h / 24.0 - 3.0)),
    }
    assert alarms(told(ticks(27, changes))) == []


def test_every_level_tells_its_numbers_and_their_thresholds() -> None:
    changes = {Role.PH: fallen(2.5, 30.0), Role.EC: risen(0.3, 30.0)}
    found = alarms(told(ticks(19, changes)))
    assert {each.level for each in found} >= {Severity.YELLOW, Severity.RED}
    for each in found:
        held = {name.removesuffix("_from") for name in each.evidence if name.endswith("_from")}
        assert held <= each.evidence.keys()
        assert "evidence_share" in held
        assert each.evidence["evidence_share"] >= each.evidence["evidence_share_from"]
        assert held & {"ph_below_lowest_days", "ph"}
        if each.level is Severity.RED:
            assert each.evidence["ph"] < each.evidence["ph_from"] == 6.0
        assert each.channels[0] == "ph-1"


def test_a_site_that_asks_for_more_evidence_hears_later() -> None:
    changes = {Role.PH: fallen(0.6, 3.0), Role.EC: risen(0.2, 3.0)}
    sure = Watch(Plan(acid_drainage=Hold(off=2 * DAY, evidence=3.0)))
    later, sooner = alarms(told(ticks(18, changes), sure)), alarms(told(ticks(18, changes)))
    assert hours(later[0]) > hours(sooner[0])


def test_redox_tells_acid_from_a_probe_that_broke() -> None:
    fell = {Role.PH: fallen(3.2, 2.0)}  # and conductivity knows nothing of it
    assert alarms(told(ticks(18, fell))) == []
    seen = alarms(told(ticks(18, {**fell, Role.ORP: lambda _hours, _value: 620.0})))
    assert hours(seen[0]) <= 12.0
    assert seen[0].evidence["orp_mv"] >= seen[0].evidence["orp_mv_from"] == 450.0


def test_a_sick_probe_hides_nothing_that_others_see() -> None:
    watch, found = Watch(), []
    for tick in ticks(18, {Role.PH: fallen(1.5, 1.0), Role.EC: risen(0.3, 1.0)}):
        at = int(tick.utc_s // 900)
        samples = dict(tick.samples)
        stuck = next(iter(samples[Role.PH].values()))._replace(value=quiet(Role.PH, 0, random.Random(1)))
        samples[Role.PH] = {**samples[Role.PH], "ph-2": stuck if at % 3 else stuck._replace(value=None)}
        found += watch.add(tick._replace(samples=samples))
    acid = [each for each in alarms(found) if each.hazard is Hazard.ACID]
    assert 0.0 < hours(acid[0]) <= 6.0


def test_what_has_come_for_days_is_not_yet_its_own_spread() -> None:
    lags, learns = Baseline(0.025, spread_lag=5 * DAY), Baseline(0.025)
    for at in range(24 * DAY):
        value = 6.0 + 0.1 * max(0.0, at / DAY - 15.0)
        lags.add(at, value)
        learns.add(at, value)
    assert lags.expected is not None
    assert learns.expected is not None
    assert lags.expected.spread == 0.025
    assert learns.expected.spread > 0.05
