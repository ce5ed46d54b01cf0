"""How often the calm came near each threshold, as a table for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.replay.calm import MARKS, hazard_of
from agent.watch.contract import Hazard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.replay.calm import Rate
    from agent.watch.plan import Plan

# With none seen, the bound falls to one a year in so many.
_ENOUGH_YEARS = 3.0
_LEAST_YEARS = 0.1
"""From less than five weeks no rate a year is worth a number."""


def rate_lines(rates: Sequence[Rate], plan: Plan, title: str) -> list[str]:
    """One line a rule, with the key of `[watch]` that moves it; and what a short history cannot show."""
    if not rates:
        return [f"  {title}: the site was never known for long enough to count anything"]
    marks = "".join(f"{f'at {mark:g}':>9}" for mark in MARKS)
    ends = f"{'a year, at most':>18}{'told':>7}{'if false, at most':>19}   moved by"
    lines = [
        f"  {title}: how often the calm came so near to amber, by the share of the evidence that amber needs",
        f"  {'rule':<24}{'years':>7}{marks}{ends}",
    ]
    for rate in rates:
        reached = "".join(f"{count:>9}" for count in rate.reached)
        calm, with_told = _a_year(rate), _a_year(rate, with_told=True)
        counted = f"{rate.years:>7.2f}{reached}{calm:>18}{rate.told:>7}{with_told:>19}"
        lines.append(f"  {rate.rule:<24}{counted}   {_moved_by(rate.rule, plan)}")
    shortest = min(rate.years for rate in rates)
    if shortest < _ENOUGH_YEARS:
        lines.append(
            f"  {shortest:.2f} calm years are too short to show fewer than one false alarm a year: that takes"
            f" {_ENOUGH_YEARS:g} without any"
        )
    return lines


def _a_year(rate: Rate, *, with_told: bool = False) -> str:
    per_year = rate.at_most_per_year(with_told=with_told)
    return "-" if per_year is None or rate.years < _LEAST_YEARS else f"{per_year:.2f}"


def _moved_by(rule: str, plan: Plan) -> str:
    """`watch.acid_drainage.evidence = 1`: the threshold is so many times what is asked by default."""
    hazard = hazard_of(rule)
    hold = plan.acid_drainage if hazard is Hazard.ACID else plan.subsidence
    return f"watch.{hazard}.evidence = {hold.evidence:g}"


def together(stations: Sequence[Sequence[Rate]]) -> list[Rate]:
    """Of all stations, rule by rule."""
    found: dict[str, Rate] = {}
    for rates in stations:
        for rate in rates:
            found[rate.rule] = found[rate.rule] + rate if rate.rule in found else rate
    return list(found.values())
