"""How often the calm came near each threshold, as a table for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.replay.calm import MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.replay.calm import Rate

# With none seen, the bound falls to one a year in so many.
_ENOUGH_YEARS = 3.0


def rate_lines(rates: Sequence[Rate], title: str) -> list[str]:
    """One line a rule, and what a short history cannot show."""
    marks = "".join(f"{f'at {mark:g}':>9}" for mark in MARKS)
    if not rates:
        return [f"  {title}: the site was never known for long enough to count anything"]
    lines = [
        f"  {title}: how often the calm came so near to amber, by the share of the evidence that amber needs",
        f"  {'rule':<24}{'years':>7}{'told':>6}{marks}{'a year at 1':>13}{'at most':>9}",
    ]
    for rate in rates:
        reached = "".join(f"{count:>9}" for count in rate.reached)
        most = rate.at_most_per_year
        a_year = (
            f"{rate.reached[-1] / rate.years:>13.2f}{most:>9.2f}"
            if most is not None
            else f"{'-':>13}{'-':>9}"
        )
        lines.append(f"  {rate.rule:<24}{rate.years:>7.2f}{rate.told:>6}{reached}{a_year}")
    shortest = min(rate.years for rate in rates)
    if shortest < _ENOUGH_YEARS:
        lines.append(
            f"  {shortest:.2f} calm years are too short to show fewer than one false alarm a year: that takes"
            f" {_ENOUGH_YEARS:g} without any"
        )
    return lines


def together(stations: Sequence[Sequence[Rate]]) -> list[Rate]:
    """Of all stations, rule by rule."""
    found: dict[str, Rate] = {}
    for rates in stations:
        for rate in rates:
            found[rate.rule] = found[rate.rule] + rate if rate.rule in found else rate
    return list(found.values())
