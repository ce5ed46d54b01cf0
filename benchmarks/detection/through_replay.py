"""`python -m benchmarks.detection.through_replay DATA`: the same cases, judged as a stranger would.

Every case becomes a file, `skyground replay` is run over the files with no configuration, and its events are
counted in two ways: *told*, an alarm when a hazard is raised or reaches a higher band, and *strict*, an alarm
for every line that says raised or updated at yellow or above. Beside them stands what the detectors say
without quality control before them; every case in which that makes a difference is listed.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.model import Severity
from agent.watch.contract import Hazard, Phase
from benchmarks.detection import cases as made
from benchmarks.detection.course import STEP_S
from benchmarks.detection.run import Raised, Result, misses, run_case, scored_outside, write_table
from benchmarks.detection.score import score, table
from benchmarks.detection.watching import Count, alert, make

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.detection.cases import Case

    Event = dict[str, Any]

_AT_ONCE = 25  # files for one run of the command
_EVAL_START = made.TRUTH_COLUMNS.index("eval_start_utc")
_STEP = timedelta(seconds=STEP_S)
_TOLD, _STRICT, _BESIDE = _WAYS = ("told", "strict", "in process")


class Judged(NamedTuple):
    """A case without its values: the truth as the scorer reads it, and a result by way of counting."""

    truth: tuple[str, ...]
    results: dict[str, Result]


def judged(cases: Iterable[Case], skyground: Sequence[str]) -> Iterator[Judged]:
    """Every case through the command, and beside it."""
    left = iter(cases)
    while some := list(islice(left, _AT_ONCE)):
        events = replayed(some, skyground)
        for case in some:
            yield _judged(case, events[case.truth.case_id])


def replayed(cases: Iterable[Case], skyground: Sequence[str]) -> dict[str, list[Event]]:
    """What `skyground replay` says of some cases: its events by case, in their order."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = [str(made.write_series(case, folder)) for case in cases]
        events = folder / "events.jsonl"
        words = ["replay", *files, "--events", str(events), "--flags", str(folder / "flags.csv"), "--quiet"]
        subprocess.run([*skyground, *words], check=True)
        by_case = defaultdict(list)
        for line in events.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            by_case[event["station"]].append(event)
    return by_case


def _judged(case: Case, events: list[Event]) -> Judged:
    raised = {_TOLD: told(case, events), _STRICT: strict(case, events), _BESIDE: run_case(make, case)}
    course = case.course
    results = {way: Result(case.truth, each, course.facts, course.source) for way, each in raised.items()}
    return Judged(made.truth_row(case), results)


def told(case: Case, events: Iterable[Event]) -> list[Raised]:
    """An alarm when a hazard is raised or reaches a higher band."""
    count = Count()
    counted = ((_at(case, event), count(*_finding(event))) for event in events)
    return [Raised(at, *one) for at, one in counted if one]


def strict(case: Case, events: Iterable[Event]) -> list[Raised]:
    """An alarm for every line that says raised or updated."""
    raised = []
    for event in events:
        hazard, phase, level = _finding(event)
        one = alert(hazard, level)
        if one and phase is not Phase.CLEARED:
            raised.append(Raised(_at(case, event), *one))
    return raised


def _at(case: Case, event: Event) -> int:
    return case.step(datetime.fromisoformat(event["time_utc"]).timestamp())


def _finding(event: Event) -> tuple[Hazard, Phase, Severity]:
    return Hazard(event["kind"]), Phase(event["phase"]), Severity[event["level"].upper()]


def differences(every: Iterable[Judged]) -> list[str]:
    """The cases in which quality control changes what is told."""
    lines = []
    for one in every:
        by_replay, beside = one.results[_TOLD], one.results[_BESIDE]
        if by_replay.raised != beside.raised:
            lines.append(
                f"{by_replay.truth.case_id}: {_words(by_replay)} by replay, {_words(beside)} in process: "
                + "; ".join(by_replay.facts)
            )
    return lines


def _words(result: Result) -> str:
    words = [f"{one.hazard} {one.level} {one.at / 96:.2f} d" for one in result.raised]
    return ", ".join(words) or "nothing"


def written(every: Sequence[Judged], folder: Path) -> dict[str, Path]:
    """truth.csv, and a table of alerts for each way."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / "truth.csv", made.TRUTH_COLUMNS, (one.truth for one in every))
    paths = {}
    for way in _WAYS:
        paths[way] = folder / f"alerts-{way.replace(' ', '-')}.csv"
        rows = (row for one in every for row in _rows(one, way))
        write_table(paths[way], ("case_id", "time_utc", "hazard", "level"), rows)
    return paths


def _rows(one: Judged, way: str) -> Iterator[tuple[str, ...]]:
    result = one.results[way]
    begin = datetime.fromisoformat(one.truth[_EVAL_START]) - result.truth.eval_start * _STEP
    for each in result.raised:
        yield result.truth.case_id, made.stamp(begin + each.at * _STEP), each.hazard, each.level


def main() -> int:
    """Print a table for each way, every miss and false alarm, and what quality control changed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.detection.through_replay", description=__doc__
    )
    parser.add_argument("data", type=Path, help="directory of real series")
    parser.add_argument("--set", default="dev", choices=sorted(made.SETS), dest="which")
    parser.add_argument("--each", type=int, default=4, help="cases of each class")
    parser.add_argument("--only", default="", help="some classes, with commas between")
    parser.add_argument("--skyground", default=f"{sys.executable} -m agent", help="how the command is called")
    parser.add_argument("--out", type=Path, help="folder for truth.csv and alerts-*.csv")
    parser.add_argument("--scorer", type=Path, help="a scorer to ask as well; wants --out")
    args = parser.parse_args()
    os.nice(19 - os.nice(0))
    only = [name for name in args.only.split(",") if name]
    drawn = made.draw(args.data, args.which, args.each, only)
    every = list(judged(drawn, shlex.split(args.skyground)))
    for way in _WAYS:
        print(f"--- {way}: {args.which}, {len(every)} cases")
        print(table(score([one.results[way] for one in every])))
    print("\n".join(misses([one.results[_STRICT] for one in every])))
    print("--- differences between replay and the detectors alone")
    print("\n".join(differences(every)))
    if args.out:
        paths = written(every, args.out)
        if args.scorer:
            return max(scored_outside(args.scorer, args.out / "truth.csv", paths[way]) for way in _WAYS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
