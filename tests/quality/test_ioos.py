"""Our flags beside those of ioos_qc: equal sample by sample, or different by a rule of docs/quality.md."""

from __future__ import annotations

import gzip
import math
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acquire.quality.attenuated import Measure
from agent.acquire.quality.climatology import Season
from agent.acquire.quality.reading import Limits
from agent.acquire.quality.spike import Method
from benchmarks.quality import beside, beside_windows, ioos
from benchmarks.quality.agreement import Agreement
from benchmarks.quality.beside import Levels
from benchmarks.quality.series import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_QUICK = settings(max_examples=40, deadline=None)
_WIDE, _NARROW = Limits(-4.0, 4.0), Limits(-2.0, 2.0)

# Of each comparison with a limit for gaps; those without one take and ignore it.
COMPARISONS: dict[str, Callable[[Series, float], Agreement]] = {
    "gross range": lambda series, _: beside.gross_range(series, _WIDE, _NARROW),
    "climatology, months": lambda series, _: beside.climatology(
        series, "month", [Season(_NARROW, _WIDE, months=(1, 8)), Season(_WIDE, months=(9, 9))]
    ),
    "climatology, hours": lambda series, _: beside.climatology(
        series, "hour", [Season(_NARROW, _WIDE, hours=(2, 13)), Season(_WIDE, hours=(12, 15))]
    ),
    "gap": lambda series, _: beside.gap(series, 180.0),
    "spike, average": lambda series, gap_s: beside.spike(series, Levels(0.5, 1.0), Method.AVERAGE, gap_s),
    "spike, differential": lambda series, gap_s: beside.spike(
        series, Levels(0.5, 1.0), Method.DIFFERENTIAL, gap_s
    ),
    "spike, any": lambda series, gap_s: beside.spike(series, Levels(0.0, 0.0), Method.AVERAGE, gap_s),
    "rate": lambda series, gap_s: beside.rate(series, Levels(0.01, 0.05), gap_s),
    "flat line": lambda series, gap_s: beside_windows.flat_line(series, Levels(240.0, 480.0), 0.6, gap_s),
    "flat line, on": lambda series, gap_s: beside_windows.flat_line(series, Levels(240.0, 480.0), 0.5, gap_s),
    "constant": lambda series, gap_s: beside_windows.flat_line(series, Levels(240.0, 480.0), 0.0, gap_s),
    "std": lambda series, gap_s: beside_windows.attenuated(
        series, Levels(0.4, 0.2), 480.0, Measure.STD, gap_s
    ),
    "fine std": lambda series, gap_s: beside_windows.attenuated(
        series, Levels(0.005, 0.001), 480.0, Measure.STD, gap_s
    ),
    "range": lambda series, gap_s: beside_windows.attenuated(
        series, Levels(1.0, 0.5), 480.0, Measure.RANGE, gap_s
    ),
}

# On a grid of halves values meet thresholds, tolerances and each other; and now and then one is missing.
_VALUES = st.one_of(
    st.integers(-10, 10).map(lambda halves: halves / 2),
    st.integers(-10, 10).map(lambda halves: halves / 2),
    st.sampled_from([0.0, 0.5]),
    st.floats(-6.0, 6.0),
    st.just(math.nan),
)
_EVEN = st.just(60.0)
_ANY = st.sampled_from([0.0, 0.25, 1.0, 30.0, 59.75, 60.0, 60.0, 60.0, 61.0, 120.0, 181.0, 3600.0, 2e6])


def _series(steps: st.SearchStrategy[float]) -> st.SearchStrategy[Series]:
    rows = st.lists(st.tuples(steps, _VALUES), min_size=3, max_size=60)
    return rows.map(lambda each: _made_up(*zip(*each, strict=True))).filter(_theirs_can_run)


def _made_up(steps_s: Sequence[float], values: Sequence[float]) -> Series:
    return Series("made up", 1_600_000_000 + np.cumsum(steps_s), np.array(values))


def _theirs_can_run(series: Series) -> bool:
    """Their gap test needs a second value, their flat line a step of at least a second."""
    return bool(series.present.sum() > 1 and np.median(np.diff(series.t_s)) >= 1)


def _check(compare: Callable[[Series, float], Agreement], series: Series, gap_s: float) -> None:
    agreement = compare(series, gap_s)
    assert not agreement.unexplained.any(), (
        series,
        agreement.ours,
        agreement.theirs,
        np.flatnonzero(agreement.unexplained),
    )


@pytest.mark.parametrize("test", COMPARISONS)
@given(series=_series(_EVEN), gap_s=st.sampled_from([math.inf, 90.0]))
@_QUICK
def test_evenly_spaced(test: str, series: Series, gap_s: float) -> None:
    _check(COMPARISONS[test], series, gap_s)


@pytest.mark.parametrize("test", COMPARISONS)
@given(series=_series(_ANY), gap_s=st.sampled_from([math.inf, 150.0]))
@_QUICK
def test_unevenly_spaced(test: str, series: Series, gap_s: float) -> None:
    _check(COMPARISONS[test], series, gap_s)


def _rough(seed: int, number: int = 4000) -> Series:
    """A wandering signal with spikes, plateaus, stuck stretches, quiet ones, holes and gaps."""
    dice = random.Random(seed)
    t_s, value, times, values = 1_577_836_800.0, 0.0, [], []
    stuck = quiet = 0
    for _ in range(number):
        t_s += 60.0 if dice.random() > 0.01 else dice.choice([120.0, 600.0, 86_400.0])
        stuck = stuck - 1 if stuck else (dice.randrange(5, 40) if dice.random() < 0.005 else 0)
        quiet = quiet - 1 if quiet else (dice.randrange(5, 60) if dice.random() < 0.005 else 0)
        if not stuck:
            value = 0.97 * value + dice.gauss(0, 0.01 if quiet else 0.4)
        shown = value + (dice.choice([-1, 1]) * dice.uniform(0.4, 8) if dice.random() < 0.02 else 0)
        times.append(t_s)
        values.append(math.nan if dice.random() < 0.02 else round(shown, 2))
    return Series("rough", np.array(times), np.array(values))


@pytest.mark.parametrize("test", COMPARISONS)
def test_a_long_rough_series(test: str) -> None:
    """The rules explain all, and most samples need none; something is found, and something is not."""
    series = _rough(seed=5)
    agreement = COMPARISONS[test](series, math.inf)
    assert not agreement.unexplained.any(), agreement.by_rule()
    assert 1 in agreement.ours
    assert test == "fine std" or {3, 4} & set(agreement.ours.tolist())
    _check(COMPARISONS[test], series, 90.0)


class Difference(NamedTuple):
    """One rule of docs/quality.md on a series where it holds: seconds between values, and both answers."""

    test: str
    rule: str
    steps_s: Sequence[float]
    values: Sequence[float]
    ours: Sequence[int]
    theirs: Sequence[int]
    gap_s: float = math.inf


_NONE = math.nan
_MINUTES = [60.0] * 10
DIFFERENCES = [
    Difference("gap", "the first value", [60, 60, 181], [1, 1, 1], [2, 1, 4], [1, 1, 4]),
    Difference(
        "spike, average",
        "beside a missing value",
        _MINUTES[:6],
        [0, 0, _NONE, 5, 0, 0],
        [2, 4, 9, 4, 4, 2],
        [2, 2, 9, 2, 4, 2],
    ),
    Difference(
        "spike, differential",
        "beside a gap",
        [60, 60, 3600, 60, 60],
        [0, 0, 5, 0, 0],
        [2, 2, 2, 1, 2],
        [2, 1, 4, 1, 2],
        150,
    ),
    Difference("spike, any", "a threshold of 0", _MINUTES[:4], [0, 0, 0.5, 0], [2, 4, 4, 2], [2, 1, 1, 2]),
    Difference("rate", "the first value", _MINUTES[:2], [0, 9], [2, 4], [1, 4]),
    Difference("rate", "behind a missing value", _MINUTES[:4], [0, 0, _NONE, 9], [2, 1, 9, 4], [1, 1, 9, 1]),
    Difference("rate", "behind a gap", [60, 60, 3600], [0, 0, 9], [2, 1, 2], [1, 1, 1], 150),
    Difference("rate", "parts of a second", [60, 60, 0.75], [0, 0, 0.04], [2, 1, 4], [1, 1, 3]),
    Difference("rate", "no time passed", [60, 60, 0], [0, 0, 9], [2, 1, 2], [1, 1, 4]),
    Difference(
        "constant",
        "on the tolerance",
        _MINUTES,
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [2, 1, 1, 1, 1, 3, 3, 3, 3, 4],
        [1] * 10,
    ),
    Difference("flat line", "not moved yet", _MINUTES[:5], [0, 0, 0, 0, 0], [2, 2, 2, 2, 3], [1, 1, 1, 1, 3]),
    Difference(
        "flat line",
        "other values in the window",
        [60, 60, 60, 60, 30, 30, 60, 60],
        [1, 0, 0, 0, 0, 0, 0, 0],
        [2, 1, 1, 1, 1, 1, 3, 3],
        [1, 1, 1, 1, 1, 3, 3, 3],
    ),
    Difference(
        "std",
        "the first window",
        _MINUTES[:9],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [2, 2, 2, 2, 2, 2, 2, 2, 4],
        [4, 4, 4, 4, 4, 4, 4, 4, 4],
    ),
    Difference(
        "range",
        "the first window behind a gap",
        [*[60.0] * 10, 3600, 60],
        [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0],
        [2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 2, 2],
        [4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 4],
        150,
    ),
    Difference(
        "range",
        "a missing value in the window",
        _MINUTES,
        [0, 0, 0, 0, 0, 0, 0, _NONE, 0, 0],
        [2, 2, 2, 2, 2, 2, 2, 9, 4, 4],
        [4, 4, 4, 4, 4, 4, 4, 9, 2, 2],
    ),
    Difference(
        "fine std",
        "rounding",
        _MINUTES,
        [-9999, 7, 7.01, 7, 7.01, 7, 7.01, 7, 7.01, 7],
        [2, 2, 2, 2, 2, 2, 2, 2, 3, 3],
        [4, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ),
    Difference(
        "constant",
        "thinned",
        [60, 60, 1, 1, *[60.0] * 6],
        [5, 5, 5, 0, 0, 0, 0, 0, 0, 0],
        [2, 2, 2, 1, 1, 1, 1, 3, 3, 3],
        [1] * 10,
    ),
    Difference("climatology, months", "a missing value", _MINUTES[:3], [0, _NONE, 3], [1, 9, 1], [1, 1, 1]),
]


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda each: f"{each.test}: {each.rule}")
def test_each_difference_is_what_it_is_said_to_be(difference: Difference) -> None:
    """Both answers word for word; and the rule, by its name, is what explains it."""
    series = _made_up(difference.steps_s, difference.values)
    agreement = COMPARISONS[difference.test](series, difference.gap_s)
    assert agreement.ours.tolist() == list(difference.ours)
    assert agreement.theirs.tolist() == list(difference.theirs)
    assert not agreement.unexplained.any()
    assert difference.rule in agreement.by_rule()


def test_every_difference_is_written_down() -> None:
    """The documentation names each rule."""
    text = (Path(__file__).parents[2] / "docs" / "quality.md").read_text()
    assert [each.rule for each in DIFFERENCES if f"*{each.rule}*" not in text] == []


def test_a_difference_without_a_rule_is_seen() -> None:
    """The comparison itself: other thresholds are no rule."""
    series = _rough(seed=1, number=300)
    ours = beside.spike(series, Levels(0.5, 1.0), Method.AVERAGE).ours
    theirs = beside.spike(series, Levels(0.6, 1.0), Method.AVERAGE).theirs
    assert Agreement(ours, theirs).unexplained.any()


def test_the_benchmark_compares_whole_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two sensors in one file, one value missing; all tests, one line for the file and one for all."""
    lines = ["time_utc,sensor,value,label,cls"]
    for sensor, seed in (("ph", 1), ("stage_m", 2)):
        series = _rough(seed, number=120)
        for t_s, value in zip(series.t_s, series.values, strict=True):
            shown = "" if math.isnan(value) else f"{value}"
            lines.append(f"{datetime.fromtimestamp(t_s, UTC):%Y-%m-%dT%H:%M:%SZ},{sensor},{shown},0,ok")
    with gzip.open(tmp_path / "site.csv.gz", "wt") as file:
        file.write("\n".join(lines))
    assert ioos.main([str(tmp_path), "--longest-gap", "3"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in printed if line.startswith(("site", "all"))] == [
        ["site", "240"],
        ["all", "240"],
    ]
