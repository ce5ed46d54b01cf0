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
    from collections.abc import Callable, Iterable, Iterator, Sequence

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
    yield "gross, range", partial(beside.gross_range, series, wide, narrow)
    yield "climate, months", partial(beside.climatology, series, "month", seasons)
    yield "climate, hours", partial(beside.climatology, series, "hour", hours)
    yield "gap", partial(beside.gap, series, 3 * step_s)
    for method in Method:
        yield f"spike, {method}", partial(beside.spike, series, spikes, method, longest_gap_s)
    yield "rate", partial(beside.rate, series, rates, longest_gap_s)
    # Hardly a range lies on the first, beside all steps of a resolution; the second finds constants alone.
    for name, tolerance in (
        ("flat, line", 0.7 * float(np.median(steps[steps > 0]))),
        ("flat, constant", 0.0),
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
    totals = {test: _together(files.values()) for test, files in found.items()}
    files = {file: [found[test][file] for test in found] for file in next(iter(found.values()))}
    rows = [["file", "samples", *found]]
    rows += [_row(file, tallies) for file, tallies in files.items()]
    rows += [_row("all", list(totals.values()))]
    print("flags that differ by a rule; with ! those without one\n")
    print(_columns(rows))
    print("\nby rule, of all files\n")
    for test, total in totals.items():
        print(f"{test.replace(',', '')}: {total.flagged} of {total.samples} are suspect or fail")
        for rule, count in total.by_rule.most_common():
            print(f"{count:>9}  {rule}")


def _row(file: str, tallies: list[Tally]) -> list[str]:
    """The gap test leaves out what is missing; the others give it a flag."""
    return [file, str(max(each.samples for each in tallies)), *map(_cell, tallies)]


def _cell(tally: Tally) -> str:
    mark = f" !{tally.unexplained}" if tally.unexplained else ""
    return f"{tally.differ - tally.unexplained}{mark}"


def _columns(rows: list[list[str]]) -> str:
    """Lines in columns: the first to the left, the others to the right, headings over several lines."""
    headings, *others = rows
    widths = [
        max(*(len(row[index]) for row in others), *map(len, headings[index].split(", ")))
        for index in range(len(headings))
    ]
    parts = [heading.split(", ") for heading in headings]
    lines = [[part[level] if level < len(part) else "" for part in parts] for level in range(2)]
    return "\n".join(_line(row, widths) for row in [*lines, *others])


def _line(row: list[str], widths: list[int]) -> str:
    _, *others = (each.rjust(width) for each, width in zip(row, widths, strict=True))
    return "  ".join([row[0].ljust(widths[0]), *others]).rstrip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and what each rule did. 1 when a difference has no rule."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.ioos", description=__doc__)
    parser.add_argument("path", type=Path, nargs="+", help="CSV files, or directories of them")
    parser.add_argument(
        "--longest-gap", type=float, default=math.inf, metavar="STEPS", help="our limit, in steps of a series"
    )
    args = parser.parse_args(arguments)
    paths = [
        each for path in args.path for each in (sorted(path.glob("*.csv*")) if path.is_dir() else [path])
    ]
    found = measure(paths, args.longest_gap)
    _print(found)
    return int(any(tally.unexplained for files in found.values() for tally in files.values()))


if __name__ == "__main__":
    sys.exit(main())
