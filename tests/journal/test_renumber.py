"""Places and parked rows in a file that took over only some rows of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from agent.journal.journal import Place
from agent.journal.rescue.renumber import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable


def copy(kept: Kept, seqs: Iterable[int], portion: int) -> dict[int, int]:
    """Copy rows in portions; returns the new number of each."""
    rows = sorted(seqs)
    for begin in range(0, len(rows), portion):
        kept.numbers.copied(rows[begin : begin + portion])
    return {seq: number for number, seq in enumerate(rows, 1)}


def test_places_islands_and_parked_rows_move_with_their_rows() -> None:
    kept = Kept(
        {"office": Place(100, ((150, 160), (200, 210)))}, [("office", 155, "no"), ("office", 90, "no")]
    )
    copy(kept, {*range(91, 150), *range(152, 205)}, 7)
    assert kept.places() == {"office": Place(10, ((60, 68), (108, 112)))}
    assert kept.parked() == {("office", 63): "no"}, "the other one was not copied"


def test_an_island_of_which_nothing_was_copied_is_gone() -> None:
    kept = Kept({"office": Place(3, ((5, 6), (8, 9)))}, [])
    copy(kept, [4, 7, 8, 9], 10)
    assert kept.places() == {"office": Place(0, ((3, 4),))}


@given(
    st.sets(st.integers(1, 60)),
    st.integers(0, 60),
    st.sets(st.integers(1, 60), max_size=9),
    st.integers(1, 9),
)
def test_whatever_is_copied_each_row_is_done_with_as_it_was(
    rows: set[int], mark: int, done: set[int], portion: int
) -> None:
    islands = tuple((seq, seq) for seq in sorted(done) if seq > mark)
    kept = Kept({"office": Place(mark, islands)}, [("office", seq, str(seq)) for seq in done])
    number = copy(kept, rows, portion)
    place = kept.places()["office"]
    there = set(range(1, place.seq + 1)) | {
        n for first, last in place.islands for n in range(first, last + 1)
    }
    assert there == {number[seq] for seq in rows if seq <= mark or seq in done}
    assert kept.parked() == {("office", number[seq]): str(seq) for seq in done & rows}
