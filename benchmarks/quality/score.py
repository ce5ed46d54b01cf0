"""`python -m benchmarks.quality.score DATA SCORER`: flags against technicians' labels, beside others' flags.

DATA is a directory of labelled series (time_utc, sensor, value, label, cls); SCORER the program that compares
flags with labels (`flags --truth FILE --flags FILE --json FILE`). Every station starts cold. Printed is, for
each group of files and each way of flagging: labelled events found, recall, false alarms per sensor-day, and
the time per observation. Files without labels show how often a series that is believed to be good is flagged.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agent.model import Flag
from benchmarks.quality import rivals, site, station

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.quality.series import Flags
    from benchmarks.quality.site import Channel

# Files by the beginning of their names, what the scorer is told beside them, and whether each file is shown.
_LABELLED = {
    "lro_": (),
    "gbr_": ("--tolerance", "7200"),
    "gecco": ("--union", "--tolerance", "1800"),
    "nab_": (),
}
_UNLABELLED = ("neon", "hbef", "well", "usgs", "saqc_soil", "ioos")
_SAME_ALARM_S = 3600.0
_DAY_S = 86400.0


class Judged(NamedTuple):
    """The flags of one file in one way, by sensor, and microseconds per observation."""

    flags: Mapping[str, Flags]
    each_us: float


def ways(these: list[Channel]) -> dict[str, Judged]:
    """Everybody's flags of one station."""
    found = {}
    observations = sum(len(each.series.t_s) for each in these)
    for name, make in (("learned", site.learned), ("standard", site.standard), ("both", site.both)):
        said, took_s = site.judge(these, make)
        each_us = 1e6 * took_s / observations
        found[name] = Judged({sensor: one.when_known for sensor, one in said.items()}, each_us)
        if name == "learned":
            found["learned, at once"] = Judged({sensor: one.now for sensor, one in said.items()}, each_us)
    said, took_s = station.judge(these)
    flags_of = {sensor: one.when_known for sensor, one in said.items()}
    found["station"] = Judged(flags_of, 1e6 * took_s / observations)
    for name, flag in (("hampel", rivals.hampel), ("ioos_qc", rivals.ioos)):
        begin_s = time.perf_counter()
        flags = {each.series.name: flag(each) for each in these}
        found[name] = Judged(flags, 1e6 * (time.perf_counter() - begin_s) / observations)
    return found


def score(
    scorer: Path, pairs: list[tuple[Path, Path]], sensors: set[str], options: tuple[str, ...]
) -> dict[str, Any]:
    """What the scorer says of all sensors together."""
    with tempfile.NamedTemporaryFile(suffix=".json") as answer:
        words = [sys.executable, str(scorer), "flags", *options, "--sensors", ",".join(sorted(sensors))]
        for truth, flags in pairs:
            words += ["--truth", str(truth), "--flags", str(flags)]
        subprocess.run([*words, "--json", answer.name], check=True, stdout=subprocess.DEVNULL)
        result: dict[str, Any] = json.load(answer)["ALL"]
    return result


def write(path: Path, these: list[Channel], judged: Judged) -> None:
    """The rows that speak against a value; the scorer takes the others for good."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("time_utc", "sensor", "flag"))
        for each in these:
            flags = judged.flags[each.series.name]
            for place in np.flatnonzero(flags >= int(Flag.SUSPECT)).tolist():
                at = datetime.fromtimestamp(each.series.t_s[place], UTC)
                rows.writerow((at.isoformat(), each.series.name, flags[place]))


def alarms_per_day(each: Channel, flags: Flags) -> tuple[int, float]:
    """Groups of flags, one more for each further day, and the days of a series that nobody labelled."""
    times = each.series.t_s[(flags >= int(Flag.SUSPECT)) & each.series.present]
    days = float(each.series.present.sum()) * each.period_s / _DAY_S
    if not len(times):
        return 0, days
    begins = np.flatnonzero(np.diff(times, prepend=-np.inf) > _SAME_ALARM_S)
    ends = np.append(begins[1:], len(times)) - 1
    return int(np.sum(1 + (times[ends] - times[begins]) // _DAY_S)), days


def _labelled(paths: list[Path], scorer: Path, options: tuple[str, ...], folder: Path) -> list[list[str]]:
    """A table row per way and group: all files together, and each file where there are several."""
    judged = {path: site.channels(path) for path in paths}
    found = {path: ways(these) for path, these in judged.items()}
    rows = []
    groups = [paths] if len(paths) == 1 else [paths, *([path] for path in paths)]
    for group in groups:
        title = group[0].name.partition(".")[0] if len(group) == 1 else "all of them"
        for way in found[group[0]]:
            pairs = [(path, folder / f"{path.name}-{way}") for path in group]
            for path, flags in pairs:
                write(flags, judged[path], found[path][way])
            sensors = {each.series.name for path in group for each in judged[path]}
            answer = score(scorer, pairs, sensors, options)
            each_us = float(np.mean([found[path][way].each_us for path in group]))
            rows.append(_row(title, way, answer, each_us))
    return rows


def _row(title: str, way: str, answer: dict[str, Any], each_us: float) -> list[str]:
    return [
        title,
        way,
        f"{answer['detected']}/{answer['segments']}",
        f"{answer['recall']:.3f}",
        f"{answer['alarms_false']}",
        f"{answer['false_per_sensor_day']:.4f}",
        f"{answer['precision']:.2f}",
        f"{each_us:.1f}",
    ]


def _unlabelled(paths: list[Path]) -> list[list[str]]:
    rows = []
    for path in paths:
        these = site.channels(path)
        for way, judged in ways(these).items():
            counts = [alarms_per_day(each, judged.flags[each.series.name]) for each in these]
            alarms, days = sum(count for count, _ in counts), sum(days for _, days in counts)
            title = path.name.partition(".")[0]
            rows.append([title, way, f"{alarms}", f"{days:.0f}", f"{alarms / days:.4f}"])
    return rows


def _print(headings: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[index]) for row in [headings, *rows]) for index in range(len(headings))]
    for row in [headings, *rows]:
        first, second, *others = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join([first, second, *(cell.strip().rjust(len(cell)) for cell in others)]).rstrip())
    print()


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.score", description=__doc__)
    parser.add_argument("data", type=Path, help="directory of labelled series")
    parser.add_argument("scorer", type=Path, help="program that compares flags with labels")
    parser.add_argument("--only", default="", help="only files whose names begin so")
    args = parser.parse_args()
    files = sorted(path for path in args.data.glob("*.csv*") if path.name.startswith(args.only))
    headings = ["series", "flags", "found", "recall", "false", "per sensor-day", "precision", "us"]
    with tempfile.TemporaryDirectory() as folder:
        for prefix, options in _LABELLED.items():
            paths = [path for path in files if path.name.startswith(prefix)]
            if paths:
                _print(headings, _labelled(paths, args.scorer, options, Path(folder)))
    paths = [path for path in files if path.name.startswith(_UNLABELLED)]
    if paths:
        _print(["unlabelled", "flags", "alarms", "sensor-days", "per sensor-day"], _unlabelled(paths))
    return 0


if __name__ == "__main__":
    sys.exit(main())
