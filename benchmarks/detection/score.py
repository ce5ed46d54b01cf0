"""Counting: episodes found and how late, alarms that were none, by class, size and background."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from benchmarks.detection.run import Raised, Result

_STEP_H = 0.25
_YEAR_H = 365.25 * 24.0
_COUNTS = ("amber", "red")


class Found(NamedTuple):
    """One episode: its size, and how many hours it took, None if it was missed."""

    magnitude: float
    delay_h: float | None


class Score(NamedTuple):
    """Episodes by class; false alarms and hours by confounder and before onset; of the other hazard."""

    found: dict[str, list[Found]]
    false: dict[str, list[tuple[int, float]]]
    before: tuple[int, float]
    other_hazard: int

    @property
    def recall(self) -> float:
        """Of all episodes."""
        every = [one for some in self.found.values() for one in some]
        return _share(every)

    @property
    def false_per_year(self) -> float:
        """In the weeks of confounders."""
        every = [one for some in self.false.values() for one in some]
        return _per_year(every)


def score(results: list[Result]) -> Score:
    """As the scorer of the acceptance set counts: alerts after the warm-up, of level amber or red."""
    found: dict[str, list[Found]] = {}
    false: dict[str, list[tuple[int, float]]] = {}
    before, before_h, other = 0, 0.0, 0
    for result in results:
        truth = result.truth
        alerts = [
            one for one in result.raised if truth.eval_start <= one.at <= truth.end and one.level in _COUNTS
        ]
        if truth.kind == "confounder":
            hours = (truth.end - truth.eval_start) * _STEP_H
            false.setdefault(truth.name, []).append((len(alerts), hours))
            continue
        found.setdefault(truth.name, []).append(Found(truth.magnitude, _delay(result, alerts)))
        before += sum(one.at < truth.onset for one in alerts)
        before_h += (truth.onset - truth.eval_start) * _STEP_H
        other += sum(one.at >= truth.onset and one.hazard != truth.hazard for one in alerts)
    return Score(found, false, (before, before_h), other)


def _delay(result: Result, alerts: list[Raised]) -> float | None:
    truth = result.truth
    hits = [
        one.at for one in alerts if one.hazard == truth.hazard and truth.onset <= one.at <= truth.detect_by
    ]
    return (min(hits) - truth.onset) * _STEP_H if hits else None


def _share(some: list[Found]) -> float:
    return sum(one.delay_h is not None for one in some) / len(some) if some else float("nan")


def _per_year(some: list[tuple[int, float]]) -> float:
    hours = sum(each for _, each in some)
    return sum(count for count, _ in some) / hours * _YEAR_H if hours else float("nan")


def _thirds(some: list[Found]) -> str:
    """Recall of the smallest, the middle and the greatest third."""
    some = sorted(some, key=lambda one: one.magnitude)
    cuts = [round(len(some) * part / 3) for part in range(4)]
    return " ".join(f"{_share(some[low:high]):5.2f}" for low, high in pairwise(cuts))


def table(counted: Score) -> str:
    """For people."""
    lines = [f"{'episode':<24}{'found':>9}{'recall':>8}{'median h':>10}{'worst h':>9}   small, middle, great"]
    for name, some in counted.found.items():
        delays = [one.delay_h for one in some if one.delay_h is not None]
        shown = f"{median(delays):10.1f}{max(delays):9.1f}" if delays else f"{'-':>10}{'-':>9}"
        lines.append(
            f"{name:<24}{f'{len(delays)}/{len(some)}':>9}{_share(some):8.3f}{shown}   {_thirds(some)}"
        )
    lines.append(f"{'confounder':<24}{'alarmed':>9}{'alarms':>8}{'per site-year':>16}")
    for name, weeks in counted.false.items():
        bad = sum(count > 0 for count, _ in weeks)
        alarms = sum(count for count, _ in weeks)
        lines.append(f"{name:<24}{f'{bad}/{len(weeks)}':>9}{alarms:8}{_per_year(weeks):16.1f}")
    alarms, hours = counted.before
    lines.append(
        f"recall {counted.recall:.3f}; false alarms per site-year: "
        f"{counted.false_per_year:.1f} with confounders, "
        f"{_per_year([counted.before]):.1f} before onset ({alarms} in {hours / 24.0:.0f} days); "
        f"of the other hazard after onset: {counted.other_hazard}"
    )
    return "\n".join(lines)
