"""Seeded cases: a quiet station, weeks to learn from, then one thing that happens or only seems to."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.detection import pace as paces
from benchmarks.detection import strange
from benchmarks.detection.background import DEVELOPMENT, REPORT, SHIFTED, Sites, Source, background
from benchmarks.detection.confounders import CONFOUNDERS
from benchmarks.detection.course import CHANNELS, DAY, HOUR, RELATIVE, RESOLUTION, STEP_S, written
from benchmarks.detection.episodes import EPISODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from benchmarks.detection.course import Course, Floats, Rng
    from benchmarks.detection.pace import Pace


class Kit(NamedTuple):
    """What a set of cases is drawn from; `shifted`: its sites have habits that no other set has."""

    seed: int
    sites: Sites
    shifted: bool = False


# Whoever tunes looks at the first only; `extra` is for confirming before the report is opened; `report2` and
# `shifted` were opened before the last rules, `final` and `final_shifted` once, after them; `made` needs no
# files.
_MADE = Sites((Source(""),), (Source(""),))
SETS = {
    "dev": Kit(60_221, DEVELOPMENT),
    "extra": Kit(16_180, DEVELOPMENT),
    "report": Kit(27_182, REPORT),
    "report2": Kit(29_979, REPORT),
    "shifted": Kit(66_743, SHIFTED, shifted=True),
    "final": Kit(57_721, REPORT),
    "final_shifted": Kit(69_314, SHIFTED, shifted=True),
    "last": Kit(87_539, REPORT),
    "last_shifted": Kit(45_233, SHIFTED, shifted=True),
    "made": Kit(31_415, _MADE),
    "made_shifted": Kit(14_142, _MADE, shifted=True),
}
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
    """A truth and what the station saw, at which pace."""

    truth: Truth
    course: Course
    pace: Pace = paces.quarters

    def at(self, index: int) -> datetime:
        """When a sample was taken."""
        return datetime.fromtimestamp(float(self.course.t_s[index]), UTC)

    def step(self, t_s: float) -> int:
        """The sample of the course that stands at a time, or the one before it."""
        return int((t_s - self.course.t_s[0]) // STEP_S)

    def rows(self) -> Iterator[tuple[float, dict[str, float | None]]]:
        """What a detector is given, look by look: seconds since 1970, a value or None by channel."""
        times, values = self.pace(self.course)
        columns = [values[name].tolist() for name in CHANNELS]
        for t_s, *row in zip(times.tolist(), *columns, strict=True):
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
    kit = SETS[which]
    rng = np.random.default_rng([kit.seed, names().index(name), int(number)])
    truth, course = (_episode if name in EPISODES else _confounder)(rng, data, kit, case_id)
    return Case(truth, course, paces.drawn(rng, course) if kit.shifted else paces.quarters)


def without(case: Case, channels: Iterable[str]) -> Case:
    """The same on a station that lacks some channels."""
    nothing = {name: np.full(len(case.course), np.nan) for name in channels}
    return case._replace(course=replace(case.course, values={**case.course.values, **nothing}))


def _quiet(rng: Rng, data: Path, kit: Kit, count: int, dry: range) -> Course:
    course = background(rng, data, kit.sites, count, dry)
    if kit.shifted:
        strange.shift(rng, course)
    return course


def _episode(rng: Rng, data: Path, kit: Kit, case_id: str) -> tuple[Truth, Course]:
    name = case_id.split("-")[1]
    kind = EPISODES[name]
    warm = int(rng.uniform(14.0, 16.0 if kind.short_wait else 30.0) * DAY)
    onset = warm + int(rng.uniform(0.3, 2.5 if kind.short_wait else 7.0) * DAY)
    count = onset + int(kind.longest_d * DAY) + DAY
    dry = range(onset - int(5.5 * DAY), onset) if kind.dry_before else range(0)
    course = _quiet(rng, data, kit, count, dry)
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
    return truth, _until(course, end)


def _confounder(rng: Rng, data: Path, kit: Kit, case_id: str) -> tuple[Truth, Course]:
    name = case_id.split("-")[1]
    longest_d = CONFOUNDERS[name].longest_d
    warm = int(rng.uniform(14.0, 18.0 if longest_d > 20 else 30.0) * DAY)
    end = warm + int((longest_d + 1.0) * DAY)
    course = _quiet(rng, data, kit, end + 1, range(0))
    at = warm + int(rng.uniform(0.1, 1.0) * DAY)
    parts = [(name, at)]
    if rng.random() < _ALSO:
        others = [each for each in CONFOUNDERS if each != name]
        parts.append((str(rng.choice(others)), at + int(rng.uniform(-0.05, 0.4) * longest_d * DAY)))
    _lay(rng, course, parts)
    return Truth(case_id, "confounder", name, "none", warm, -1, -1, end, 0.0), course


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
        values += given * values if name in RELATIVE else given


def _write(rng: Rng, course: Course) -> None:
    """Digits, lost samples, and now and then hours without power."""
    for name in RESOLUTION:
        course.values[name] = written(name, course.values[name])
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
    times, values = case.pace(case.course)
    stamps = [stamp(datetime.fromtimestamp(each, UTC)) for each in times.tolist()]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("time_utc", "sensor", "value"))
        for name in CHANNELS:
            out.writerows(_present(stamps, name, values[name]))
    return path


def _present(times: list[str], name: str, values: Floats) -> Iterator[tuple[str, str, str]]:
    for when, value in zip(times, values.tolist(), strict=True):
        if not math.isnan(value):
            yield when, name, f"{value:.10g}"
