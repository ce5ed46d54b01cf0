"""`python -m benchmarks.quality.cost`: what each test costs for a value, and what it remembers.

Once for a signal that lives and once for one that is stuck, at a period of 15 minutes and at one of a second.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from agent.acquire.quality.attenuated import Attenuated
from agent.acquire.quality.climatology import Climatology, Season
from agent.acquire.quality.contract import Sample
from agent.acquire.quality.flat_line import FlatLine
from agent.acquire.quality.gap import Gap
from agent.acquire.quality.rate import Rate
from agent.acquire.quality.reading import Limits
from agent.acquire.quality.spike import Spike
from agent.acquire.quality.syntax import Syntax

if TYPE_CHECKING:
    from agent.acquire.quality.contract import State, Test

_SAMPLES, _ROUNDS = 20_000, 3


def _tests(gap_s: float) -> dict[str, Test]:
    return {
        "gap": Gap(longest_s=gap_s),
        "syntax": Syntax(codes=(-9999.0, -999.0, -99.99, 7999.0)),
        "climatology": Climatology(seasons=[Season(Limits(5.0, 9.0))]),
        "rate": Rate(suspect_per_s=0.1, longest_gap_s=gap_s),
        "spike": Spike(suspect=0.3, fail=1.0, longest_gap_s=gap_s),
        "flat line": FlatLine(suspect_s=21_600.0, fail_s=43_200.0, tolerance=0.01, longest_gap_s=gap_s),
        "attenuated": Attenuated(suspect=0.01, window_s=172_800.0, longest_gap_s=gap_s),
    }


def _samples(period_s: float, *, stuck: bool) -> list[Sample]:
    dice = random.Random(1)
    values = (7.0 if stuck else round(7.0 + dice.gauss(0, 0.05), 3) for _ in range(_SAMPLES))
    return [Sample(step * period_s, value, 1.6e9 + step * period_s) for step, value in enumerate(values)]


def _microseconds(test: Test, samples: list[Sample]) -> float:
    """Per value."""
    begin_s = time.perf_counter()
    for sample in samples:
        test.update(sample)
    return (time.perf_counter() - begin_s) / len(samples) * 1e6


def _numbers(state: State) -> int:
    if isinstance(state, list):
        return sum(map(_numbers, state))
    return 0 if state is None else 1


def main() -> None:
    """Print the table."""
    print(f"{'test':<12} {'period s':>8} {'signal':>8} {'us a value':>11} {'numbers kept':>13}")
    for period_s in (900.0, 1.0):
        for stuck in (False, True):
            samples = _samples(period_s, stuck=stuck)
            for name in _tests(1.0):
                tests = [_tests(3 * period_s)[name] for _ in range(_ROUNDS)]
                cost_us = min(_microseconds(test, samples) for test in tests)
                kept = _numbers(tests[0].state())
                signal = "stuck" if stuck else "alive"
                print(f"{name:<12} {period_s:>8.0f} {signal:>8} {cost_us:>11.2f} {kept:>13}")


if __name__ == "__main__":
    main()
