"""The whole: deterministic, bounded, the same after a restart that feeds the last window again."""

from __future__ import annotations

import pickle

from agent.watch.contract import DAY, Hazard, Role, Tick
from agent.watch.watch import WINDOW_S, Watch
from tests.watch.water_site import FIRST, ONSET, alarms, fallen, risen, ticks, told

_CHANGES = {Role.PH: fallen(1.8, 4.0), Role.EC: risen(0.4, 4.0)}


def test_the_same_record_gives_the_same_findings() -> None:
    assert told(ticks(20, _CHANGES)) == told(ticks(20, _CHANGES))


def test_a_restart_in_the_middle_of_an_episode_changes_nothing() -> None:
    days = 60
    late = [
        tick._replace(utc_s=tick.utc_s + 30 * 86_400.0) for tick in ticks(days, _CHANGES)
    ]  # the onset is 46 days in, far behind a window's begin
    quiet = list(ticks(30, seed=9))
    record = quiet + late
    cut = len(quiet) + ONSET + 6  # an hour and a half after the onset
    whole = told(record)
    begin_s = record[cut].utc_s - WINDOW_S
    again = Watch()
    told([tick for tick in record[:cut] if tick.utc_s >= begin_s], again)
    after = told(record[cut:], again)
    from_s = record[cut].utc_s
    assert after
    assert alarms(after) == alarms([each for each in whole if each.utc_s >= from_s])


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


def test_a_silent_month_ends_in_nothing_but_a_new_beginning() -> None:
    watch = Watch()
    told(ticks(20), watch)
    later = (Tick(tick.utc_s + 60 * 86_400.0, tick.samples) for tick in ticks(20, seed=6))
    assert alarms(told(later, watch)) == []
