"""When what reached whom: never later than it was, never earlier, and almost for nothing."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.journal.file import arrival_rows
from agent.journal.journal import Place
from agent.journal.telling.arrivals import Arrival, Arrivals, Look
from agent.model import Instant, Trust
from tests.journal.conftest import Store, observation

if TYPE_CHECKING:
    from pathlib import Path

MINUTE_S = 60


def look(second: float) -> Look:
    return Look(1, Instant(int(second * 1e9), int(second * 1e9), Trust.NTP))


def seconds(arrival: Arrival) -> tuple[float | None, float]:
    after = None if arrival.after is None else arrival.after.at.mono_ns / 1e9
    return after, arrival.before.at.mono_ns / 1e9


class Run:
    """Commits of one file, and what is noted with them."""

    def __init__(self, arrivals: Arrivals | None = None) -> None:
        self.arrivals = arrivals or Arrivals({}, [], None)
        self.rows: list[Arrival] = []

    def commit(self, second: float, *, unparked: tuple[int, ...] = (), **places: Place) -> None:
        due = self.arrivals.due(look(second))
        if due:
            self.arrivals.noted(due, look(second))
        self.rows += due
        self.arrivals.seen(places, [("office", seq) for seq in unparked], look(second))

    def of(self, seq: int) -> list[tuple[float | None, float]]:
        return [seconds(row) for row in self.rows if row.first <= seq <= row.last]


def test_a_steady_flow_is_noted_every_ten_minutes() -> None:
    run = Run()
    for minute in range(61):
        run.commit(minute * MINUTE_S, office=Place(10 * minute))
    assert len(run.rows) == 6
    assert run.of(305) == [(1260, 1860)]


def test_what_was_stuck_is_said_to_have_come_when_it_began_to_move() -> None:
    run = Run()
    run.commit(0, office=Place(5))
    for second in range(60, 7200, 60):
        run.commit(second)
    run.commit(7200, office=Place(100))
    run.commit(7260)
    assert run.of(50) == [(7140, 7200)]


def test_what_came_before_it_stood_still_is_not_said_to_have_come_later() -> None:
    run = Run()
    run.commit(0, office=Place(5))
    run.commit(60, office=Place(9))
    run.commit(120, office=Place(20))
    for second in range(180, 3600, 60):
        run.commit(second)
    assert run.of(9)[-1][1] <= 120


def test_what_comes_with_the_commit_of_a_note_came_after_the_commit_before_it() -> None:
    run = Run()
    run.commit(0, office=Place(5))
    run.commit(60)
    run.commit(120, office=Place(9))
    run.commit(600)
    run.commit(660, office=Place(20))
    run.commit(1260)
    assert run.of(20) == [(600, 660)]


def test_the_backlog_behind_live_data_has_its_own_time() -> None:
    run = Run()
    run.commit(0, office=Place(100))
    run.commit(3600, office=Place(100, ((900, 910),)))
    run.commit(4300, office=Place(500, ((900, 980),)))
    run.commit(5000, office=Place(980))
    run.commit(5700)
    assert run.of(905) == [(0, 3600)]
    assert run.of(300) == [(3600, 4300)]
    assert run.of(700) == [(4300, 5000)]


def test_what_was_refused_and_taken_after_all_has_both_times() -> None:
    run = Run()
    run.commit(0, office=Place())
    run.commit(60, office=Place(9))
    run.commit(700)
    run.commit(1000, unparked=(4,))
    for second in (2000, 3000, 4000):
        run.commit(second)
    assert run.of(4) == [(0, 60), (700, 1000)]
    assert run.of(5) == [(0, 60)]


def test_notes_of_readers_within_the_station_are_not_kept() -> None:
    run = Run()
    for second in (0, 700, 1400):
        run.arrivals.seen({":ledger": Place(second), "office:event": Place(second)}, [], look(second))
        run.commit(second)
    assert run.rows == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 900),
            st.booleans(),
            st.integers(0, 30),
            st.booleans(),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_every_record_came_within_the_time_that_is_told(
    steps: list[tuple[int, bool, int, bool]],
) -> None:
    """The place is seen in commits; a kill in between leaves the end of the run as the bound."""
    run, second, place, came = Run(), 0.0, 0, {}
    before = 0.0
    for wait_s, moves, by, is_killed in steps:
        second += wait_s
        if moves and by:
            for seq in range(place + 1, place + by + 1):
                came[seq] = (before, second)
            place += by
            run.commit(second, office=Place(place))
        else:
            run.commit(second)
        before = second
        if is_killed:
            run.arrivals = Arrivals({"office": Place(place)}, run.rows, look(second))
    run.commit(second + 600)
    run.commit(second + 1200)
    for seq, (lower, upper) in came.items():
        [(after, until)] = run.of(seq)
        assert after is None or after <= lower
        assert until >= upper


def test_a_journal_keeps_them_over_a_kill_and_drops_them_with_the_records(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    for n in range(4):
        store.journal.append([observation(n)])
        store.journal.advance("office", n)
        store.step(after_s=400)
    store.connection.close()  # as a kill leaves it
    again = Store(path).open()
    again.journal.append([observation(9)])
    again.step(after_s=60)
    again.writer.close()
    connection = sqlite3.connect(path)
    rows = arrival_rows.latest(connection)
    assert [(row.first, row.last) for row in rows] == [(1, 1), (2, 3)]
    assert rows[1].after == rows[0].before
    assert rows[1].before.at.mono_ns - 60 * 10**9 == observation(3).at.mono_ns, "by the end of that run"
    connection.execute("UPDATE arrival SET mono_ns = mono_ns + 1 WHERE n = 1")
    assert arrival_rows.arrivals_of(connection, 1) == []
    arrival_rows.forget(connection, 2)
    assert [arrival.first for arrival in arrival_rows.latest(connection)] == [2]
    connection.close()


def test_a_stop_leaves_nothing_to_be_noted(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db").open()
    for n in range(3):
        store.journal.append([observation(n)])
        store.journal.advance("office", n + 1)
        store.step(after_s=1)
    store.writer.close()
    connection = sqlite3.connect(store.journal.path)
    assert [(row.first, row.last) for row in arrival_rows.latest(connection)] == [(1, 1), (2, 3)]
    connection.close()
