"""What a reader is done with, against a set of numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.publish.ranges import MOST_ISLANDS, Done, Stretch

_STRETCHES = st.lists(
    st.tuples(st.integers(1, 80), st.integers(0, 12)).map(lambda each: (each[0], each[0] + each[1]))
)


def as_set(done: Done) -> set[int]:
    islands = {seq for first, last in done.islands for seq in range(first, last + 1)}
    return {*range(1, done.bookmark + 1), *islands}


@given(st.integers(0, 40), _STRETCHES)
def test_it_is_the_set_of_what_was_added(bookmark: int, stretches: list[tuple[int, int]]) -> None:
    done = Done(bookmark)
    expected = set(range(1, bookmark + 1))
    for first, last in stretches:
        done.add(first, last)
        expected |= set(range(first, last + 1))
        assert as_set(done) == expected


@given(st.integers(0, 40), _STRETCHES)
def test_islands_lie_apart_above_the_bookmark_and_in_order(
    bookmark: int, stretches: list[tuple[int, int]]
) -> None:
    done = Done(bookmark, stretches)
    end = done.bookmark
    for island in done.islands:
        assert island.first > end + 1, "what touches is one"
        assert island.last >= island.first
        end = island.last
    assert done.end == end


@given(st.integers(0, 40), _STRETCHES, st.integers(0, 120))
def test_the_first_gap_and_the_count_of_what_is_missing(
    bookmark: int, stretches: list[tuple[int, int]], upto: int
) -> None:
    done = Done(bookmark, stretches)
    missing = [seq for seq in range(1, upto + 1) if seq not in as_set(done)]
    gap = done.first_gap(upto)
    assert done.missing(upto) == len(missing)
    assert (gap.first if gap else None) == (missing[0] if missing else None)
    if gap is not None:
        assert set(range(gap.first, gap.last + 1)) <= set(missing)
        assert gap.last == upto or gap.last + 1 in as_set(done), "it is the whole gap"


def test_with_too_many_islands_the_smallest_is_forgotten() -> None:
    done = Done(0)
    for n in range(MOST_ISLANDS + 5):
        done.add(100 * n + 50, 100 * n + 50 + (0 if n == 7 else n + 1))
    assert len(done.islands) == MOST_ISLANDS
    assert Stretch(750, 750) not in done.islands
    assert done.islands[-1].first == 100 * (MOST_ISLANDS + 4) + 50, "the newest is a large one here"


def test_the_last_island_is_never_forgotten_however_small() -> None:
    done = Done(0, [(100 * n, 100 * n + 20) for n in range(1, MOST_ISLANDS + 1)])
    done.add(9_000, 9_000)
    assert len(done.islands) == MOST_ISLANDS
    assert done.end == 9_000


def test_a_stretch_that_ends_before_it_begins_is_nothing() -> None:
    done = Done(5)
    done.add(6, 5)
    done.add(9, 7)
    assert (done.bookmark, done.islands) == (5, ())
