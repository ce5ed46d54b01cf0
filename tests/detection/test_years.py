"""What is told of a whole series, and what watching it keeps."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from agent.model import Severity
from agent.watch.contract import Hazard
from benchmarks.detection import cases, cost, years


def _series(folder: Path) -> Path:
    """A well that drains, as a file of the field; its worst hours were called wrong, in part by -9999."""
    case = cases.one(Path(), "made-strata_drain-001")
    with cases.write_series(case, folder).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    path = folder / "well.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("time_utc", "sensor", "value", "label", "cls"))
        for row in rows:
            out.writerow((row["time_utc"], row["sensor"], row["value"], 0, ""))
            out.writerow((row["time_utc"], "head_m", 100.0, 1, "q1"))
        out.writerow((rows[-1]["time_utc"], "head_m", -9999, 0, ""))
        out.writerow((rows[-1]["time_utc"], "battery_mv", 12, 0, ""))
    return path


def test_a_series_is_watched_without_what_a_technician_called_wrong(tmp_path: Path) -> None:
    year = years.watched(_series(tmp_path))
    assert year.name == "well"
    assert year.incidents(Hazard.GROUND, Severity.YELLOW) == 1
    assert year.incidents(Hazard.ACID, Severity.BLUE) == 0
    assert year.lines() >= 1
    assert 14 < year.years * 365.25 < 40


def test_a_watch_keeps_no_more_after_a_fortnight_than_after_a_week() -> None:
    week, fortnight = cost.kept_bytes(cost.station(15), [8, 15])
    assert fortnight == pytest.approx(week, rel=0.05)
