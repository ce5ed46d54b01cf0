"""What every test of a recent past keeps: exact continuation after a restart, bounded memory, a clear no."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acquire.quality.attenuated import Attenuated, Measure
from agent.acquire.quality.climatology import Climatology, Season
from agent.acquire.quality.contract import Sample
from agent.acquire.quality.flat_line import FlatLine
from agent.acquire.quality.gap import Gap
from agent.acquire.quality.rate import Rate
from agent.acquire.quality.reading import Limits
from agent.acquire.quality.spike import Method, Spike
from agent.acquire.quality.syntax import Syntax
from agent.acquire.quality.window import GRAINS
from agent.model import Flag

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.acquire.quality.contract import Outcome, State, Test

MAKE: dict[str, Callable[[], Test]] = {
    "syntax": lambda: Syntax(codes=(-5.0, 5.0)),
    "climatology": lambda: Climatology(seasons=[Season(Limits(-2.0, 2.0))]),
    "gap": lambda: Gap(longest_s=100.0),
    "rate": lambda: Rate(suspect_per_s=0.01, fail_per_s=0.05, longest_gap_s=100.0),
    "rate, back": lambda: Rate(suspect_per_s=0.01, longest_gap_s=100.0, may_return=True),
    "spike": lambda: Spike(suspect=1.0, fail=2.0, longest_gap_s=100.0),
    "spike, average": lambda: Spike(suspect=1.0, fail=2.0, method=Method.AVERAGE, longest_gap_s=100.0),
    "flat line": lambda: FlatLine(suspect_s=120.0, fail_s=240.0, tolerance=0.5, longest_gap_s=100.0),
    "std": lambda: Attenuated(suspect=0.5, fail=0.2, window_s=240.0, longest_gap_s=100.0),
    "range": lambda: Attenuated(suspect=1.0, window_s=240.0, measure=Measure.RANGE, longest_gap_s=100.0),
}

_VALUES = [each / 1.7 for each in range(-9, 10)]

# A missing value, or how long after the one before, and the value. Within half a second they share a grain.
_ROWS = st.lists(
    st.one_of(
        st.none(),
        st.tuples(st.sampled_from([0.5, 30.0, 60.0, 101.0]), st.sampled_from(_VALUES)),
        st.tuples(st.sampled_from([0.5, 60.0, 60.0]), st.sampled_from([0.1, 0.3])),
    ),
    max_size=40,
)


def _give(test: Test, rows: list[tuple[float, float] | None], t_s: float) -> tuple[list[Outcome], float]:
    outcomes = []
    for row in rows:
        if row is None:
            test.missed(t_s)
            continue
        t_s += row[0]
        outcomes.append(test.update(Sample(t_s, row[1], t_s)))
    return outcomes, t_s


@pytest.mark.parametrize("name", MAKE)
@given(before=_ROWS, after=_ROWS)
@settings(max_examples=40, deadline=None)
def test_a_restart_changes_nothing(
    name: str, before: list[tuple[float, float] | None], after: list[tuple[float, float] | None]
) -> None:
    """Split anywhere, through JSON: the same outcomes, and the same state to the last bit."""
    through, restarted = MAKE[name](), MAKE[name]()
    _, t_s = _give(through, before, 1e6)
    state = json.loads(json.dumps(through.state(), allow_nan=False))
    # What it knew before does not mix with what it takes up.
    _give(restarted, [(60.0, 3.0), (60.0, 3.0)], 5.0)
    restarted.restore(state)
    assert _give(through, after, t_s) == _give(restarted, after, t_s)
    assert through.state() == restarted.state()


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize(
    "state",
    [
        "",
        {},
        7,
        [math.nan],
        [1, 2, 3, 4],
        [[1]],
        [None],
        [["1", 2]],
        [[True, 2]],
        [[1, 0], None],
        [[1, 0], [[], []]],
    ],
)
def test_a_state_of_something_else_is_refused(name: str, state: State) -> None:
    with pytest.raises(ValueError, match=r"expected|remembers nothing"):
        MAKE[name]().restore(state)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("spike", [[1, 2], [2, 2], [3, 2]]),
        ("flat line", [[1, 0], [[[1.0, 1, 0.0, 0.0, 0.0, 0.0]] * (GRAINS + 4), [], None]]),
        ("flat line", [[1, 0], [[], [[1.0, 1, 0.0, 0.0, 0.0, 0.0]], None]]),
    ],
)
def test_a_state_that_is_too_long_or_does_not_add_up_is_refused(name: str, state: State) -> None:
    with pytest.raises(ValueError, match=r"at most \d+ rows|does not go with"):
        MAKE[name]().restore(state)


@pytest.mark.parametrize("name", MAKE)
def test_memory_does_not_grow(name: str) -> None:
    """At two thousand samples per window: what is stored stays below three floats of six a grain."""
    test = MAKE[name]()
    most = 0
    for step in range(6000):
        value = 0.0 if step % 3000 < 2500 else step % 7 / 2.0
        test.update(Sample(step * 0.12, value, step * 0.12))
        most = max(most, str(test.state()).count(",") + 1) if step % 50 == 0 else most
    assert most <= 6 * (2 * (GRAINS + 3) + 1)


def test_more_values_than_grains_are_found_late_by_one_grain_at_most() -> None:
    """A probe that creeps, and then sticks; asked ten times in each grain."""
    length_s, grain_s, creep_per_s = 2000.0, 2000.0 / GRAINS, 0.05
    late_s = []
    for stuck_from in range(40, 60):
        test = FlatLine(suspect_s=length_s, tolerance=1.0, longest_gap_s=100.0)
        flags = [test.update(Sample(t_s, creep_per_s * min(t_s, stuck_from))).now.flag for t_s in range(2200)]
        # What it crept in its last 20 s lies within the tolerance.
        late_s.append(flags.index(Flag.SUSPECT) - (stuck_from - 20) - length_s)
    assert min(late_s) >= 0
    assert 1 < max(late_s) <= grain_s
