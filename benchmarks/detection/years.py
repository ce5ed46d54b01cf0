"""`python -m benchmarks.detection.years DATA`: what is told of real series in which nobody saw a hazard.

DATA is the directory of real series. Each file is a station from a cold start, at its own pace, with all that
it measures; what a technician called wrong is left out. Every alarm is a line, for looking at one by one.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Severity
from agent.replay.columns import column
from agent.watch.contract import Hazard, Phase, Sample
from agent.watch.plan import Plan
from agent.watch.vigil import Alarm, Vigil

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.watch.vigil import Part

_YEAR_S = 365.25 * 86400.0
_SENTINEL = -9990.0
_HAZARDS = (Hazard.ACID, Hazard.GROUND)


class Year(NamedTuple):
    """A series watched from its first day to its last."""

    name: str
    years: float
    alarms: list[Alarm]

    def incidents(self, hazard: Hazard, least: Severity) -> int:
        """How often a hazard came to a level or above; of probes, how many notices."""
        return len({each.id for each in self.alarms if each.finding.hazard is hazard and _is(each, least)})

    def lines(self) -> int:
        """Every time that a person was told of a hazard at yellow or above."""
        return sum(each.finding.hazard in _HAZARDS and _is(each, Severity.YELLOW) for each in self.alarms)


def _is(alarm: Alarm, least: Severity) -> bool:
    return alarm.finding.phase is not Phase.CLEARED and alarm.finding.level >= least


def watched(path: Path) -> Year:
    """One file (time_utc, sensor, value, label, ...)."""
    rows, parts = _read(path)
    vigil = Vigil(Plan(), parts)
    alarms = [alarm for t_s, name, value in rows for alarm in vigil.add(t_s, name, Sample(value))]
    return Year(path.name.removesuffix(".csv.gz"), (rows[-1][0] - rows[0][0]) / _YEAR_S, alarms)


def _read(path: Path) -> tuple[list[tuple[float, str, float]], Mapping[str, Part]]:
    rows, parts = [], {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            kind = column(row["sensor"])
            if kind is None or kind.part is None or row["label"] == "1" or not row["value"]:
                continue
            parts[row["sensor"]] = kind.part
            value = float(row["value"])
            if value > _SENTINEL:
                when = datetime.fromisoformat(row["time_utc"]).timestamp()
                rows.append((when, row["sensor"], value * kind.factor + kind.offset))
    rows.sort(key=itemgetter(0))
    return rows, parts


def _line(alarm: Alarm) -> str:
    finding = alarm.finding
    when = datetime.fromtimestamp(finding.utc_s, UTC).strftime("%Y-%m-%d %H:%M")
    numbers = ", ".join(f"{name} {value:.4g}" for name, value in finding.evidence.items())
    level = finding.level.name.lower()
    about = finding.subject or "site"
    return f"  {when} {finding.hazard} {finding.phase} {level} {about} {finding.mechanism}: {numbers}"


def _heading(year: Year) -> str:
    acid, ground = (year.incidents(each, Severity.YELLOW) for each in _HAZARDS)
    advisories = sum(year.incidents(each, Severity.BLUE) for each in _HAZARDS) - acid - ground
    notices = year.incidents(Hazard.SENSOR, Severity.BLUE)
    return (
        f"{year.name}: {year.years:.2f} years; alarms: acid drainage {acid}, ground {ground}; "
        f"advisories {advisories}; notices of probes {notices}"
    )


def main() -> None:
    """Every file with something that can be watched: its alarms, then how many."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection.years", description=__doc__)
    parser.add_argument("data", type=Path, help="directory of real series")
    parser.add_argument("--notices", action="store_true", help="list what is told of probes, too")
    parser.add_argument("--only", default="*", help="pattern of the files' names")
    args = parser.parse_args()
    os.nice(19 - os.nice(0))
    alarms, lines, years = 0, 0, 0.0
    for path in sorted(args.data.glob(f"{args.only}.csv.gz")):
        year = watched(path)
        alarms += sum(year.incidents(each, Severity.YELLOW) for each in _HAZARDS)
        lines += year.lines()
        years += year.years
        print(_heading(year))
        for alarm in year.alarms:
            if args.notices or alarm.finding.hazard in _HAZARDS:
                print(_line(alarm))
    print(f"{alarms} alarms, {lines} lines, in {years:.1f} station-years = {alarms / years:.2f} a year")


if __name__ == "__main__":
    main()
