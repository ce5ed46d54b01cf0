"""The period that was in force, told by the readings themselves."""

from __future__ import annotations

from agent.clock import NS
from agent.ledger.account import Account
from agent.ledger.books import Books
from agent.ledger.paces import Paces
from agent.model import Tally
from tests.ledger.story import DAY, Story

PH = "ph-3/ph"


def told(story: Story, period_s: float) -> Tally:
    account = Account(Books({"ph-3": period_s}, None))
    for entry in story.entries:
        account.take(entry)
    return account.tallies(DAY)[PH]


def pace_of(*read_s: float, period_s: float = 60.0) -> float:
    paces = Paces({"ph-3": period_s})
    for at_s in read_s:
        paces.read(PH, round(at_s * NS), in_a_row=True)
    return paces.of(PH) / NS


def test_a_shorter_period_does_not_make_the_time_before_it_miss_anything() -> None:
    story = Story()
    story.every(600, 0, 6000)
    story.gap(5500, 6060, "stopped")
    story.every(60, 6060, 6660)
    assert told(story, 60) == Tally(20, 20, 20, {})


def test_a_longer_period_does_not_hide_what_was_missing_before_it() -> None:
    story = Story()
    story.every(60, 0, 3600)
    story.gap(3550, 7200, "stopped")
    story.every(600, 7200, 13_200)
    assert told(story, 600) == Tally(130, 70, 70, {"stopped": 60})


def test_a_second_gap_soon_after_the_change_is_counted_by_the_new_period() -> None:
    story = Story()
    story.every(600, 0, 6000)
    story.gap(5500, 6060, "stopped")
    story.present(6060)
    story.present(6120)
    story.gap(6130, 6720, "crashed")
    story.every(60, 6720, 7020)
    assert told(story, 60).missing == {"crashed": 9}


def test_readings_that_come_late_are_no_other_period() -> None:
    assert pace_of(0, 105, 120, 225, 240, 345) == 60
    assert pace_of(45, 60, 165, 180, 285) == 60


def test_another_period_is_told_to_the_second() -> None:
    assert pace_of(0.2, 600.4, 1200.1, 1800.9, 2400.3) == 600
    assert pace_of(0, 2.5, 5.0, 7.5, 10.0) == 2.5


def test_a_few_readings_prove_nothing_and_an_unknown_sensor_has_no_slots() -> None:
    assert pace_of(0, 600, 1200, 1800) == 60
    assert Paces({}).of(PH) == 0
