"""Pruning one journal, cut by cut, against a simple model of what may go."""

from __future__ import annotations

import sqlite3
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.journal.file.database import open_writer
from agent.journal.room import prune
from agent.journal.room.prune import GivenUp, Pruner, Task, given_up_in_all
from agent.journal.room.retention import Cut, Done, Floors, lowest, next_cut
from agent.model import Event, Instant, Severity, Trust
from tests.journal.conftest import CALIBRATION, Store, observation

if TYPE_CHECKING:
    from pathlib import Path

AT = Instant(1_785_000_000_000_000_000, 42, Trust.NTP)


def event(n: int, phase: str = "raised") -> Event:
    """An event that can be told from others by its id."""
    return Event(f"e/{n}", "test", "station", phase, Severity.INFO, AT, "title", "text")


def fill(store: Store, count: int, *, event_every: int = 10) -> None:
    """Observations, and now and then an event that is over at once."""
    for n in range(1, count + 1):
        store.journal.append([event(n, "cleared") if n % event_every == 0 else observation(n)])
    store.step()


def seqs(store: Store) -> list[int]:
    """What is left."""
    return [seq for (seq,) in store.connection.execute("SELECT seq FROM record ORDER BY seq")]


def task(of: Literal["data", "events"], after: int, upto: int, *sinks: Done) -> Task:
    """A cut for these destinations."""
    return Task(Cut(of, after, upto), sinks, 1000, "loss")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strokes of seven rows."""
    monkeypatch.setattr(prune, "ROWS", 7)


def test_delivered_observations_go_and_events_between_them_stay(store: Store) -> None:
    fill(store, 25)
    pruner = Pruner(store.connection)
    assert pruner.prune(task("data", 0, 20, Done(22))) == 0
    assert seqs(store) == [10, 20, 21, 22, 23, 24, 25]
    assert pruner.gone == Floors(20, 0)
    assert given_up_in_all(store.connection) == 0
    pruner.prune(task("events", 0, 15, Done(22)))
    assert seqs(store) == [20, 21, 22, 23, 24, 25]


def test_calibrations_outlive_their_observations(store: Store) -> None:
    fill(store, 25, event_every=100)
    Pruner(store.connection).prune(task("data", 0, 24, Done(24)))
    (row,) = store.connection.execute("SELECT id, body FROM calibration").fetchall()
    assert row == CALIBRATION


def test_a_stroke_is_bounded_and_the_next_goes_on_where_it_ended(store: Store, few: None) -> None:
    fill(store, 25)
    pruner = Pruner(store.connection)
    pruner.prune(task("data", 0, 24, Done(24)))
    assert pruner.gone == Floors(7, 0)
    pruner.prune(task("data", 7, 24, Done(24)))
    assert pruner.gone == Floors(15, 0), "events between do not count"
    assert Pruner(store.connection).gone == Floors(15, 0), "and it is remembered"


def test_what_somebody_has_not_is_counted_and_stands_in_the_table(store: Store) -> None:
    fill(store, 25)
    pruner = Pruner(store.connection)
    assert pruner.prune(task("data", 0, 19, Done(5), Done(19))) == 13
    rows = store.connection.execute("SELECT * FROM evicted").fetchall()
    assert rows == [(6, 19, 13)]
    assert pruner.loss is not None
    assert pruner.loss.all == GivenUp(6, 19, 13)
    assert Pruner(store.connection).loss == pruner.loss, "remembered across a restart"


def test_what_was_sent_ahead_of_the_bookmark_is_not_told_as_given_up(store: Store) -> None:
    fill(store, 25, event_every=100)
    pruner = Pruner(store.connection)
    assert pruner.prune(task("data", 0, 20, Done(5, ((11, 15),)))) == 10
    assert store.connection.execute("SELECT * FROM evicted").fetchall() == [(6, 10, 5), (16, 20, 5)]
    assert pruner.prune(task("data", 20, 24, Done(5, ((11, 15),)))) == 4
    assert store.connection.execute("SELECT * FROM evicted").fetchall() == [(6, 10, 5), (16, 24, 9)]


def test_a_damaged_row_was_told_as_damaged_and_is_not_given_up_once_more(store: Store) -> None:
    fill(store, 12, event_every=100)
    store.journal.park("journal", 3, "checksum")
    store.journal.park("office", 4, "refused")
    store.step(after_s=60)
    pruner = Pruner(store.connection)
    assert pruner.prune(task("data", 0, 11, Done(0))) == 10
    assert 3 not in seqs(store)
    assert store.connection.execute("SELECT * FROM parked").fetchall() == [], "nobody can ask for them again"


def test_an_event_that_is_still_going_on_stays(store: Store) -> None:
    store.journal.append([event(1), event(2, "cleared"), observation(3)])
    store.step()
    pruner = Pruner(store.connection)
    assert pruner.prune(task("events", 0, 2, Done(0))) == 1
    assert seqs(store) == [1, 3]


def test_a_stroke_that_fails_changes_nothing(store: Store) -> None:
    fill(store, 25)
    pruner = Pruner(store.connection)
    store.connection.execute(
        "CREATE TEMP TRIGGER no BEFORE INSERT ON evicted BEGIN SELECT raise(ABORT, 'no'); END"
    )
    with pytest.raises(sqlite3.Error, match="no"):
        pruner.prune(task("data", 0, 20, Done(0)))
    assert len(seqs(store)) == 25
    assert pruner.gone == Floors(0, 0)
    assert pruner.loss is None


SINK = st.builds(
    Done,
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)).map(lambda r: (r[0], r[0] + r[1]))).map(tuple),
)


def make_journal(path: Path, kinds: list[int]) -> sqlite3.Connection:
    """A journal whose records have these kinds and nothing else."""
    connection = open_writer(path)
    rows = [(seq, kind) for seq, kind in enumerate(kinds, start=1)]
    connection.executemany(
        "INSERT INTO record (seq, kind, boot, mono_ns, wall_ns, trust, crc) VALUES (?, ?, 1, 0, 0, 0, 0)",
        rows,
    )
    return connection


@settings(max_examples=30, deadline=None)
@given(
    kinds=st.lists(st.sampled_from([1, 1, 1, 2, 3]), min_size=1, max_size=60),
    steps=st.lists(st.tuples(st.lists(SINK, max_size=2), st.booleans()), max_size=12),
)
def test_whatever_happens_nothing_goes_out_of_turn_and_every_loss_is_on_record(
    tmp_path_factory: pytest.TempPathFactory,
    kinds: list[int],
    steps: list[tuple[list[Done], bool]],
) -> None:
    connection = make_journal(tmp_path_factory.mktemp("j") / "j.db", kinds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prune, "ROWS", 5)
        _prune_and_compare(connection, kinds, steps)
    connection.close()


def _prune_and_compare(
    connection: sqlite3.Connection, kinds: list[int], steps: list[tuple[list[Done], bool]]
) -> None:
    pruner, head, lost = Pruner(connection), len(kinds), set[int]()
    for sinks, give_up in steps:
        before = _all(connection)
        delivered = lowest(sinks)
        cut = next_cut(pruner.gone, Floors(delivered, delivered), head, give_up=give_up)
        if cut is None:
            continue
        count = pruner.prune(Task(cut, sinks, head, "loss"))
        gone = before - _all(connection)
        undelivered = {seq for seq in gone if not sinks or any(not _has(sink, seq) for sink in sinks)}
        assert count == len(undelivered)
        lost |= undelivered
        assert head not in gone, "the last row stays"
        assert not {seq for seq in gone if seq > delivered} or give_up
        if any(seq > delivered for seq in gone):
            assert not {seq for seq in before - gone if seq <= min(delivered, head - 1)}
    _compare_record_of_losses(connection, lost)


def _compare_record_of_losses(connection: sqlite3.Connection, lost: set[int]) -> None:
    table = connection.execute("SELECT first, last, count FROM evicted ORDER BY first").fetchall()
    assert given_up_in_all(connection) == len(lost)
    for first, last, count in table:
        assert len([seq for seq in lost if first <= seq <= last]) == count
    ends = [(row[0], row[1]) for row in table]
    assert all(one[1] + 1 < two[0] for one, two in pairwise(ends)), "merged"


def _all(connection: sqlite3.Connection) -> set[int]:
    return {seq for (seq,) in connection.execute("SELECT seq FROM record")}


def _has(sink: Done, seq: int) -> bool:
    return seq <= sink.upto or any(first <= seq <= last for first, last in sink.islands)
