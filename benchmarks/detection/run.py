"""`python -m benchmarks.detection.run DATA --detector NAME`: how a detector does on seeded cases.

DATA is the directory of real series. NAME is a baseline, or MODULE:FACTORY of something else: called
once per case without arguments, it returns a detector. `--scorer PROGRAM` counts once more with another
scorer (`PROGRAM alerts --truth FILE --alerts FILE`). `--look CASE` tells one case's story.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.detection import cases as made
from benchmarks.detection.baselines import BASELINES
from benchmarks.detection.course import CHANNELS
from benchmarks.detection.score import score, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.detection.cases import Case, Truth

Alert = tuple[str, str]
"""Hazard (amd, ground) and level (advisory, amber, red): one when raised or worse, none while it stands."""

Detector = Callable[[float, Mapping[str, float | None]], "Iterable[Alert]"]
"""Given seconds since 1970 and each channel's value, None where there is none, in order of time.

Every 15 minutes; cases of a shifted set may come every five, or as they come.
"""


class Raised(NamedTuple):
    """An alert, and at which sample."""

    at: int
    hazard: str
    level: str


class Result(NamedTuple):
    """A case without its values, and what a detector said of it."""

    truth: Truth
    raised: list[Raised]
    facts: list[str]
    source: str


class Outcome(NamedTuple):
    """All cases, and what a step of a detector cost."""

    results: list[Result]
    step_us: float


def run_case(make: Callable[[], Detector], case: Case) -> list[Raised]:
    """One cold start."""
    detect = make()
    return [
        Raised(case.step(t_s), hazard, level)
        for t_s, row in case.rows()
        for hazard, level in detect(t_s, row)
    ]


def run(make: Callable[[], Detector], cases: Iterable[Case], folder: Path | None = None) -> Outcome:
    """Every case; truth.csv and alerts.csv are written to a folder if one is given."""
    results, spent_s, steps = [], 0.0, 0
    truths, alerts = [], []
    for case in cases:
        begin_s = time.process_time()
        raised = run_case(make, case)
        spent_s += time.process_time() - begin_s
        steps += len(case.course)
        results.append(Result(case.truth, raised, case.course.facts, case.course.source))
        truths.append(made.truth_row(case))
        alerts += [(case.truth.case_id, made.stamp(case.at(one.at)), one.hazard, one.level) for one in raised]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write_table(folder / "truth.csv", made.TRUTH_COLUMNS, truths)
        write_table(folder / "alerts.csv", ("case_id", "time_utc", "hazard", "level"), alerts)
    return Outcome(results, 1e6 * spent_s / max(steps, 1))


def write_table(path: Path, heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """A table as the scorer reads it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(heading)
        out.writerows(rows)


def factory(name: str) -> Callable[[], Detector]:
    """A baseline, or MODULE:FACTORY."""
    if ":" not in name:
        return BASELINES[name]
    module, _, attribute = name.partition(":")
    make: Callable[[], Detector] = getattr(importlib.import_module(module), attribute)
    return make


def misses(results: list[Result]) -> list[str]:
    """Every episode that was not found and every false alarm, for looking at one by one."""
    lines = []
    for result in results:
        truth = result.truth
        counted = [one for one in result.raised if one.at >= truth.eval_start and one.level != "advisory"]
        found = [
            one for one in counted if truth.onset <= one.at <= truth.detect_by and one.hazard == truth.hazard
        ]
        story = "; ".join(result.facts)
        if truth.kind == "episode" and not found:
            lines.append(f"MISSED {truth.case_id}: {story} [{result.source}]")
        for one in counted:
            if truth.kind == "confounder" or one.at < truth.onset or one.hazard != truth.hazard:
                day = one.at / 96
                lines.append(
                    f"FALSE  {truth.case_id} {one.hazard} {one.level} at {day:.2f} d: "
                    f"{story} [{result.source}]"
                )
    return lines


def look(case: Case, raised: list[Raised], around: int) -> None:
    """The course around each alert (or around the onset), every second hour."""
    truth = case.truth
    print(f"{truth.case_id}  {case.course.source}")
    for fact in case.course.facts:
        print("  laid at", fact)
    print(
        f"  scored from {truth.eval_start / 96:.2f} d, onset {truth.onset / 96:.2f} d, "
        f"by {truth.detect_by / 96:.2f} d"
    )
    for one in raised:
        print(f"  alert at {one.at / 96:.2f} d: {one.hazard} {one.level}")
    at = {one.at for one in raised} or {max(truth.onset, truth.eval_start)}
    near = [i for i in range(len(case.course)) if any(abs(i - each) <= around for each in at)]
    print("      day  " + "".join(f"{name:>14}" for name in CHANNELS))
    for index in near:
        if index % 8 == 0 or index in at:
            row = "".join(f"{case.course.values[name][index]:14.3f}" for name in CHANNELS)
            print(f"{'*' if index in at else ' '} {index / 96:7.2f}  {row}")


def main() -> int:
    """Print the table, or one case."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection.run", description=__doc__)
    parser.add_argument("data", type=Path, help="directory of real series")
    parser.add_argument(
        "--detector", default="limits-checked", help=f"{', '.join(BASELINES)} or MODULE:FACTORY"
    )
    parser.add_argument("--set", default="dev", choices=sorted(made.SETS), dest="which")
    parser.add_argument("--each", type=int, default=8, help="cases of each class")
    parser.add_argument("--only", default="", help="some classes, with commas between")
    parser.add_argument("--out", type=Path, help="folder for truth.csv and alerts.csv")
    parser.add_argument("--scorer", type=Path, help="a scorer to ask as well; wants --out")
    parser.add_argument("--misses", action="store_true", help="list what was missed and every false alarm")
    parser.add_argument("--look", metavar="CASE", help="the story of one case (SET-CLASS-NUMBER)")
    parser.add_argument("--around", type=int, default=96, help="samples on each side of an alert to show")
    parser.add_argument("--png", type=Path, help="draw the case that is looked at (wants matplotlib)")
    parser.add_argument("--without", default="", help="channels that the stations lack, with commas between")
    args = parser.parse_args()
    os.nice(19 - os.nice(0))
    if args.look:
        case = made.one(args.data, args.look)
        raised = run_case(factory(args.detector), case)
        look(case, raised, args.around)
        if args.png:
            importlib.import_module("benchmarks.detection.picture").draw(case, raised, args.png)
        return 0
    only = [name for name in args.only.split(",") if name]
    drawn = made.draw(args.data, args.which, args.each, only)
    lacking = [name for name in args.without.split(",") if name]
    outcome = run(factory(args.detector), (made.without(case, lacking) for case in drawn), args.out)
    print(
        f"{args.detector} on {args.which}: {len(outcome.results)} cases, "
        f"{outcome.step_us:.1f} us per step of 8 channels"
    )
    print(table(score(outcome.results)))
    if args.misses:
        print("\n".join(misses(outcome.results)))
    if args.scorer and args.out:
        return scored_outside(args.scorer, args.out / "truth.csv", args.out / "alerts.csv")
    return 0


def scored_outside(scorer: Path, truth: Path, alerts: Path) -> int:
    """Have another scorer count and print. Returns its exit code."""
    words = ["alerts", "--truth", str(truth), "--alerts", str(alerts)]
    return subprocess.run([sys.executable, str(scorer), *words], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
