"""The detectors on a journal: told once, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from agent.model import Event, Flag, Observation, Severity, Trust, Why
from agent.watch.contract import Role, Sample
from agent.watch.live.reader import READER, WatchReader
from agent.watch.plan import Hold, Plan
from agent.watch.vigil import Part
from agent.watch.watch import DECLINE_FROM_D
from tests.journal.conftest import Store
from tests.watch.live_site import BEGIN_S, DAY_S, LiveSite, iso, story, water
from tests.watch.water_site import fallen, risen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Heard = tuple[float, Role, Sample]

ACID = water(20, {Role.PH: fallen(1.8, 4.0), Role.EC: risen(0.4, 4.0)})
# The onset is 16 days in, three samples at a time.
ONSET = 16 * 96 * 3


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    found = LiveSite(tmp_path / "journal.db")
    yield found
    found.crash()


@pytest.fixture(scope="module")
def sixteen_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a station that has watched the water up to the onset, and was stopped."""
    state = tmp_path_factory.mktemp("sixteen-days")
    site = LiveSite(state / "journal.db")
    site.live(ACID[:ONSET], looks=16)
    site.stop()
    return state


@pytest.fixture
def at_onset(tmp_path: Path, sixteen_days: Path) -> Iterator[LiveSite]:
    """It goes on."""
    shutil.copytree(sixteen_days, tmp_path / "state")
    found = LiveSite(tmp_path / "state" / "journal.db", begin_s=ACID[ONSET - 1][0])
    yield found
    found.crash()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """What is told of the same water by a station that nothing happens to."""
    site = LiveSite(tmp_path_factory.mktemp("whole") / "journal.db")
    site.live(ACID, looks=480)
    site.crash()
    return site.events()


def standing(site: LiveSite) -> list[str]:
    """The levels of what stands, as the status has them."""
    found = site.watch.status()["standing"]
    assert isinstance(found, list)
    return [each["level"] for each in found]


def test_acid_water_is_told_with_its_evidence(uninterrupted: list[Event]) -> None:
    raised = uninterrupted[0]
    assert (raised.kind, raised.phase) == ("acid_drainage", "raised")
    assert raised.data["mechanism"]
    assert "late_s" not in raised.data


@pytest.mark.parametrize("after", [ONSET + 30, ONSET + 60, ONSET + 200])
@pytest.mark.parametrize("end", [LiveSite.crash, LiveSite.stop])
def test_a_restart_changes_nothing(
    at_onset: LiveSite, uninterrupted: list[Event], after: int, end: Callable[[LiveSite], None]
) -> None:
    at_onset.live(ACID[ONSET:after], looks=10)
    end(at_onset)
    at_onset.start()
    at_onset.live(ACID[after:], looks=10)
    assert story(at_onset.events()) == story(uninterrupted)


def test_a_process_that_is_killed_in_an_episode_changes_nothing(
    tmp_path: Path, uninterrupted: list[Event]
) -> None:
    path = tmp_path / "journal.db"
    words = [sys.executable, "-m", "tests.watch.killed", str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        for line in child.stdout:
            if line.split()[1] != "0":
                child.kill()
                break
    site = LiveSite(path, begin_s=ACID[-1][0])
    heard = sum(isinstance(each, Observation) for each in site.records())
    assert ONSET < heard < ONSET + 60
    site.clock.utc_s = ACID[heard - 1][0]
    site.live(ACID[heard:], looks=90)
    assert story(site.events()) == story(uninterrupted)
    site.crash()


@pytest.mark.parametrize("looks", [1, 7])
def test_what_was_told_before_a_crash_took_the_bookmark_is_not_told_again(
    at_onset: LiveSite, uninterrupted: list[Event], looks: int
) -> None:
    """The bookmark moves four times an hour, and the episode lies behind it."""
    at = at_onset.journal.bookmark(READER)
    at_onset.observe(ACID[ONSET : ONSET + 200])
    at_onset.look()
    assert at_onset.events()
    at_onset.crash()
    at_onset.start()
    at_onset.journal.advance(READER, at)
    at_onset.look()
    at_onset.live(ACID[ONSET + 200 :], looks)
    assert story(at_onset.events()) == story(uninterrupted)


def test_an_event_that_a_full_memory_lost_is_handed_over_again(
    at_onset: LiveSite, uninterrupted: list[Event]
) -> None:
    at_onset.look()
    at_onset.observe(ACID[ONSET : ONSET + 40])
    at_onset.watch.step(at_onset.clock.now())
    lost = at_onset.journal.take()
    assert any(isinstance(record, Event) for record in lost.records)
    at_onset.journal.give_back(lost._replace(waiting=[]))
    at_onset.look()
    assert story(at_onset.events()) == story(uninterrupted)[: len(at_onset.events())]
    assert at_onset.events()


def test_nobody_is_told_again_of_a_year_ago_when_the_detectors_are_new(site: LiveSite) -> None:
    """An older agent has written the journal, and nobody has watched it."""
    site.observe(ACID[: ONSET + 50])
    site.look()
    (standing,) = site.events()
    assert (standing.kind, standing.phase, standing.severity) == ("acid_drainage", "raised", Severity.YELLOW)


@pytest.mark.parametrize("level", [None, Severity.YELLOW, Severity.RED])
def test_what_was_told_and_is_over_is_told_again_after_a_start_only_where_it_is_worse(
    at_onset: LiveSite, uninterrupted: list[Event], level: Severity | None
) -> None:
    """Other detectors than these have told it, under another name, and found its end sooner."""
    at_onset.observe(ACID[ONSET : ONSET + 60])
    name = "acid_drainage-20240325T0145Z"
    seen = "2024-03-25T01:45:00Z"
    raised = uninterrupted[0]._replace(id=name, at=at_onset.clock.now(), severity=level or Severity.INFO)
    raised = raised._replace(data={**raised.data, "seen_utc": seen})
    over = raised._replace(phase="cleared", data={**raised.data, "seen_utc": "2024-03-25T03:00:00Z"})
    at_onset.journal.append([raised, over] if level else [])
    at_onset.commit()
    head = at_onset.journal.head
    at_onset.crash()
    at_onset.start()
    at_onset.journal.advance(READER, head)
    at_onset.look()
    anew = [] if level == Severity.RED else [(uninterrupted[0].id, "raised", Severity.RED)]
    assert told(at_onset.events())[2 if level else 0 :] == anew
    assert standing(at_onset) == (["red"] if anew else [])


def test_a_station_that_was_off_tells_late_what_it_finds(at_onset: LiveSite) -> None:
    at_onset.observe(ACID[ONSET : ONSET + 40])
    at_onset.clock.utc_s += 7200.0
    at_onset.look()
    raised = at_onset.events()[0]
    assert 7200.0 < float(raised.data["late_s"]) < 6 * 3600.0


def test_a_person_s_word_ends_it_and_what_goes_on_is_told_anew(at_onset: LiveSite) -> None:
    at_onset.live(ACID[ONSET : ONSET + 60], looks=8)
    raised = at_onset.events()[-1]
    end = raised._replace(phase="cleared", at=at_onset.clock.now(), data={**raised.data, "by": "chen"})
    at_onset.journal.append([end])
    at_onset.look()
    assert standing(at_onset) == []
    at_onset.crash()
    at_onset.start()
    at_onset.look()
    assert standing(at_onset) == []


@pytest.mark.parametrize("end", [LiveSite.crash, LiveSite.stop])
def test_a_finding_that_is_open_and_out_of_sight_ends_after_its_quiet_time(
    site: LiveSite, end: Callable[[LiveSite], None]
) -> None:
    """An agent before this one has told it; these detectors see nothing, once they know the site."""
    site.live(water(1.0))
    open_still = Event(
        "acid_drainage-20240301T0000Z",
        "acid_drainage",
        "station",
        "raised",
        Severity.ORANGE,
        site.clock.now(),
        "t",
        "x",
        {
            "mechanism": "acid_water",
            "confidence": 0.9,
            "seen_utc": "2024-03-01T00:00:00Z",
            "known_utc": "2024-03-01T00:00:00Z",
            "advice": "look",
        },
    )
    site.journal.append([open_still])
    site.commit()
    end(site)
    site.start()
    site.look()
    assert standing(site) == ["orange"]
    site.live([each for each in water(5.5) if each[0] > site.clock.utc_s], looks=4)
    assert standing(site) == ["orange"]
    site.live([each for each in water(8.5) if each[0] > site.clock.utc_s], looks=4)
    assert [(each.id, each.phase) for each in site.events()] == [
        (open_still.id, "raised"),
        (open_still.id, "cleared"),
    ]
    assert standing(site) == []


def test_the_detectors_do_not_tell_of_a_silence_that_the_poller_has_told_of(site: LiveSite) -> None:
    silent = [
        (at_s, role, Sample(None, Flag.MISSING, Why.NO_ANSWER)) if role is Role.PH and n > 600 else each
        for n, each in enumerate(water(5.0))
        for at_s, role, _ in [each]
    ]
    site.live(silent, looks=10)
    assert site.events() == []


def test_a_boot_without_a_clock_blinds_nobody(at_onset: LiveSite, uninterrupted: list[Event]) -> None:
    """It runs where the last one ended; when its time is known, what was taken for it is put right."""
    at_onset.lose_power(for_s=0.0)
    at_onset.clock.trust, at_onset.clock.wrong_by_s = Trust.NONE, -20 * DAY_S
    at_onset.live(ACID[ONSET : ONSET + 60], looks=20)
    assert at_onset.events()
    at_onset.clock.trust, at_onset.clock.wrong_by_s = Trust.NTP, 0.0
    at_onset.live(ACID[ONSET + 60 :], looks=20)
    kinds = [(each.kind, each.phase, each.severity) for each in at_onset.events()]
    assert kinds == [(each.kind, each.phase, each.severity) for each in uninterrupted]


def test_when_the_time_of_a_boot_is_known_the_past_is_put_right(site: LiveSite) -> None:
    """The machine was off for three days, and took them for none."""
    site.live(water(8.0), looks=4)
    site.lose_power(for_s=3 * DAY_S)
    site.clock.trust, site.clock.wrong_by_s = Trust.NONE, -20 * DAY_S
    begun_s = site.clock.utc_s
    later = [each for each in water(12.0) if each[0] > begun_s]
    site.live(later[:30])
    assert str(site.watch.status()["last_block"]) < iso(begun_s - 2 * DAY_S)
    site.clock.trust, site.clock.wrong_by_s = Trust.NTP, 0.0
    site.live(later[30:60])
    assert str(site.watch.status()["last_block"]) > iso(begun_s)


def kept_back(first: int, last: int) -> tuple[list[Heard], list[Heard]]:
    """What a logger that was cut off keeps: pH and conductivity between two places; and the rest."""
    kept = [each for each in ACID[first:last] if each[1] is not Role.RAIN]
    return [each for each in ACID if each not in kept], kept


def acid(site: LiveSite) -> list[Event]:
    return [each for each in site.events() if each.kind == "acid_drainage"]


def told(events: list[Event]) -> list[tuple[str, str, int]]:
    return [(each.id, each.phase, each.severity) for each in events]


def test_what_comes_late_is_looked_at_at_its_time_and_told_late(
    site: LiveSite, uninterrupted: list[Event]
) -> None:
    """The line to the probes was cut for a day and a half; the acid water came and went unseen."""
    in_time, kept = kept_back(ONSET - 30, ONSET + 250)
    in_time = [each for each in in_time if each[0] <= ACID[ONSET + 260][0]]
    site.live(in_time, looks=10)
    assert acid(site) == []
    site.clock.utc_s += 3600.0
    site.live(kept)
    late = acid(site)
    assert late
    assert [(each.id, each.phase, each.severity) for each in late] == [
        (each.id, each.phase, each.severity) for each in uninterrupted
    ]
    assert all(float(each.data["late_s"]) > 3600.0 for each in late)
    site.crash()
    site.start()
    site.look()
    site.clock.utc_s += 7200.0
    site.look()
    assert acid(site) == late, "what was told late is not told again"


def test_a_second_look_does_not_tell_again_what_was_told(site: LiveSite) -> None:
    in_time, kept = kept_back(ONSET - 300, ONSET - 200)
    site.live([each for each in in_time if each[0] < ACID[ONSET + 100][0]], looks=10)
    so_far = acid(site)
    assert so_far
    site.clock.utc_s += 3600.0
    site.live(kept)
    assert acid(site) == so_far


def test_a_look_at_the_past_is_not_taken_more_often_than_every_hour(site: LiveSite) -> None:
    site.live(water(2.0), looks=2)
    begin = site.clock.utc_s
    site.live([(begin - DAY_S, Role.PH, Sample(7.0))])
    looks = []
    for _ in range(4):
        site.clock.utc_s += 1500.0
        site.observe([(begin - DAY_S, Role.PH, Sample(7.0))])
        looks.append(site.watch.step(site.clock.now()) < 1.0)
        site.look()
    assert looks == [False, False, True, False], "the first look was taken at once"


def test_an_unset_clock_does_not_send_a_restart_to_the_begin_of_the_journal(site: LiveSite) -> None:
    site.live([each for each in water(45.0) if each[1] is Role.PH][::4], looks=45)
    site.clock.trust, site.clock.wrong_by_s = Trust.NONE, -(site.clock.utc_s - 60.0)
    site.lose_power(for_s=DAY_S)
    site.live([(site.clock.utc_s + 60.0 * n, Role.PH, Sample(7.6)) for n in range(3)])
    site.stop()
    site.start()
    site.look()
    assert iso(BEGIN_S + DAY_S) < str(site.watch.status()["since"]) < iso(BEGIN_S + 4 * DAY_S)


def test_a_station_that_measures_nothing_of_it_watches_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db").open()
    watch = WatchReader(store.journal, Plan(), {}, store.journal.append)
    assert watch.step(store.clock.now()) > 60.0
    assert watch.status()["restoring"] is False
    assert watch.status()["channels"] == 0
    assert watch.headline() == ""
    watch.close()
    store.writer.close()


def test_a_gauge_alone_sees_the_ground_and_nothing_else(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db").open()
    watch = WatchReader(
        store.journal, Plan(), {"crack-1/displacement": Part(Role.CRACK)}, store.journal.append
    )
    watch.step(store.clock.now())
    state = watch.status()
    assert (state["channels"], state["hazards"]) == (1, ["subsidence"])
    assert state["learning"] == {"subsidence": True}
    assert state["decline_from"] is None
    watch.close()
    store.writer.close()


def test_the_status_says_when_a_slow_decline_will_be_seen(site: LiveSite) -> None:
    site.live(ACID[: 3 * 40])
    assert site.watch.status()["decline_from"] == iso(BEGIN_S + DECLINE_FROM_D * DAY_S)


def test_what_stands_begins_the_line_of_the_service(at_onset: LiveSite) -> None:
    at_onset.live(ACID[ONSET:], looks=4)
    assert at_onset.watch.headline() == "RED acid drainage; "


def test_the_service_says_nothing_where_nothing_stands(at_onset: LiveSite) -> None:
    at_onset.look()
    assert at_onset.watch.headline() == ""


def until_yellow(site: LiveSite, begin: int = ONSET) -> int:
    """Live up to where acid water is first told; returns how far it has come."""
    for at in range(begin, len(ACID), 3):
        site.live(ACID[at : at + 3])
        if acid(site):
            return at + 3
    raise AssertionError("nothing was told")


def test_what_got_worse_unseen_is_told_when_it_is_looked_at(at_onset: LiveSite) -> None:
    """The line to the probes is cut when the first level has been told, and mended a day later."""
    at = until_yellow(at_onset)
    in_time, kept = kept_back(at, at + 3 * 96)
    at_onset.live([each for each in in_time if ACID[at][0] <= each[0] <= ACID[at + 3 * 96][0]], looks=4)
    raised = told(acid(at_onset))
    assert [level for _, _, level in raised] == [Severity.YELLOW]
    at_onset.clock.utc_s += 3600.0
    at_onset.live(kept)
    worse = acid(at_onset)[-1]
    assert told(acid(at_onset)) == [*raised, (raised[0][0], "updated", Severity.RED)]
    assert float(worse.data["late_s"]) > 3600.0
    assert float(worse.data["ph"]) < 7.0
    at_onset.live([each for each in in_time if each[0] > ACID[at + 3 * 96][0]], looks=4)
    at_onset.stop()
    at_onset.start()
    at_onset.look()
    assert acid(at_onset)[-1] == worse
    assert at_onset.watch.headline() == "RED acid drainage; "


def test_another_plan_that_finds_it_worse_says_so(tmp_path: Path, sixteen_days: Path) -> None:
    shutil.copytree(sixteen_days, tmp_path / "state")
    slow = Plan(acid_drainage=Hold(evidence=1.5, on=60, of=75, off=192, latches=Severity.RED))
    site = LiveSite(tmp_path / "state" / "journal.db", plan=slow, begin_s=ACID[ONSET - 1][0])
    at = until_yellow(site)
    raised = told(acid(site))
    site.stop()
    site.plan = Plan()
    site.start()
    site.live(ACID[at:], looks=8)
    worse = told(acid(site))[1:]
    assert worse[-1] == (raised[0][0], "updated", Severity.RED)
    assert {name for name, _, _ in worse} == {raised[0][0]}
    site.crash()


def test_who_closes_what_has_become_worse_meanwhile_has_not_closed_that(at_onset: LiveSite) -> None:
    at_onset.live(ACID[ONSET : ONSET + 120], looks=40)
    first, *_, worst = acid(at_onset)
    assert (first.severity, worst.severity) == (Severity.YELLOW, Severity.RED)
    closed = first._replace(phase="cleared", at=at_onset.clock.now(), data={**first.data, "by": "chen"})
    at_onset.journal.append([closed])
    at_onset.look()
    anew = acid(at_onset)[-1]
    assert (anew.phase, anew.severity, anew.data["ph"]) == ("raised", Severity.RED, worst.data["ph"])
    assert anew.id != first.id
    assert "by" not in anew.data
    so_far = told(acid(at_onset))
    at_onset.crash()
    at_onset.start()
    at_onset.live(ACID[ONSET + 120 :], looks=4)
    assert told(acid(at_onset)) == so_far
    assert standing(at_onset) == ["red"]


def test_what_is_over_and_was_worse_than_told_is_raised_under_a_name_of_its_own(
    tmp_path: Path, sixteen_days: Path
) -> None:
    """The line is cut at the first level and mended when the water is clean; the worst had gone unseen."""
    shutil.copytree(sixteen_days, tmp_path / "state")
    plan = Plan(acid_drainage=Hold(off=8, latches=Severity.RED))
    site = LiveSite(tmp_path / "state" / "journal.db", plan, begin_s=ACID[ONSET - 1][0])
    at = until_yellow(site)
    kept = [each for each in ACID[at : at + 3 * 48] if each[1] is not Role.RAIN]
    clean = water(20)
    site.live([each for each in ACID[at : at + 3 * 48] if each[1] is Role.RAIN])
    site.live(clean[at + 3 * 48 : at + 3 * 80], looks=8)
    (name, *_), end = told(acid(site))
    assert end == (name, "cleared", Severity.YELLOW)
    site.clock.utc_s += 3600.0
    site.live(kept)
    site.live(clean[at + 3 * 84 :], looks=4)
    ((anew, *worse),) = told(acid(site))[2:]
    assert worse == ["raised", Severity.RED]
    assert anew != name
    assert standing(site) == ["red"]
    site.crash()


def test_one_reading_with_a_wrong_clock_blinds_nobody(at_onset: LiveSite, uninterrupted: list[Event]) -> None:
    at = ONSET + 6
    at_onset.live(ACID[ONSET:at], looks=2)
    at_onset.observe([(ACID[at][0] + 9 * DAY_S, role, Sample(7.0)) for role in (Role.PH, Role.RAIN)])
    at_onset.clock.utc_s = ACID[at - 1][0]
    at_onset.live(ACID[at : at + 90], looks=10)
    assert at_onset.watch.status()["late"] == 0
    assert at_onset.watch.status()["left_out"] == 2
    at_onset.crash()
    at_onset.start()
    at_onset.live(ACID[at + 90 :], looks=10)
    assert story(at_onset.events()) == story(uninterrupted)


def test_a_start_from_a_damaged_row_does_not_go_back_to_the_begin(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "journal.db")
    site.live([each for each in water(45.0) if each[1] is Role.PH][::4], looks=4)
    site.stop()
    with contextlib.closing(sqlite3.connect(site.path)) as file:
        (seq,) = file.execute("SELECT seq FROM bookmark WHERE reader = ?", (READER,)).fetchone()
        file.execute("UPDATE record SET crc = crc + 1 WHERE seq BETWEEN ? AND ?", (seq - 3, seq))
        file.commit()
    site.start()
    site.look()
    assert iso(BEGIN_S + 2 * DAY_S) < str(site.watch.status()["since"]) < iso(BEGIN_S + 4 * DAY_S)
    site.crash()
