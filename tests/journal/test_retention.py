"""What goes first when space is needed: the deciding part, without a file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.journal.room.retention import (
    MB,
    Cut,
    Done,
    Floors,
    Limits,
    Pages,
    lowest,
    merged,
    missing,
    next_cut,
)

SEQS = st.integers(0, 40)
RANGES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 8)).map(lambda r: (r[0], r[0] + r[1])))
FLOORS = st.builds(Floors, SEQS, SEQS)
SINKS = st.lists(st.builds(Done, SEQS, RANGES.map(tuple)), max_size=3)


def seqs(ranges: list[tuple[int, int]]) -> set[int]:
    """Every seq in them."""
    return {seq for first, last in ranges for seq in range(first, last + 1)}


def test_what_everybody_has_goes_first_and_observations_before_events() -> None:
    gone, head = Floors(0, 0), 100
    delivered = Floors(60, 70)
    assert next_cut(gone, delivered, head, give_up=True) == Cut("data", 0, 60)
    gone = Floors(60, 0)
    assert next_cut(gone, delivered, head, give_up=True) == Cut("events", 0, 70)
    gone = Floors(60, 70)
    assert next_cut(gone, delivered, head, give_up=False) is None
    assert next_cut(gone, delivered, head, give_up=True) == Cut("data", 60, 99)
    gone = Floors(99, 70)
    assert next_cut(gone, delivered, head, give_up=True) == Cut("events", 70, 99)


@given(FLOORS, FLOORS, st.integers(0, 40), st.sampled_from([False, True]))
def test_the_last_row_and_what_must_not_be_given_up_never_go(
    gone: Floors, delivered: Floors, head: int, give_up: object
) -> None:
    cut = next_cut(gone, delivered, head, give_up=bool(give_up))
    if cut is None:
        return
    assert cut.after < cut.upto < head
    assert cut.after == getattr(gone, cut.of)
    if not give_up:
        assert cut.upto <= getattr(delivered, cut.of)
    if cut.upto > getattr(delivered, cut.of):
        assert gone.data >= min(delivered.data, head - 1)
        assert gone.events >= min(delivered.events, head - 1), (
            "nothing is given up while something delivered is left"
        )


@given(SINKS, st.integers(1, 40), SEQS)
def test_missing_is_what_one_destination_at_least_has_not(sinks: list[Done], first: int, length: int) -> None:
    last = first + length
    expected = {
        seq
        for seq in range(first, last + 1)
        if not sinks or any(seq > done.upto and seq not in seqs(list(done.islands)) for done in sinks)
    }
    ranges = missing(first, last, sinks)
    assert seqs(ranges) == expected
    assert ranges == merged(ranges), "in order, and neither overlapping nor touching"


def test_without_a_destination_nobody_has_anything() -> None:
    assert lowest([]) == 0
    assert missing(3, 9, []) == [(3, 9)]


@given(st.floats(4, 1_000_000))
def test_file_wal_and_ballast_fit_into_the_budget(max_mb: float) -> None:
    limits = Limits(max_mb)
    assert limits.pages(1024) * 1024 + 2 * limits.reserve_bytes <= max_mb * MB
    assert limits.pages(1024) * 1024 >= max_mb * MB / 2 - 1024


@given(st.integers(1000, 10_000_000))
def test_pruning_begins_before_the_end_of_the_file_and_stops_a_little_lower(limit: int) -> None:
    used = next(n for n in range(limit, 0, -1) if not Pages(n, 0, limit).crowded(pruning=False))
    assert limit * 0.94 < used < limit
    assert Pages(used, 0, limit).crowded(pruning=True)
    assert not Pages(used - limit // 100 - 1, 0, limit).crowded(pruning=True)
    assert not Pages(limit, limit // 2, limit).crowded(pruning=False), "free pages are no burden"
