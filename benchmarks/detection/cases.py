"""Seeded cases: a quiet station, weeks to learn from, then one thing that happens or only seems to."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.detection.background import DEVELOPMENT, REPORT, Sites, Source, background
from benchmarks.detection.confounders import CONFOUNDERS
from benchmarks.detection.course import CHANNELS, DAY, HOUR
from benchmarks.detection.episodes import EPISODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from benchmarks.detection.course import Course, Floats, Rng

# A set's seed. Whoever tunes looks at the first only; `extra` is for confirming before the report is opened;
# `made` needs no files.
SETS: dict[str, tuple[int, Sites]] = {
    "dev": (60_221, DEVELOPMENT),
    "extra": (16_180, DEVELOPMENT),
    "report": (27_182, REPORT),
    "made": (31_415, Sites((Source(""),), (Source(""),))),
}
_STEP = {
    "ph": 0.01,
    "turbidity_ntu": 0.01,
    "ec_us_cm": 0.1,
    "soil_vwc": 0.0001,
    "head_m": 0.001,
    "baro_kpa": 0.01,
}
_RELATIVE = ("ec_us_cm", "turbidity_ntu")
_ALSO = 0.3  # of the cases have a second thing in them
# What may fall on an episode without hiding the very channel that shows it.
_BESIDE = {
    "amd": ("storm_dilution", "calibration_visit", "bubbles", "baro_swing", "purge_sampling", "wetting"),
    "ground": (
        "storm_dilution",
        "calibration_visit",
        "bubbles",
        "baro_swing",
        "ph_drift",
        "salt_pulse",
        "turbidity_fouling",
    ),
}


class Truth(NamedTuple):
    """What is true of a case. Indices into its course; -1 for onset and detect_by of a confounder."""

    case_id: str
    kind: str  # episode | confounder
    name: str  # its class
    hazard: str  # amd | ground | none
    eval_start: int
    onset: int
    detect_by: int
    end: int
    magnitude: float


class Case(NamedTuple):
    """A truth and what the station saw."""

    truth: Truth
    course: Course

    def at(self, index: int) -> datetime:
        """When a sample was taken."""
        return datetime.fromtimestamp(float(self.course.t_s[index]), UTC)

    def rows(self) -> Iterator[tuple[float, dict[str, float | None]]]:
        """What a detector is given, step by step: seconds since 1970, a value or None by channel."""
        columns = [self.course.values[name].tolist() for name in CHANNELS]
        for t_s, *row in zip(self.course.t_s.tolist(), *columns, strict=True):
            yield t_s, {name: _known(value) for name, value in zip(CHANNELS, row, strict=True)}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def names() -> list[str]:
    """Every class, episodes first."""
    return [*EPISODES, *CONFOUNDERS]


def draw(data: Path, which: str, each: int, only: Iterable[str] = ()) -> Iterator[Case]:
    """`each` cases of every class (or of some), always the same ones."""
    for name in only or names():
        for number in range(each):
            yield one(data, f"{which}-{name}-{number:03d}")


def one(data: Path, case_id: str) -> Case:
    """A case by its name: SET-CLASS-NUMBER."""
    which, name, number = case_id.split("-")
    seed, sites = SETS[which]
    rng = np.random.default_rng([seed, names().index(name), int(number)])
    return _episode(rng, data, sites, case_id) if name in EPISODES else _confounder(rng, data, sites, case_id)


def without(case: Case, channels: Iterable[str]) -> Case:
    """The same on a station that lacks some channels."""
    nothing = {name: np.full(len(case.course), np.nan) for name in channels}
    return Case(case.truth, replace(case.course, values={**case.course.values, **nothing}))


def _episode(rng: Rng, data: Path, sites: Sites, case_id: str) -> Case:
    name = case_id.split("-")[1]
    kind = EPISODES[name]
    warm = int(rng.uniform(14.0, 16.0 if kind.short_wait else 30.0) * DAY)
    onset = warm + int(rng.uniform(0.3, 2.5 if kind.short_wait else 7.0) * DAY)
    count = onset + int(kind.longest_d * DAY) + DAY
    dry = range(onset - int(5.5 * DAY), onset) if kind.dry_before else range(0)
    course = background(rng, data, sites, count, dry)
    laid = kind.lay(rng, course, onset)
    beside = str(rng.choice(_BESIDE[kind.hazard])) if rng.random() < _ALSO else ""
    span = max(4 * HOUR, min(laid.detect_by - onset, 4 * DAY))
    at = min(count - 1, onset + int(rng.uniform(-0.3, 0.7) * span))
    if kind.dry_before and beside == "storm_dilution":
        beside = "bubbles"
    _lay(rng, course, [(beside, at)] if beside else [])
    end = min(laid.end, count - 1)
    truth = Truth(
        case_id,
        "episode",
        name,
        kind.hazard,
        warm,
        onset,
        min(laid.detect_by, count - 1),
        end,
        laid.magnitude,
    )
    return Case(truth, _until(course, end))


def _confounder(rng: Rng, data: Path, sites: Sites, case_id: str) -> Case:
    name = case_id.split("-")[1]
    longest_d = CONFOUNDERS[name].longest_d
    warm = int(rng.uniform(14.0, 18.0 if longest_d > 20 else 30.0) * DAY)
    end = warm + int((longest_d + 1.0) * DAY)
    course = background(rng, data, sites, end + 1, range(0))
    at = warm + int(rng.uniform(0.1, 1.0) * DAY)
    parts = [(name, at)]
    if rng.random() < _ALSO:
        others = [each for each in CONFOUNDERS if each != name]
        parts.append((str(rng.choice(others)), at + int(rng.uniform(-0.05, 0.4) * longest_d * DAY)))
    _lay(rng, course, parts)
    return Case(Truth(case_id, "confounder", name, "none", warm, -1, -1, end, 0.0), course)


def _lay(rng: Rng, course: Course, parts: list[tuple[str, int]]) -> None:
    """Nature, then the noise of the instruments, then what ails them, then what is written down of it."""
    for of_probe in (False, True):
        if of_probe:
            _noise(rng, course)
        for name, at in parts:
            if CONFOUNDERS[name].of_probe == of_probe:
                CONFOUNDERS[name].lay(rng, course, at)
    _write(rng, course)


def _noise(rng: Rng, course: Course) -> None:
    for name in sorted(course.made):
        values, size = course.values[name], course.nature.noise[name]
        given = rng.normal(0.0, size, len(course))
        values += given * values if name in _RELATIVE else given


def _write(rng: Rng, course: Course) -> None:
    """Digits, lost samples, and now and then hours without power."""
    for name, step in _STEP.items():
        course.values[name] = np.round(course.values[name] / step) * step
    for name in CHANNELS:
        course.values[name][rng.random(len(course)) < 0.002] = np.nan
    for begin in np.flatnonzero(rng.random(len(course)) < 1.0 / (18.0 * DAY)).tolist():
        end = begin + int(rng.uniform(0.5, 6.0) * HOUR)
        for name in CHANNELS:
            course.values[name][begin:end] = np.nan


def _until(course: Course, end: int) -> Course:
    values = {name: each[: end + 1] for name, each in course.values.items()}
    return replace(course, t_s=course.t_s[: end + 1], values=values)


TRUTH_COLUMNS = (
    "case_id", "kind", "class", "hazard", "eval_start_utc", "onset_utc", "detect_by_utc", "end_utc",
    "magnitude",
    "source",
)  # fmt: skip


def truth_row(case: Case) -> tuple[str, ...]:
    """As the scorer reads it."""
    truth = case.truth
    onset, until = (stamp(case.at(index)) if index >= 0 else "" for index in (truth.onset, truth.detect_by))
    return (
        truth.case_id, truth.kind, truth.name, truth.hazard, stamp(case.at(truth.eval_start)), onset, until,
        stamp(case.at(truth.end)), f"{truth.magnitude:.4g}", case.course.source,
    )  # fmt: skip


def stamp(when: datetime) -> str:
    """ISO 8601 with Z."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_series(case: Case, folder: Path) -> Path:
    """The case as a file: time_utc, sensor, value; no row where a value is missing."""
    path = folder / f"{case.truth.case_id}.csv"
    times = [stamp(case.at(index)) for index in range(len(case.course))]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("time_utc", "sensor", "value"))
        for name in CHANNELS:
            out.writerows(_present(times, name, case.course.values[name]))
    return path


def _present(times: list[str], name: str, values: Floats) -> Iterator[tuple[str, str, str]]:
    for when, value in zip(times, values.tolist(), strict=True):
        if not math.isnan(value):
            yield when, name, f"{value:.10g}"
