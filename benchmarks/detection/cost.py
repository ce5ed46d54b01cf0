"""`python -m benchmarks.detection.cost`: what watching costs, and that it keeps no more after a hundred days.

One station of eight channels every quarter of an hour, from cold; its site is made by rule.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
import tracemalloc
from pathlib import Path
from statistics import median

import numpy as np

from agent.watch.watch import Watch
from benchmarks.detection.background import Sites, Source, background
from benchmarks.detection.cases import Case, Truth
from benchmarks.detection.course import CHANNELS, DAY
from benchmarks.detection.watching import tick

_NOTHING = Truth("", "", "", "", 0, -1, -1, 0, 0.0)


def station(days: int) -> Case:
    """A quiet site."""
    sites = Sites((Source(""),), (Source(""),))
    course = background(np.random.default_rng(1), Path(), sites, days * DAY, range(0))
    return Case(_NOTHING, course)


def cost_us(case: Case) -> float:
    """Of one observation, as the mean over the whole time."""
    ticks = [tick(*look) for look in case.rows()]
    watch = Watch()
    begin_s = time.process_time()
    for each in ticks:
        watch.add(each)
    return 1e6 * (time.process_time() - begin_s) / len(ticks) / len(CHANNELS)


def kept_bytes(case: Case, marks: list[int]) -> list[int]:
    """What a watch holds after so many days each."""
    looks = list(case.rows())
    gc.collect()
    tracemalloc.start()
    watch, kept = Watch(), []
    for number, look in enumerate(looks, 1):
        watch.add(tick(*look))
        if number / DAY in marks:
            gc.collect()
            kept.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return kept


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection.cost", description=__doc__)
    parser.add_argument("--days", default="10,30,50,100", help="when memory is looked at")
    parser.add_argument("--times", type=int, default=3, help="the cost is the median of so many runs")
    args = parser.parse_args()
    os.nice(19 - os.nice(0))
    marks = [int(each) for each in args.days.split(",")]
    case = station(max(marks))
    print(f"{median(cost_us(case) for _ in range(args.times)):.1f} us per observation")
    for mark, kept in zip(marks, kept_bytes(case, marks), strict=True):
        print(f"after {mark} days: {kept / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
