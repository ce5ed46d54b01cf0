"""What times are worked out from what the clocks said: any history of boots, told by a machine that knows.

The truth is a machine whose boots begin at true times, whose crystal is wrong by up to 100 ppm, and whose
wall clock says anything until the network sets it. What is settled must contain the truth.
"""

from __future__ import annotations

import itertools
from math import inf
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.journal.clocks.times import Ends, Known, believed, passed_ns, settle, stamp, told, waited_ns
from agent.model import Instant, TimeSource, Trust

NS = 1_000_000_000
HOUR = 3600 * NS
T0 = 1_795_305_600 * NS


class Life(NamedTuple):
    """One boot as it was: how long the power was off before, how long it ran, how wrong its clocks were."""

    off_ns: int
    ran_ns: int
    wall_ns: int  # what the wall clock said at the start
    ppm: int  # how much too fast its crystal is until the network tells
    set_after: float | None  # the part of its time after which the network set the clock
    set_error_ns: int


LIVES = st.builds(
    Life,
    off_ns=st.integers(0, 400 * 24 * HOUR),
    ran_ns=st.integers(NS, 60 * 24 * HOUR),
    wall_ns=st.integers(0, 2 * T0),
    ppm=st.integers(-99, 99),
    set_after=st.none() | st.floats(0, 1),
    set_error_ns=st.integers(-4 * NS // 10, 4 * NS // 10),
)


class Row(NamedTuple):
    """One look at the clocks, with the truth beside it."""

    boot: int
    true_ns: int
    at: Instant


def rows_of(lives: list[Life]) -> list[Row]:
    """Looks at the clocks: nine in each boot, from a second after its start to its end."""
    rows, start_ns = [], T0
    for boot, life in enumerate(lives, start=1):
        start_ns += life.off_ns
        rows += [_look(boot, life, start_ns, NS + (life.ran_ns - NS) * part // 8) for part in range(9)]
        start_ns += life.ran_ns
    return rows


def _look(boot: int, life: Life, start_ns: int, since_ns: int) -> Row:
    true_ns, fast = start_ns + since_ns, life.ppm * since_ns // 1_000_000
    if life.set_after is None or since_ns < life.set_after * life.ran_ns:
        return Row(boot, true_ns, Instant(life.wall_ns + since_ns + fast, since_ns + fast, Trust.NONE))
    set_ns = int(life.set_after * life.ran_ns)
    mono_ns = since_ns + life.ppm * set_ns // 1_000_000  # from then on it runs at the right pace
    return Row(boot, true_ns, Instant(true_ns + life.set_error_ns, mono_ns, Trust.NTP))


class Told:
    """What is settled, as a journal learns it: look by look."""

    def __init__(self, wait_ns: float = inf) -> None:
        self.known: dict[int, Known] = {}
        self._ends: dict[int, Ends] = {}
        self._wait_ns = wait_ns

    def look(self, row: Row) -> None:
        """One more row; what was settled before must stay as it was."""
        first = self._ends[row.boot].first if row.boot in self._ends else row.at
        self._ends[row.boot] = Ends(row.boot, first, row.at, self.known.get(row.boot))
        history = [ends._replace(known=self.known.get(n)) for n, ends in self._ends.items()]
        found = settle(history, waited_out=waited_ns(history) >= self._wait_ns)
        assert not found.keys() & self.known.keys(), "settled twice"
        self.known |= found


def heard(rows: list[Row], wait_ns: float = inf) -> dict[int, Known]:
    """What is settled at the end."""
    told_so_far = Told(wait_ns)
    for row in rows:
        told_so_far.look(row)
    return told_so_far.known


@given(st.lists(LIVES, min_size=1, max_size=7))
def test_every_settled_time_contains_the_truth(lives: list[Life]) -> None:
    rows = rows_of(lives)
    known = heard(rows)
    for row in rows:
        best = stamp(row.at, known.get(row.boot))
        if best.settled:
            assert abs(best.wall_ns - row.true_ns) <= best.error_s * NS
        else:
            assert best.source is TimeSource.NONE
            assert all(life.set_after is None for life in lives[row.boot - 1 :]), "a later boot knew"


@given(st.lists(LIVES, min_size=1, max_size=5))
def test_a_boot_that_was_told_is_right_to_the_second_and_its_drift(lives: list[Life]) -> None:
    rows = rows_of(lives)
    known = heard(rows)
    for row in rows:
        best = stamp(row.at, known.get(row.boot))
        if best.source in {TimeSource.NTP, TimeSource.REPAIRED}:
            drift_ns = lives[row.boot - 1].ran_ns // 10_000
            assert abs(best.wall_ns - row.true_ns) <= NS // 2 + drift_ns
            assert best.error_s <= 0.5 + 2 * drift_ns / NS


@given(st.lists(LIVES, min_size=1, max_size=5), st.integers(0, 100 * 24 * HOUR))
def test_what_is_settled_never_changes(lives: list[Life], wait_ns: int) -> None:
    rows = rows_of(lives)
    teller = Told(wait_ns)
    seen: dict[Row, tuple[int, TimeSource]] = {}
    for now, row in enumerate(rows):
        teller.look(row)
        for earlier in rows[: now + 1]:
            best = stamp(earlier.at, teller.known.get(earlier.boot))
            if best.settled:
                assert seen.setdefault(earlier, (best.wall_ns, best.source)) == (best.wall_ns, best.source)


@given(st.lists(LIVES, min_size=1, max_size=6))
def test_what_is_not_settled_is_always_the_tail(lives: list[Life]) -> None:
    """So one number says how far a sink that files by time may read."""
    teller = Told()
    rows = rows_of(lives)
    for now, row in enumerate(rows):
        teller.look(row)
        settled = [stamp(each.at, teller.known.get(each.boot)).settled for each in rows[: now + 1]]
        assert settled == sorted(settled, reverse=True)


@given(st.lists(LIVES, min_size=1, max_size=6))
def test_the_order_of_a_boot_is_kept(lives: list[Life]) -> None:
    """But for the half second and the drift by which the network corrected the clock in between."""
    rows = rows_of(lives)
    known = heard(rows)
    for before, after in itertools.pairwise(rows):
        if before.boot == after.boot:
            best, next_best = (stamp(row.at, known.get(row.boot)) for row in (before, after))
            if best.settled and best.source is next_best.source:
                assert best.wall_ns <= next_best.wall_ns


@given(
    st.lists(
        LIVES.map(lambda life: life._replace(set_after=None, ran_ns=life.ran_ns + NS)), min_size=1, max_size=6
    )
)
def test_without_any_network_boots_are_told_apart_in_order_once_nobody_waits(lives: list[Life]) -> None:
    rows = rows_of(lives)
    known = heard(rows, wait_ns=0)
    times = [stamp(row.at, known.get(row.boot)) for row in rows]
    assert all(time.settled and time.error_s == inf for time in times)
    assert all(before.wall_ns < after.wall_ns for before, after in itertools.pairwise(times))


def boot(n: int, first_s: float, last_s: float, wall_s: float = 0, known: Known | None = None) -> Ends:
    """A boot whose clock was not set; `wall_s` is what it said at its start."""
    first, last = (Instant(round((wall_s + s) * NS), round(s * NS), Trust.NONE) for s in (first_s, last_s))
    return Ends(n, first, last, known)


def set_at(ends: Ends, true_s: float, trust: Trust = Trust.NTP) -> Ends:
    """The same boot, whose last look said the truth."""
    return ends._replace(last=ends.last._replace(wall_ns=round(true_s * NS), trust=trust))


def test_the_first_look_at_a_clock_that_is_set_settles_its_boot() -> None:
    known = settle([set_at(boot(1, 5, 10_800), T0 / NS + 10_800)], waited_out=False)[1]
    assert known == Known(T0, NS // 2 + 1_080_000_000, TimeSource.REPAIRED)
    best = stamp(Instant(17, 5 * NS, Trust.NONE), known)
    assert best == (T0 + 5 * NS, TimeSource.REPAIRED, 1.58, True)


@pytest.mark.parametrize(("trust", "told_s"), [(Trust.NTP, 0.5), (Trust.RTC, 60.0)])
def test_long_after_the_time_was_told_its_error_has_grown(trust: Trust, told_s: float) -> None:
    """A station that was restarted does not know at once that the clock is set."""
    known = told(Instant(T0, 100 * NS, trust))
    day = 86_400
    errors = [stamp(Instant(17, s * NS, Trust.NONE), known).error_s for s in (5, 100, 10 * day)]
    assert errors == [told_s + 0.01, told_s + 0.01, told_s + 86.4]


def test_a_clock_chip_is_asked_once_and_the_error_grows_with_the_time_since_boot() -> None:
    known = told(Instant(T0, 100 * NS, Trust.RTC))
    assert stamp(Instant(T0, 10 * 86_400 * NS, Trust.RTC), known).error_s == 60 + 86


def test_a_boot_between_two_that_knew_lies_in_the_middle_of_the_gap() -> None:
    """It ran for 600 s of the 3600 s in between: 3000 s of room."""
    before = boot(1, 5, 100, known=Known(T0, NS // 2, TimeSource.REPAIRED))
    lost, after = boot(2, 5, 600), set_at(boot(3, 5, 5), T0 / NS + 3705)
    known = settle([before, lost, after], waited_out=False)
    assert known[2].offset_ns == pytest.approx(T0 + (100 + 1500) * NS, abs=NS)
    assert known[2].source is TimeSource.ESTIMATED
    assert known[2].error_ns == pytest.approx(1500 * NS, abs=2 * NS)


def test_several_boots_in_a_row_that_never_knew_share_the_room_and_keep_their_order() -> None:
    before = boot(1, 5, 100, known=Known(T0, NS // 2, TimeSource.REPAIRED))
    after = set_at(boot(5, 5, 5), T0 / NS + 3705)
    known = settle([before, boot(2, 5, 600), boot(3, 5, 300), boot(4, 5, 900), after], waited_out=False)
    starts = [known[n].offset_ns for n in (2, 3, 4)]
    assert starts[1] - starts[0] == 600 * NS
    assert starts[2] - starts[1] == 300 * NS
    assert {(known[n].error_ns or 0) // NS for n in (2, 3, 4)} == {900}


def test_boots_before_anything_was_known_are_put_as_late_as_they_can_be() -> None:
    known = settle([boot(1, 5, 600), set_at(boot(2, 5, 5), T0 / NS + 5)], waited_out=False)
    assert known[1] == Known(T0 - 600 * NS, None, TimeSource.ESTIMATED)


def test_when_nobody_waits_any_longer_the_clock_is_taken_at_its_word() -> None:
    before = boot(1, 5, 100, known=Known(T0, 0, TimeSource.REPAIRED))
    known = settle([before, boot(2, 5, 600, wall_s=T0 / NS + 7000)], waited_out=True)
    assert known[2] == Known(T0 + 7000 * NS, None, TimeSource.ESTIMATED)


def test_but_not_when_it_says_less_than_has_passed() -> None:
    before = boot(1, 5, 100, known=Known(T0, 0, TimeSource.REPAIRED))
    known = settle([before, boot(2, 5, 600), boot(3, 5, 60)], waited_out=True)
    assert known[2] == Known(T0 + 101 * NS, None, TimeSource.ESTIMATED)
    assert known[3] == Known(T0 + 702 * NS, None, TimeSource.ESTIMATED)


def test_an_estimate_without_bounds_bounds_nothing() -> None:
    before = boot(1, 5, 100, known=Known(T0, NS // 2, TimeSource.REPAIRED))
    guessed = boot(2, 5, 600, known=Known(2 * T0, None, TimeSource.ESTIMATED))
    after = set_at(boot(4, 5, 5), T0 / NS + 3705)
    known = settle([before, guessed, boot(3, 5, 300), after], waited_out=False)
    assert set(known) == {3, 4}
    assert T0 + 700 * NS <= known[3].offset_ns <= T0 + 3400 * NS


def test_waiting_counts_the_time_with_power_of_all_boots_that_wait() -> None:
    assert waited_ns([]) == 0
    assert waited_ns([boot(1, 5, 100, known=Known(T0, 0, TimeSource.NTP))]) == 0
    assert waited_ns([boot(2, 40, 100), boot(3, 5, 30)]) == 90 * NS


def test_a_clock_chip_is_as_read_and_settles_its_boot_within_a_minute() -> None:
    look = Instant(T0, 10 * NS, Trust.RTC)
    known = told(look)
    assert known == Known(T0 - 10 * NS, 60 * NS + 1_000_000, TimeSource.RTC)
    assert stamp(look, known) == (T0, TimeSource.RTC, 60.0, True)
    assert stamp(look._replace(trust=Trust.NONE), known).source is TimeSource.RTC


def test_a_clock_chip_with_an_empty_battery_is_not_believed() -> None:
    """But when it lags by no more than a good one may."""
    before = boot(1, 5, 100, known=Known(T0, NS // 2, TimeSource.REPAIRED))
    passed = passed_ns([before, boot(2, 5, 50)])
    assert passed == T0 + 150 * NS - NS // 2 - 100 * NS // 10_000, "and what the crystal may have lost"
    since = 7 * HOUR
    look = Instant(passed - 60 * NS + since - 1, since, Trust.RTC)
    assert believed(look, passed).trust is Trust.NONE
    assert believed(look._replace(wall_ns=look.wall_ns + 1), passed).trust is Trust.RTC
    assert believed(look, None).trust is Trust.RTC
    assert believed(look._replace(trust=Trust.NTP), passed).trust is Trust.NTP
    assert not stamp(look, None).settled


def test_the_network_may_have_gone_as_soon_as_it_had_told_the_time() -> None:
    before = set_at(boot(1, 5, 100_000), T0 / NS)._replace(
        known=Known(T0 - 100_000 * NS, NS, TimeSource.REPAIRED)
    )
    assert passed_ns([before]) == T0 - NS // 2 - 10 * NS


def test_nothing_has_passed_for_certain_before_anything_is_known() -> None:
    assert passed_ns([boot(1, 5, 100)]) is None
    assert passed_ns([boot(1, 5, 100, known=Known(T0, None, TimeSource.ESTIMATED))]) is None
