"""Whatever happens, expected = present + missing, and every slot is counted exactly once."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.ledger.account import Account
from agent.ledger.books import Books
from agent.ledger.days import day_of
from agent.ledger.lacking import Part
from agent.ledger.reasons import word_of
from agent.model import Why
from tests.ledger.story import DAY, Story

_WHYS = [Why.NO_ANSWER, Why.BAD_ANSWER, Why.BUS_DOWN, Why.NOT_ASKED, Why.OVERRUN]
_REASONS = ["no_power", "stopped", "crashed"]


class Run(NamedTuple):
    """What a station does until it ends: what becomes of each slot, and how long it is off afterwards."""

    slots: list[str]
    off_s: float
    reason: str
    same_boot: bool


_SLOT = st.sampled_from(["present"] * 4 + ["missing", "blocked", "memory_full", "lost"])
_RUN = st.builds(
    Run,
    st.lists(_SLOT, min_size=1, max_size=40),
    st.floats(0.0, 200_000.0),
    st.sampled_from(_REASONS),
    st.booleans(),
)


_SEEN = st.builds(
    Run,
    st.lists(st.sampled_from(["present", "present", "missing"]), min_size=1, max_size=40),
    st.floats(0.0, 200_000.0),
    st.sampled_from(_REASONS),
    st.booleans(),
)


class Wrong(NamedTuple):
    """A station runs, goes off, and runs on with a clock that is ahead until it is set right."""

    slots: int
    off_slots: int
    ahead_s: float
    ahead_slots: int
    same_boot: bool


_WRONG = st.builds(
    Wrong,
    st.integers(1, 30),
    st.integers(0, 300),
    st.sampled_from([0.0, 40_000.0, 86_400.0 * 40, 86_400.0 * 146]),
    st.integers(1, 30),
    st.booleans(),
)


class Told:
    """A random history as a journal tells it, and what a clerk who saw every slot would have counted."""

    def __init__(self, runs: list[Run], period_s: float, delay: float) -> None:
        self.story = Story()
        self.truth: Counter[str] = Counter()
        self.by_day: Counter[tuple[int, str]] = Counter()
        self._reason = ""
        self.lacking: set[int] = set()
        self._period_s = period_s
        self._delay_s = delay * period_s
        self._last_s: float | None = None
        self._unseen = 0
        self._was_off = False
        now_s = 0.0
        for n, run in enumerate(runs):
            if n:
                self._away(now_s, runs[n - 1])
            now_s = self._serve(run, now_s) + run.off_s

    def _away(self, now_s: float, run: Run) -> None:
        """Off: nobody knows how the slots lay from the last that was seen to the next one."""
        assert self._last_s is not None
        if not run.same_boot:
            self.story.boot += 1
        self._was_off, self._reason = True, run.reason
        self.story.gap(self._last_s, now_s, run.reason)

    def _serve(self, run: Run, begin_s: float) -> float:
        for n, what in enumerate(run.slots):
            at_s = begin_s + n * self._period_s
            if what in {"blocked", "memory_full", "lost"} and self._last_s is not None:
                self._swallow(what, at_s)
                continue
            self._see(what, at_s)
        return begin_s + (len(run.slots) - 1) * self._period_s

    def _swallow(self, what: str, at_s: float) -> None:
        """A slot without a record, as far as it is known: only what comes after it makes it a hole."""
        self._unseen += 1
        if what == "lost":
            self.story.seq += 1
            self.lacking.add(self.story.seq + 1)
        else:
            self.story.gap(at_s, at_s, what, "ph-3" if what == "blocked" else "station")

    def _see(self, what: str, at_s: float) -> None:
        seen_s = at_s + (self._delay_s if what == "present" else 0.0)
        self.truth["missing"] += self._off_until(seen_s) if self._was_off else self._unseen
        self._unseen, self._was_off = 0, False
        if what == "present":
            self.truth["present"] += 1
            self._tick(seen_s, "present")
            self.story.present(seen_s)
        else:
            self.truth["missing"] += 1
            why = _WHYS[self.story.seq % len(_WHYS)]
            self._tick(at_s, word_of(why))
            self.story.missing(at_s, why)
        self._last_s = seen_s

    def _off_until(self, seen_s: float) -> int:
        """Slots of the old schedule; the last is made good when the reading comes within half a period."""
        assert self._last_s is not None
        slots = 0
        while self._last_s + (slots + 1) * self._period_s <= seen_s - self._period_s / 2 + 1e-6:
            slots += 1
            self._tick(self._last_s + slots * self._period_s, self._reason)
        return slots

    def _tick(self, at_s: float, what: str) -> None:
        """One slot of a day."""
        self.by_day[day_of(self.story.at(at_s).wall_ns), what] += 1


def count(told: Told, period_s: float) -> Account:
    account = Account(Books({"ph-3": period_s}, None))
    for entry in told.story.entries:
        if entry.seq in told.lacking:
            account.lacks(entry, [Part(entry.seq - 1, "damaged")])
        account.take(entry)
    return account


@settings(deadline=None, max_examples=150)
@given(st.lists(_RUN, min_size=1, max_size=6), st.sampled_from([1.0, 60.0, 900.0]), st.floats(0.0, 0.2))
def test_expected_is_present_and_missing_and_no_slot_is_both(
    runs: list[Run], period_s: float, delay: float
) -> None:
    told = Told(runs, period_s, delay)
    account = count(told, period_s)
    tallies = [tally for day in account.days() for tally in account.tallies(day).values()]
    assert all(tally.expected == tally.present + sum(tally.missing.values()) for tally in tallies)
    assert sum(tally.present for tally in tallies) == told.truth["present"]
    assert sum(sum(tally.missing.values()) for tally in tallies) == told.truth["missing"]
    stretches = account.stretches()
    assert sum(stretch.slots for stretch in stretches) == told.truth["missing"]
    assert all(first.last_ns <= then.first_ns for first, then in pairwise(stretches))


@settings(deadline=None, max_examples=60)
@given(st.lists(_RUN, min_size=1, max_size=6), st.sampled_from([60.0, 900.0]))
def test_finishing_days_as_they_end_counts_as_much_as_counting_them_at_the_end(
    runs: list[Run], period_s: float
) -> None:
    """The same sums, whenever the account of a day is closed."""
    told = Told(runs, period_s, 0.0)
    account = Account(Books({"ph-3": period_s}, None))
    finished: dict[int, int] = {}
    for entry in told.story.entries:
        if entry.seq in told.lacking:
            account.lacks(entry, [Part(entry.seq - 1, "damaged")])
        account.take(entry)
        while account.is_over(day := max(account.first_day, DAY)):
            finished[day] = sum(tally.expected for tally in account.finish(day).values())
    at_the_end = count(told, period_s)
    at_the_end.so_far()
    for day, expected in finished.items():
        whole = sum(tally.expected for tally in at_the_end.tallies(day).values())
        assert expected == whole


@settings(deadline=None, max_examples=100)
@given(st.lists(_SEEN, min_size=1, max_size=6), st.sampled_from([60.0, 900.0]), st.sampled_from([0.0, 0.2]))
def test_every_slot_is_counted_on_its_day_and_for_its_reason(
    runs: list[Run], period_s: float, delay: float
) -> None:
    told = Told(runs, period_s, delay)
    account = count(told, period_s)
    found: Counter[tuple[int, str]] = Counter()
    for day in account.days():
        for tally in account.tallies(day).values():
            found[day, "present"] += tally.present
            found.update({(day, reason): slots for reason, slots in tally.missing.items()})
    assert +found == told.by_day


@settings(deadline=None, max_examples=150)
@given(st.lists(_WRONG, min_size=1, max_size=5))
def test_a_clock_that_is_ahead_for_a_while_makes_nothing_missing(wrongs: list[Wrong]) -> None:
    """What is measured meanwhile belongs to no day; what was off before it is missing all the same."""
    story, now_s, off, counted = Story(), 0.0, 0, 0
    for wrong in wrongs:
        story.every(60, now_s, now_s + 60 * wrong.slots)
        last_s = now_s + 60 * (wrong.slots - 1)
        now_s = last_s + 60 * (wrong.off_slots + 1)
        story.boot += not wrong.same_boot
        story.offset_s = wrong.ahead_s
        story.gap(last_s - wrong.ahead_s, now_s, "no_power")
        story.every(60, now_s, now_s + 60 * wrong.ahead_slots)
        now_s += 60 * wrong.ahead_slots
        story.offset_s = 0.0
        off += wrong.off_slots
        counted += wrong.slots + (wrong.ahead_slots if not wrong.ahead_s else 0)
    story.present(now_s)
    account = story.account()
    tallies = [tally for day in account.days() for tally in account.tallies(day).values()]
    assert sum(sum(tally.missing.values()) for tally in tallies) == off
    assert sum(stretch.slots for stretch in account.stretches()) == off
    assert sum(tally.present for tally in tallies) == counted + 1
