"""The ledger's reader: a day's account is written once, whatever happens meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.clock import NS
from agent.ledger.account import MARGIN_NS
from agent.ledger.worker import READER
from agent.model import Health, Tally, Trust
from tests.journal.conftest import observation

if TYPE_CHECKING:
    from tests.ledger.conftest import Site

HOUR_S = 3600
DAY_S = 24 * HOUR_S
OVER_S = DAY_S + MARGIN_NS / NS


def whole_day(site: Site) -> None:
    """A day and what it takes to be over."""
    site.read(0, DAY_S)
    site.read(DAY_S, OVER_S)
    site.alive(OVER_S)


def test_the_account_of_a_day_is_written_an_hour_after_it(site: Site) -> None:
    site.read(0, DAY_S)
    site.alive(OVER_S - 1)
    site.count()
    site.commit()
    assert site.accounts() == []
    site.alive(OVER_S)
    site.count()
    site.commit()
    (account,) = site.accounts()
    assert account.day == "2024-10-04"
    assert account.channels == {"ph-3/ph": Tally(1440, 1440, 1440, {})}


def test_the_account_of_a_day_is_written_once(site: Site) -> None:
    whole_day(site)
    for _ in range(3):
        site.count()
    site.commit()
    for hour in range(2, 20):
        site.alive(DAY_S + hour * HOUR_S)
        site.count()
    assert len(site.accounts()) == 1


def test_an_account_that_a_crash_took_before_its_commit_is_written_again(site: Site) -> None:
    whole_day(site)
    site.count()
    site.crash()
    site.start()
    assert site.accounts() == []
    site.commit()
    site.count()
    site.commit()
    (account,) = site.accounts()
    assert account.channels["ph-3/ph"].expected == 1440


def test_an_account_that_was_committed_before_a_crash_is_not_written_again(site: Site) -> None:
    """The bookmark was lost with the crash; the account itself says that it is written."""
    whole_day(site)
    site.count()
    site.commit()
    site.crash()
    site.start()
    assert site.journal.bookmark(READER) == 0
    site.commit()
    site.count()
    site.commit()
    assert len(site.accounts()) == 1


def test_an_account_written_in_a_boot_without_a_clock_is_not_written_again(site: Site) -> None:
    whole_day(site)
    site.crash()
    for boot in ("boot-1", "boot-2"):
        site.clock.boot_id, site.clock.trust, site.clock.booted_s = boot, Trust.NONE, OVER_S
        site.start()
        site.alive(OVER_S + 60)
        site.count()
        site.commit()
        site.crash()
    site.start()
    assert len(site.accounts()) == 1


def without_a_clock(site: Site, boot: str) -> None:
    """The machine starts again, and nobody tells it the time."""
    site.crash()
    site.clock.boot_id, site.clock.trust, site.clock.booted_s = boot, Trust.NONE, site.clock.at_s
    site.start()
    site.alive(site.clock.at_s + 60)


def test_an_account_that_a_full_memory_lost_is_written_again(site: Site) -> None:
    whole_day(site)
    site.crash()
    site.start(ring_records=1)
    site.journal.append([Health(site.clock.now(), {})])
    site.count()
    site.commit()
    assert site.accounts() == []
    site.count()
    site.commit()
    (account,) = site.accounts()
    assert account.channels["ph-3/ph"].expected == 1440
    assert account.at == site.clock.now()


def test_an_account_that_waits_for_a_slow_disk_is_not_written_again(site: Site) -> None:
    whole_day(site)
    for _ in range(3):
        site.count()
    site.commit()
    assert len(site.accounts()) == 1


def test_an_account_whose_own_time_is_not_known_is_not_written_again(site: Site) -> None:
    whole_day(site)
    without_a_clock(site, "boot-1")
    for _ in range(3):
        site.count()
        site.commit()
    assert len(site.accounts()) == 1


def test_a_long_time_without_a_clock_is_looked_through_in_steps(site: Site) -> None:
    whole_day(site)
    without_a_clock(site, "boot-1")
    site.count()
    site.commit()
    site.append(*(observation(n, at=site.clock.at(OVER_S + 120 + 5 * n)) for n in range(12_000)))
    site.crash()
    site.start()
    assert site.ledger.step(site.clock.now()) < 1
    assert site.ledger.step(site.clock.now()) < 1, "the rest of the unknown time is not read at once"
    site.count()
    site.commit()
    assert len(site.accounts()) == 1


def test_what_has_no_settled_time_is_not_counted_yet(site: Site) -> None:
    site.clock.trust = Trust.NONE
    site.read(0, HOUR_S)
    site.count()
    assert site.ledger.status() == {
        "today": None,
        "yesterday": None,
        "missing": [],
        "waits_for_clock": True,
    }


def test_the_last_day_whose_time_is_known_is_not_taken_for_today(site: Site) -> None:
    site.read(0, HOUR_S)
    without_a_clock(site, "boot-1")
    site.count()
    told = site.ledger.status()
    assert (told["today"], told["waits_for_clock"]) == (None, True)


def test_today_is_the_day_of_the_clock_also_when_nothing_is_written(site: Site) -> None:
    site.read(0, HOUR_S)
    site.clock.at_s = DAY_S + HOUR_S
    site.count()
    status: Any = site.ledger.status()
    assert status["today"] == {"day": "2024-10-05", "channels": {}}
    assert status["yesterday"]["channels"]["ph-3/ph"]["present"] == 60


def test_the_bookmark_moves_to_the_day_that_has_no_account_yet(site: Site) -> None:
    whole_day(site)
    site.count()
    assert site.journal.bookmark(READER) == 0
    site.commit()
    site.count()
    assert site.journal.bookmark(READER) == 1439


def test_a_restart_counts_today_as_if_there_had_been_none(site: Site) -> None:
    whole_day(site)
    site.count()
    site.commit()
    site.count()
    before = site.ledger.status()["today"]
    site.clock.at_s += 120
    site.commit()
    site.crash()
    site.start()
    assert site.journal.bookmark(READER) == 1439
    site.count()
    assert before is not None
    assert site.ledger.status()["today"] == before


def test_a_restart_does_not_forget_what_a_gap_took_after_midnight(site: Site) -> None:
    site.read(0, DAY_S - HOUR_S)
    site.crash()
    site.clock.at_s = DAY_S + HOUR_S / 2
    site.start()
    site.commit()
    site.read(DAY_S + HOUR_S / 2, OVER_S)
    site.alive(OVER_S)
    site.count()
    site.commit()
    site.count()
    before = site.ledger.status()["today"]
    site.clock.at_s += 120
    site.commit()
    site.crash()
    site.start()
    assert site.journal.bookmark(READER) > 0
    site.count()
    assert before is not None
    assert site.ledger.status()["today"] == before


def test_status_knows_yesterday_before_its_account_is_written_and_after(site: Site) -> None:
    site.read(0, DAY_S)
    site.read(DAY_S, DAY_S + HOUR_S)
    site.count()
    early: Any = site.ledger.status()
    site.alive(OVER_S)
    site.count()
    late: Any = site.ledger.status()
    assert early["yesterday"] == late["yesterday"]
    assert late["yesterday"]["channels"]["ph-3/ph"]["present"] == 1440
    assert early["today"]["channels"]["ph-3/ph"]["present"] == 60


def test_status_tells_what_went_missing_in_the_last_day(site: Site) -> None:
    site.read(0, HOUR_S)
    site.alive(2 * HOUR_S)
    site.count()
    status: Any = site.ledger.status()
    (gap,) = status["missing"]
    assert (gap["what"], gap["reason"], gap["observations"], gap["to"]) == ("ph-3", "blocked", 60, None)


def test_a_damaged_row_is_a_missing_observation(site: Site) -> None:
    site.read(0, HOUR_S)
    assert site.writer.file is not None
    site.writer.file.connection.execute("UPDATE record SET value = 9 WHERE seq = 30")
    site.count()
    status: Any = site.ledger.status()
    assert status["today"]["channels"]["ph-3/ph"]["missing"] == {"damaged": 1}


def test_a_long_backlog_is_read_in_steps_that_leave_room_for_others(site: Site) -> None:
    for n in range(10):
        site.read(n * 40_000, (n + 1) * 40_000)
    assert site.ledger.step(site.clock.now()) < 1
    site.count()
    status: Any = site.ledger.status()
    assert status["today"]["day"] == "2024-10-08"


def test_a_sensor_that_is_stuck_for_days_is_missed_after_a_restart_too(site: Site) -> None:
    site.read(0, HOUR_S)
    for hour in range(2, 26):
        site.alive(hour * HOUR_S + 30)
    site.count()
    site.commit()
    site.count()
    site.commit()
    assert site.journal.bookmark(READER) < 60, "its last observation must be found again"
    site.crash()
    site.start()
    site.alive(2 * DAY_S + HOUR_S)
    site.count()
    site.commit()
    assert [account.channels["ph-3/ph"].missing for account in site.accounts()] == [
        {"blocked": 1380},
        {"blocked": 1440},
    ]


def test_what_was_given_up_before_it_was_counted_is_missing_as_evicted(site: Site) -> None:
    site.read(0, HOUR_S)
    site.give_up(11, 20)
    site.count()
    status: Any = site.ledger.status()
    assert status["today"]["channels"]["ph-3/ph"]["missing"] == {"evicted": 10}


def test_what_was_counted_stays_counted_when_it_makes_room(site: Site) -> None:
    site.read(0, HOUR_S)
    site.count()
    site.give_up(11, 20)
    site.alive(HOUR_S)
    site.count()
    status: Any = site.ledger.status()
    assert status["today"]["channels"]["ph-3/ph"]["missing"] == {}


def days_of(site: Site) -> list[tuple[str, Tally]]:
    """The accounts of ph-3, in the order of writing."""
    return [(account.day, account.channels["ph-3/ph"]) for account in site.accounts()]


def lived_through(site: Site, from_s: float, to_s: float) -> None:
    """An hour at a time, and the ledger's turn."""
    for begin_s in range(int(from_s), int(to_s), HOUR_S):
        site.read(begin_s, min(begin_s + HOUR_S, to_s))
        site.count()
        site.commit()


def ran_ahead(site: Site, leap_s: float) -> None:
    """A clock that is wrong from ten to twelve o'clock."""
    lived_through(site, 0, 10 * HOUR_S)
    site.clock.booted_s += leap_s
    lived_through(site, leap_s + 10 * HOUR_S, leap_s + 12 * HOUR_S)
    site.clock.booted_s -= leap_s
    lived_through(site, 12 * HOUR_S, 12 * HOUR_S + 600)
    site.alive(12 * HOUR_S + 590)


@pytest.mark.parametrize("leap_s", [146 * DAY_S, 14 * HOUR_S, 146.5 * DAY_S])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_clock_that_ran_ahead_for_two_hours_does_not_silence_the_ledger(
    site: Site, leap_s: float, *, restarts: bool
) -> None:
    ran_ahead(site, leap_s)
    assert [day for day, _ in days_of(site)][:1] == ["2024-10-04"], "nobody could know better"
    if restarts:
        site.crash()
        site.start()
        site.count()
    status: Any = site.ledger.status()
    assert (status["today"]["day"], status["missing"]) == ("2024-10-04", [])
    told = len(days_of(site))
    lived_through(site, 12 * HOUR_S + 600, 2 * DAY_S + 2 * HOUR_S)
    tallies = [(day, tally.expected, tally.missing) for day, tally in days_of(site)[told:]]
    assert tallies == [("2024-10-04", 1320, {}), ("2024-10-05", 1440, {})]


def test_a_restart_while_the_clock_runs_ahead_costs_no_more_than_that_day(site: Site) -> None:
    lived_through(site, 0, 10 * HOUR_S)
    ahead_s = 30 * DAY_S
    site.clock.booted_s += ahead_s
    lived_through(site, ahead_s + 10 * HOUR_S, ahead_s + 12 * HOUR_S)
    site.crash()
    site.start()
    site.count()
    site.clock.booted_s -= ahead_s
    lived_through(site, 12 * HOUR_S, 2 * DAY_S + 2 * HOUR_S)
    assert days_of(site)[-1] == ("2024-10-05", Tally(1440, 1440, 1440, {}))


def test_an_account_on_its_way_when_the_clock_is_set_back_is_not_written_for_ever(site: Site) -> None:
    whole_day(site)
    early = site.clock.now()
    site.clock.booted_s -= 3 * HOUR_S
    site.clock.at_s -= 3 * HOUR_S - 60
    site.journal.append([Health(site.clock.now(), {})])
    assert site.ledger.step(early) > 1
    site.commit()
    for _ in range(5):
        site.count()
        site.alive(site.clock.at_s + 60)
    assert [day for day, _ in days_of(site)] == ["2024-10-04"]


def test_accounts_that_are_written_together_after_days_without_power_keep_today_in_reach(site: Site) -> None:
    site.read(0, HOUR_S)
    site.lose_power(3 * DAY_S + 2 * HOUR_S)
    site.read(3 * DAY_S + 2 * HOUR_S, 3 * DAY_S + 4 * HOUR_S)
    for _ in range(2):
        site.count()
        site.alive(3 * DAY_S + 4 * HOUR_S)
    before = site.ledger.status()["today"]
    site.crash()
    site.start()
    site.count()
    assert len(site.accounts()) == 3
    assert site.journal.bookmark(READER) > 0
    assert site.ledger.status()["today"] == before
