"""Every expected observation is counted once, on its day, with its reason."""

from __future__ import annotations

import pytest

from agent.clock import NS
from agent.ledger.account import Account
from agent.ledger.books import Books
from agent.ledger.days import day_named, name_of
from agent.ledger.lacking import Part
from agent.model import Flag, Judgement, Observation, Tally, Visit, Why
from tests.ledger.story import BEGIN_S, DAY, Story

HOUR_S = 3600
MIDNIGHT_S = 24 * HOUR_S
PH = "ph-3/ph"


def test_present_good_and_missing_observations_are_told_apart() -> None:
    story = Story()
    story.present(0)
    story.present(60, flag=Flag.SUSPECT)
    story.missing(120, Why.NO_ANSWER)
    story.missing(180, Why.NO_ANSWER)
    story.missing(240, Why.BUS_DOWN)
    assert story.account().tallies(DAY) == {PH: Tally(5, 2, 1, {"bus_down": 1, "no_answer": 2})}


def test_a_later_word_on_an_observation_and_a_visit_are_no_observations() -> None:
    story = Story()
    story.every(60, 0, 600)
    before = story.account().tallies(DAY)
    record = story.entries[-2].record
    assert isinstance(record, Observation)
    story.tell(Judgement(record._replace(flag=Flag.SUSPECT)))
    story.tell(Visit("v", "", "note", "station", "M", story.at(590), "otter", {}))
    assert story.account().tallies(DAY) == before
    story.every(60, 600, 900)
    assert story.account().tallies(DAY) == {PH: Tally(15, 15, 15, {})}


@pytest.mark.parametrize(
    ("why", "word"),
    [
        (Why.OVERRUN, "overrun"),
        (Why.NO_ANSWER | Why.MAINTENANCE, "maintenance"),
        (Why.NO_ANSWER | Why.BUS_DOWN, "bus_down"),
        (Why.NONE, "unknown"),
    ],
)
def test_a_missing_observation_has_one_reason_and_maintenance_comes_first(why: Why, word: str) -> None:
    story = Story()
    story.missing(0, why)
    assert story.account().tallies(DAY)[PH].missing == {word: 1}


def test_slots_of_the_time_without_a_station_are_missing_for_its_reason() -> None:
    story = Story()
    story.every(60, 0, 600)
    story.boot += 1
    story.gap(550, 1000, "no_power")
    story.every(60, 1000, 1300)
    assert story.account().tallies(DAY)[PH] == Tally(22, 15, 15, {"no_power": 7})


def test_a_restart_between_two_slots_costs_nothing() -> None:
    story = Story()
    story.every(60, 0, 600)
    story.gap(550, 560, "stopped")
    story.every(60, 560, 800)
    assert story.account().tallies(DAY)[PH] == Tally(14, 14, 14, {})


def test_a_gap_over_midnight_is_split_among_its_days() -> None:
    story = Story()
    story.every(60, MIDNIGHT_S - 600, MIDNIGHT_S - 300)
    story.boot += 1
    story.gap(MIDNIGHT_S - 310, 2 * MIDNIGHT_S + 600, "no_power")
    story.every(60, 2 * MIDNIGHT_S + 600, 2 * MIDNIGHT_S + 900)
    account = story.account()
    assert [account.tallies(DAY + n)[PH] for n in range(3)] == [
        Tally(10, 5, 5, {"no_power": 5}),
        Tally(1440, 0, 0, {"no_power": 1440}),
        Tally(15, 5, 5, {"no_power": 10}),
    ]


def test_a_day_that_ends_while_the_station_is_off_is_counted_once() -> None:
    """Finished when the first sign of life comes, before any observation has."""
    story = Story()
    story.every(60, MIDNIGHT_S - 600, MIDNIGHT_S - 300)
    story.boot += 1
    story.gap(MIDNIGHT_S - 310, 2 * MIDNIGHT_S + 5 * HOUR_S, "no_power")
    account = story.account()
    assert account.finish(DAY)[PH] == Tally(10, 5, 5, {"no_power": 5})
    assert account.finish(DAY + 1)[PH] == Tally(1440, 0, 0, {"no_power": 1440})
    story.entries.clear()
    story.every(60, 2 * MIDNIGHT_S + 5 * HOUR_S, 2 * MIDNIGHT_S + 5 * HOUR_S + 300)
    for entry in story.entries:
        account.take(entry)
    assert account.tallies(DAY + 2)[PH] == Tally(305, 5, 5, {"no_power": 300})


def test_a_blocked_sensor_misses_slots_and_its_neighbour_does_not() -> None:
    story = Story()
    story.present(0)
    story.present(0, "level-1/level")
    story.gap(60, 540, "blocked", "ph-3")
    story.present(600)
    story.present(600, "level-1/level")
    tallies = story.account(level=60.0).tallies(DAY)
    assert tallies[PH] == Tally(11, 2, 2, {"blocked": 9})
    assert tallies["level-1/level"] == Tally(2, 2, 2, {})


def test_two_reasons_in_one_hole_share_its_slots_by_time() -> None:
    """Crashed, started, and lost its power before the first reading."""
    story = Story()
    story.present(0)
    story.alive(30)
    story.gap(30, 600, "crashed")
    story.alive(600)
    story.gap(600, 1200, "no_power")
    story.present(1200)
    assert story.account().tallies(DAY)[PH].missing == {"crashed": 9, "no_power": 10}


def test_numbers_that_the_journal_lacks_are_slots_with_a_reason() -> None:
    story = Story()
    story.every(60, 0, 300)
    account = story.account()
    story.entries.clear()
    story.seq += 3
    story.present(480)
    account.lacks(story.entries[0], [Part(6, "evicted")])
    for entry in story.entries:
        account.take(entry)
    assert account.tallies(DAY)[PH] == Tally(9, 6, 6, {"evicted": 3})


def test_what_was_delivered_before_it_made_room_is_present() -> None:
    story = Story()
    story.present(0)
    account = story.account()
    story.seq = 9
    story.present(600)
    account.lacks(story.entries[-1], [Part(2, "")])
    account.take(story.entries[-1])
    assert account.tallies(DAY)[PH] == Tally(11, 11, 11, {})


def test_of_what_made_room_as_many_are_good_as_of_the_others() -> None:
    story = Story()
    story.present(0)
    story.present(60, flag=Flag.SUSPECT)
    story.present(120)
    account = story.account()
    story.seq = 103
    story.present(6180, flag=Flag.SUSPECT)
    account.lacks(story.entries[-1], [Part(4, "")])
    account.take(story.entries[-1])
    assert account.tallies(DAY)[PH] == Tally(104, 104, 2 + 50, {})


def test_numbers_that_are_missing_for_several_reasons_share_the_time_that_they_took() -> None:
    """40 were delivered and made room, 50 were given up, 10 were delivered."""
    story = Story()
    story.every(60, 0, 300)
    account = story.account()
    story.seq += 100
    story.present(300 + 6000)
    account.lacks(story.entries[-1], [Part(6, ""), Part(46, "evicted"), Part(96, "")])
    account.take(story.entries[-1])
    tally = account.tallies(DAY)[PH]
    assert (tally.expected, tally.missing) == (106, {"evicted": 50})


def test_a_bus_that_gives_no_sign_of_life_is_blocked_when_its_day_ends() -> None:
    story = Story()
    story.every(60, 0, 3600)
    story.alive(MIDNIGHT_S + 2 * HOUR_S)
    account = story.account()
    assert account.is_over(DAY)
    assert account.finish(DAY)[PH] == Tally(1440, 60, 60, {"blocked": 1380})


def test_what_is_told_too_late_is_not_counted_again() -> None:
    story = Story()
    story.every(60, 0, 3600)
    story.alive(MIDNIGHT_S + 2 * HOUR_S)
    account = story.account()
    account.finish(DAY)
    story.missing(MIDNIGHT_S - 60, Why.OVERRUN)
    account.take(story.entries[-1])
    story.present(MIDNIGHT_S - 30)
    account.take(story.entries[-1])
    assert account.days() == []


def test_a_day_is_over_an_hour_after_midnight() -> None:
    story = Story()
    story.alive(MIDNIGHT_S + HOUR_S - 1)
    assert not story.account().is_over(DAY)
    story.alive(MIDNIGHT_S + HOUR_S)
    assert story.account().is_over(DAY)


@pytest.mark.parametrize("step_s", [146 * 86_400, -86_400, 3 * HOUR_S])
def test_a_clock_that_was_set_makes_no_missing_observations(step_s: float) -> None:
    story = Story()
    story.every(60, 0, 600)
    story.offset_s = step_s
    story.every(60, 600, 1200)
    story.alive(1200)
    account = story.account()
    found = [tally for day in account.days() for tally in account.tallies(day).values()]
    found += [tally for day in range(DAY, DAY + 146) for tally in account.finish(day).values()]
    assert sum(tally.present for tally in found) >= 20
    assert all(not tally.missing for tally in found)


def test_a_leap_of_years_was_a_wrong_clock_and_not_years_without_power() -> None:
    story = Story()
    story.every(60, 0, 600)
    story.boot += 1
    story.offset_s = 3000 * 86_400
    story.gap(600, 700, "no_power")
    story.every(60, 700, 900)
    account = story.account()
    assert account.days() == [DAY, DAY + 3000]
    assert account.tallies(DAY + 3000)[PH] == Tally(4, 4, 4, {})


def test_a_bus_that_was_stuck_before_a_restart_was_not_stopped_with_the_station() -> None:
    story = Story()
    story.present(0)
    story.alive(3540)
    story.gap(3540, 3600, "stopped")
    story.present(3600)
    assert story.account().tallies(DAY)[PH].missing == {"blocked": 58, "stopped": 1}


def test_a_bus_that_is_not_heard_of_after_a_restart_is_blocked() -> None:
    story = Story()
    story.present(0)
    story.gap(0, 600, "no_power")
    story.alive(600)
    story.present(1200)
    assert story.account().tallies(DAY)[PH].missing == {"no_power": 9, "blocked": 10}


def test_so_far_tells_of_a_bus_that_is_stuck_now() -> None:
    story = Story()
    story.every(60, 0, 600)
    story.alive(1200)
    account = story.account()
    assert account.tallies(DAY)[PH].expected == 10
    account.so_far()
    assert account.tallies(DAY)[PH] == Tally(20, 10, 10, {"blocked": 10})


def test_what_is_missing_in_a_row_for_one_reason_is_one_stretch() -> None:
    story = Story()
    story.present(0)
    for at_s in (60, 120, 180):
        story.missing(at_s, Why.NO_ANSWER)
    story.missing(240, Why.NOT_ASKED)
    story.present(300)
    story.missing(360, Why.NO_ANSWER)
    found = [
        (each.reason, each.first_ns // NS - BEGIN_S, each.last_ns // NS - BEGIN_S, each.slots, each.is_open)
        for each in story.account().stretches()
    ]
    assert found == [
        ("no_answer", 60, 180, 3, False),
        ("not_asked", 240, 240, 1, False),
        ("no_answer", 360, 360, 1, True),
    ]


def test_the_account_remembers_no_more_stretches_than_it_is_told_to() -> None:
    story = Story()
    for at_s in range(0, 12_000, 120):
        story.missing(at_s, Why.NO_ANSWER)
        story.present(at_s + 60)
    account = Account(Books({"ph-3": 60.0}, 7))
    for entry in story.entries:
        account.take(entry)
    assert len(account.stretches()) == 7


def test_a_day_has_a_name_and_a_name_its_day() -> None:
    assert name_of(DAY) == "2024-10-04"
    assert day_named(name_of(DAY)) == DAY


def test_a_slow_reading_before_a_gap_does_not_hide_a_slot_of_it() -> None:
    """Asked at 0, answered at 45 s; then asleep for the slots from 60 to 600 s."""
    story = Story()
    story.present(45)
    story.gap(60, 600, "blocked", "ph-3", slots=10)
    story.present(660)
    assert story.account().tallies(DAY)[PH] == Tally(12, 2, 2, {"blocked": 10})


def test_a_bus_that_was_stuck_over_midnight_is_counted_once_on_each_day() -> None:
    story = Story()
    story.every(60, 0, MIDNIGHT_S - HOUR_S)
    story.alive(MIDNIGHT_S + 2 * HOUR_S)
    account = story.account()
    assert account.finish(DAY)[PH].missing == {"blocked": 60}
    story.entries.clear()
    story.gap(MIDNIGHT_S - HOUR_S, MIDNIGHT_S + 3 * HOUR_S - 60, "blocked", "ph-3", slots=240)
    story.present(MIDNIGHT_S + 3 * HOUR_S)
    for entry in story.entries:
        account.take(entry)
    assert account.tallies(DAY + 1)[PH] == Tally(181, 1, 1, {"blocked": 180})


@pytest.mark.parametrize("step_s", [-7200, -360, 7200])
def test_within_a_boot_a_gap_is_as_long_as_the_clock_says_that_nobody_sets(step_s: float) -> None:
    story = Story()
    story.every(60, 12 * HOUR_S, 12 * HOUR_S + 600)
    story.gap(12 * HOUR_S + 600, 12 * HOUR_S + 900, "crashed")
    story.offset_s = step_s
    story.every(60, 12 * HOUR_S + 900, 12 * HOUR_S + 1200)
    assert story.account().tallies(DAY)[PH] == Tally(20, 15, 15, {"crashed": 5})


def counted(account: Account, story: Story) -> dict[int, Tally]:
    """By day, each finished as soon as it is over, like the station does it."""
    found: dict[int, Tally] = {}
    for entry in story.entries:
        account.take(entry)
        while account.days() and account.is_over(day := account.first_day or account.days()[0]):
            tally = account.finish(day).get(PH)
            found |= {day - DAY: tally} if tally else {}
    return found


def test_a_clock_chip_in_the_wrong_month_makes_no_month_without_power() -> None:
    """Power is gone from nine to half past nine; the network sets the chip right at ten."""
    story = Story()
    story.every(60, 0, 9 * HOUR_S)
    story.boot += 1
    story.offset_s = 30 * 24 * HOUR_S
    story.gap(9 * HOUR_S - 60 - story.offset_s, 9.5 * HOUR_S, "no_power")
    story.every(60, 9.5 * HOUR_S, 10 * HOUR_S)
    story.offset_s = 0
    story.every(60, 10 * HOUR_S, 26 * HOUR_S)
    account = Account(Books({"ph-3": 60.0}, None))
    found = counted(account, story)
    assert found[0] == Tally(1410, 1380, 1380, {"no_power": 30})
    assert [(each.reason, each.slots) for each in account.stretches()] == [("no_power", 30)]
    story.entries.clear()
    story.every(60, 26 * HOUR_S, 31 * 24 * HOUR_S)
    found = counted(account, story)
    assert [found[day] for day in range(1, 30)] == [Tally(1440, 1440, 1440, {})] * 29


def test_a_long_time_without_power_is_not_undone_by_a_small_correction_days_later() -> None:
    story = Story()
    story.every(60, 0, 9 * HOUR_S)
    story.boot += 1
    story.gap(9 * HOUR_S - 60, 15 * HOUR_S, "no_power")
    story.every(60, 15 * HOUR_S, 40 * HOUR_S)
    story.offset_s = -2.0 * HOUR_S
    story.every(60, 40 * HOUR_S, 42 * HOUR_S)
    assert story.account().tallies(DAY)[PH] == Tally(1440, 1080, 1080, {"no_power": 360})


def test_a_clock_that_is_set_back_for_good_goes_on_being_counted_with_the_next_day() -> None:
    story = Story()
    story.every(60, 0, 26 * HOUR_S)
    account = Account(Books({"ph-3": 60.0}, None))
    counted(account, story)
    story.entries.clear()
    story.offset_s = -3.0 * 24 * HOUR_S
    story.every(60, 26 * HOUR_S, 74 * HOUR_S)
    assert counted(account, story) == {-1: Tally(1440, 1440, 1440, {})}
