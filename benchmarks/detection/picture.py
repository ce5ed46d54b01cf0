"""A drawing of one case: every channel, what was laid where, and the alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.detection.course import CHANNELS, DAY

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.detection.cases import Case
    from benchmarks.detection.run import Raised


def draw(case: Case, raised: list[Raised], path: Path) -> None:
    """Write a PNG; sentinels are left out so that the rest can be seen."""
    import matplotlib as mpl  # noqa: PLC0415 - optional

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    truth, course = case.truth, case.course
    figure, rows = plt.subplots(len(CHANNELS), 1, figsize=(13, 15), sharex=True)
    days = np.arange(len(course)) / DAY
    for axes, name in zip(rows, CHANNELS, strict=True):
        values = np.where(course.values[name] <= -9990.0, np.nan, course.values[name])
        axes.plot(days, values, linewidth=0.7)
        axes.set_ylabel(name)
        axes.axvline(truth.eval_start / DAY, color="grey")
        if truth.onset >= 0:
            axes.axvspan(truth.onset / DAY, truth.detect_by / DAY, color="orange", alpha=0.2)
        for one in raised:
            colour = {"red": "red", "amber": "darkorange"}.get(one.level, "blue")
            axes.axvline(one.at / DAY, color=colour, linestyle="-" if one.hazard == "amd" else "--")
    rows[0].set_title(f"{truth.case_id}  {course.source}\n" + "; ".join(course.facts), fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=70)
    plt.close(figure)
