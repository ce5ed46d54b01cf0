"""The whole: deterministic, bounded, the same after a restart that feeds the last window again."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from agent.watch.contract import DAY, Hazard, Role, Tick
from agent.watch.watch import DECLINE_FROM_D, WINDOW_S, Watch
from tests.watch.water_site import FIRST, ONSET, alarms, fallen, risen, ticks, told

if TYPE_CHECKING:
    from tests.watch.water_site import Change

_CHANGES = {Role.PH: fallen(1.8, 4.0), Role.EC: risen(0.4, 4.0)}


def test_the_same_record_gives_the_same_findings() -> None:
    assert told(ticks(20, _CHANGES)) == told(ticks(20, _CHANGES))


@pytest.mark.parametrize(
    ("changes", "cut_h"),
    [
        (_CHANGES, 1.5),
        (_CHANGES, 2.5),
        ({Role.PH: fallen(1.4, 20 * 24.0), Role.EC: risen(0.4, 20 * 24.0)}, 48.0),
        ({Role.EC: risen(0.8, 48.0)}, 12.0),
    ],
)
def test_a_restart_in_the_middle_of_an_episode_changes_nothing(
    changes: dict[Role, Change], cut_h: float
) -> None:
    days = 24
    late = [tick._replace(utc_s=tick.utc_s + 34 * 86_400.0) for tick in ticks(days, changes)]
    record = [*ticks(34, seed=9), *late]  # the onset is 50 days in, behind a window's begin
    cut_s = late[ONSET].utc_s + 3600.0 * cut_h
    whole, again = told(record), Watch()
    told([tick for tick in record if cut_s - WINDOW_S <= tick.utc_s < cut_s], again)
    after = told([tick for tick in record if tick.utc_s >= cut_s], again)
    assert after
    assert alarms(after) == alarms([each for each in whole if each.utc_s >= cut_s])


def test_what_it_remembers_does_not_grow() -> None:
    watch, sizes = Watch(), []
    for number, tick in enumerate(ticks(70)):
        watch.add(tick)
        if number in (45 * DAY, 69 * DAY):
            sizes.append(len(pickle.dumps(watch)))
    assert sizes[1] < 1.02 * sizes[0]
    assert sizes[1] < 400_000


def test_it_says_what_it_cannot_see_yet() -> None:
    watch = Watch()
    told(ticks(1), watch)
    assert watch.learning[Hazard.ACID]
    told((tick for tick in ticks(8) if tick.utc_s >= (FIRST + DAY) * 900.0), watch)
    assert not watch.learning[Hazard.ACID]


def test_it_sees_acid_from_the_fifth_day_on_and_a_decline_from_the_thirteenth() -> None:
    watch, acid, decline = Watch(), 0, 0
    for at, tick in enumerate(ticks(16)):
        watch.add(tick)
        acid, decline = acid + watch.learning[Hazard.ACID], decline + watch.learning_decline
        assert watch.learning_decline == (decline == at + 1), "it does not begin again"
    assert 0.0 <= 4.0 - acid / DAY < 0.02
    assert 0.0 <= decline / DAY - DECLINE_FROM_D < 0.02


def test_a_silent_month_ends_in_nothing_but_a_new_beginning() -> None:
    watch = Watch()
    told(ticks(20), watch)
    later = (Tick(tick.utc_s + 60 * 86_400.0, tick.samples) for tick in ticks(20, seed=6))
    assert alarms(told(later, watch)) == []


@pytest.mark.parametrize("pace", [2, 4])
def test_a_station_that_reads_every_hour_sees_the_same(pace: int) -> None:
    every = list(ticks(18, _CHANGES))
    slow = told(every[::pace])
    assert [each.hazard for each in slow] == [Hazard.ACID] * len(slow), "no probe is taken for sick"
    often, seldom = (alarms(found)[0] for found in (told(every), slow))
    assert abs(seldom.utc_s - often.utc_s) <= pace * 900.0
