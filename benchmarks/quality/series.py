"""One channel's series as arrays, and how a station's test runs through it."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agent.acquire.quality.contract import Sample
from agent.model import Flag, Why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from agent.acquire.quality.contract import Test

    Floats = NDArray[np.float64]
    Flags = NDArray[np.int64]
    Mask = NDArray[np.bool_]


class Series(NamedTuple):
    """Times in seconds since 1970, never falling, and values; NaN where one is missing."""

    name: str
    t_s: Floats
    values: Floats

    @property
    def present(self) -> Mask:
        """Where there is a value."""
        return np.isfinite(self.values)

    def only(self, where: Mask) -> Series:
        """The samples of a mask, as if there were no others."""
        return Series(self.name, self.t_s[where], self.values[where])

    @property
    def times(self) -> NDArray[np.datetime64]:
        """As ioos_qc wants them, to the millisecond."""
        return np.round(self.t_s * 1000).astype("datetime64[ms]").astype("datetime64[ns]")

    def segment_begins_s(self, longest_gap_s: float) -> Floats:
        """For each sample, when the first one was since the last gap."""
        begins = np.diff(self.t_s, prepend=-np.inf) > longest_gap_s
        begins[:1] = True
        begins_s: Floats = self.t_s[np.flatnonzero(begins)[np.cumsum(begins) - 1]]
        return begins_s


class Run(NamedTuple):
    """What a test said of a series: MISSING where there is no value."""

    flags: Flags
    why: Flags


def load(path: Path) -> Iterator[Series]:
    """Every sensor of a CSV file (time_utc, sensor, value, ...; maybe gzipped; by sensor, then time)."""
    rows: dict[str, tuple[list[float], list[float]]] = {}
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            t_s, values = rows.setdefault(row["sensor"], ([], []))
            t_s.append(datetime.fromisoformat(row["time_utc"]).timestamp())
            values.append(float(row["value"] or "nan"))
    for sensor, (t_s, values) in rows.items():
        yield Series(sensor, np.array(t_s), np.array(values))


def run(test: Test, series: Series, *, one_late: bool = False) -> Run:
    """Give a test one sample after the other. `one_late`: what it says is about the sample before."""
    said = Run(np.full(len(series.t_s), int(Flag.MISSING)), np.zeros(len(series.t_s), dtype=np.int64))
    last = -1
    for index, (t_s, value) in enumerate(zip(series.t_s.tolist(), series.values.tolist(), strict=True)):
        if value != value:  # noqa: PLR0124 - NaN, faster than isnan
            test.missed(t_s)
            continue
        outcome = test.update(Sample(t_s, value, t_s))
        said.flags[index], said.why[index] = outcome.now
        if one_late and last >= 0:
            said.flags[last], said.why[last] = outcome.before
        last = index
    return said


def over(present: Mask, mine: Mask) -> Mask:
    """A mask of the values that are there, as one of all rows."""
    mask = np.zeros(len(present), dtype=np.bool_)
    mask[present] = mine
    return mask


def spread(present: Mask, mine: Flags) -> Flags:
    """Flags of the values that are there, as those of all rows."""
    flags = np.full(len(present), int(Flag.MISSING))
    flags[present] = mine
    return flags


def has(why: Why, said: Run) -> Mask:
    """Where a reason was given."""
    mask: Mask = (said.why & int(why)) != 0
    return mask
