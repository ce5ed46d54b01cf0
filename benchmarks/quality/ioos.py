"""`python -m benchmarks.quality.ioos PATH...`: our flags beside ioos_qc's on every series of some files.

Thresholds come from each series itself, so that every test has something to flag. Printed is how many flags
differ, and by which rule of docs/quality.md. The exit code is 1 when a difference has no rule.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agent.acquire.quality.attenuated import Measure
from agent.acquire.quality.climatology import Season
from agent.acquire.quality.reading import Limits
from agent.acquire.quality.spike import Method
from benchmarks.quality import beside, beside_windows
from benchmarks.quality.beside import Levels
from benchmarks.quality.series import Series, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from benchmarks.quality.agreement import Agreement
    from benchmarks.quality.series import Floats


class Tally(NamedTuple):
    """What came of one test on some series."""

    samples: int
    flagged: int
    differ: int
    unexplained: int
    by_rule: Counter[str]


def _together(tallies: Iterable[Tally]) -> Tally:
    samples, flagged, differ, unexplained, by_rule = zip(*tallies, strict=True)
    return Tally(sum(samples), sum(flagged), sum(differ), sum(unexplained), sum(by_rule, Counter()))


def comparisons(series: Series, longest_gap_steps: float) -> Iterator[tuple[str, Callable[[], Agreement]]]:
    """Every test that both have, with thresholds that some of these values cross."""
    values = series.values[series.present]
    step_s = float(np.median(np.diff(series.t_s)))
    steps = np.abs(np.diff(values))
    spikes, rates = _levels(steps), Levels(*(each / step_s for each in _levels(steps)))
    wide, narrow = _range(values, 1), _range(values, 5)
    seasons = [Season(narrow, wide, months=(first, first + 2)) for first in (1, 4, 7)]
    hours = [Season(narrow, wide, hours=(6, 17)), Season(wide, hours=(10, 13))]
    lasting_s, window_s = Levels(8 * step_s, 24 * step_s), 48 * step_s
    varying = Levels(*(each * (narrow.high - narrow.low) for each in (0.02, 0.005)))
    longest_gap_s = longest_gap_steps * step_s
    yield "gross range", partial(beside.gross_range, series, wide, narrow)
    yield "climatology, months", partial(beside.climatology, series, "month", seasons)
    yield "climatology, hours", partial(beside.climatology, series, "hour", hours)
    yield "gap", partial(beside.gap, series, 3 * step_s)
    for method in Method:
        yield f"spike, {method}", partial(beside.spike, series, spikes, method, longest_gap_s)
    yield "rate", partial(beside.rate, series, rates, longest_gap_s)
    # Hardly a range lies on the first, beside all steps of a resolution; the second finds constants alone.
    for name, tolerance in (
        ("flat line", 0.7 * float(np.median(steps[steps > 0]))),
        ("flat line, constant", 0.0),
    ):
        yield name, partial(beside_windows.flat_line, series, lasting_s, tolerance, longest_gap_s)
    for measure in Measure:
        yield (
            f"attenuated, {measure}",
            partial(beside_windows.attenuated, series, varying, window_s, measure, longest_gap_s),
        )


def _levels(sizes: Floats) -> Levels:
    return Levels(*(float(each) for each in np.percentile(sizes, [99, 99.9])))


def _range(values: Floats, percent: float) -> Limits:
    return Limits(*(float(each) for each in np.percentile(values, [percent, 100 - percent])))


def _tally(agreement: Agreement) -> Tally:
    return Tally(
        len(agreement.ours),
        int(np.isin(agreement.ours, (3, 4)).sum()),
        int(agreement.differs.sum()),
        int(agreement.unexplained.sum()),
        Counter(agreement.by_rule()),
    )


def measure(paths: list[Path], longest_gap_steps: float) -> dict[str, dict[str, Tally]]:
    """Test, file: what came of it."""
    found: dict[str, dict[str, Tally]] = {}
    for path in paths:
        name = path.name.partition(".")[0]
        for series in load(path):
            for test, compare in comparisons(series, longest_gap_steps):
                tally = _tally(compare())
                files = found.setdefault(test, {})
                files[name] = _together([files[name], tally]) if name in files else tally
        print(f"{name} ...", file=sys.stderr)
    return found


def _print(found: dict[str, dict[str, Tally]]) -> None:
    tests = list(found)
    files = list(found[tests[0]])
    print("flags that differ / samples, and ! those without a rule\n")
    for file in files:
        print(file)
        for test in tests:
            print(f"    {test:<22}{_cell(found[test][file])}")
    print("all files")
    for test in tests:
        total = _together(found[test].values())
        print(f"    {test:<22}{_cell(total)}   ours suspect or fail: {total.flagged}")
        for rule, count in total.by_rule.most_common():
            print(f"        {count:>9}  {rule}")


def _cell(tally: Tally) -> str:
    mark = f"   ! {tally.unexplained}" if tally.unexplained else ""
    return f"{tally.differ:>9} / {tally.samples}{mark}"


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.ioos", description=__doc__)
    parser.add_argument("path", type=Path, nargs="+", help="CSV files, or directories of them")
    parser.add_argument(
        "--longest-gap", type=float, default=math.inf, metavar="STEPS", help="our limit, in steps of a series"
    )
    args = parser.parse_args()
    paths = [
        each for path in args.path for each in (sorted(path.glob("*.csv*")) if path.is_dir() else [path])
    ]
    found = measure(paths, args.longest_gap)
    _print(found)
    return int(any(tally.unexplained for files in found.values() for tally in files.values()))


if __name__ == "__main__":
    sys.exit(main())
