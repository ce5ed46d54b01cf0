"""Real series on the grid of fifteen minutes, without what a technician called wrong."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.detection.course import STEP_S

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.detection.course import Floats

_ROW_LOST_S = 7200.0


@cache
def record(path: Path) -> dict[str, Floats]:
    """Every sensor of a file (time_utc, sensor, value, label, ...), all from the same moment on.

    NaN where there is no value, where it was labelled 1, or where it is a logger's sentinel. Faster series
    keep the value nearest to the quarter of an hour; hourly ones are joined by lines, rain is shared out.
    """
    rows: dict[str, tuple[list[float], list[float]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            t_s, values = rows.setdefault(row["sensor"], ([], []))
            wrong = row["label"] == "1" or not row["value"]
            t_s.append(datetime.fromisoformat(row["time_utc"]).timestamp())
            values.append(np.nan if wrong else float(row["value"]))
    first = min(t_s[0] for t_s, _ in rows.values())
    last = max(t_s[-1] for t_s, _ in rows.values())
    grid = np.arange(first - first % STEP_S, last, STEP_S)
    return {
        sensor: _on(grid, np.array(t_s), np.array(values), sensor) for sensor, (t_s, values) in rows.items()
    }


def _on(grid: Floats, t_s: Floats, values: Floats, sensor: str) -> Floats:
    values = np.where(values <= -9990.0, np.nan, values)
    step_s = float(np.median(np.diff(t_s)))
    good = np.isfinite(values)
    if sensor == "rain_mm":
        share = max(1.0, step_s / STEP_S)
        return np.nan_to_num(_nearest(grid, t_s, values / share, max(step_s, STEP_S) / 2.0 + 1.0))
    if step_s <= STEP_S:
        return _nearest(grid, t_s, values, STEP_S / 2.0)
    joined = np.interp(grid, t_s[good], values[good])
    after = np.searchsorted(t_s[good], grid)
    before_s = t_s[good][np.clip(after - 1, 0, None)]
    after_s = t_s[good][np.clip(after, None, good.sum() - 1)]
    return np.where((after_s - before_s <= _ROW_LOST_S) & (grid <= after_s), joined, np.nan)


def _nearest(grid: Floats, t_s: Floats, values: Floats, within_s: float) -> Floats:
    after = np.clip(np.searchsorted(t_s, grid), 1, len(t_s) - 1)
    place = np.where(grid - t_s[after - 1] <= t_s[after] - grid, after - 1, after)
    return np.where(np.abs(t_s[place] - grid) <= within_s, values[place], np.nan)


def longest_gap(values: Floats) -> int:
    """Samples in a row without a value."""
    here = np.flatnonzero(np.isfinite(np.concatenate(([0.0], values, [0.0]))))
    return int(np.max(np.diff(here))) - 1
