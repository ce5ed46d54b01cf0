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
    if not rates:
        return [f"  {title}: the site was never known for long enough to count anything"]
    marks = "".join(f"{f'at {mark:g}':>9}" for mark in MARKS)
    lines = [
        f"  {title}: how often the calm came so near to amber, by the share of the evidence that amber needs",
        f"  {'rule':<24}{'years':>7}{marks}{'a year, at most':>18}{'told':>7}{'if false, at most':>19}",
    ]
    for rate in rates:
        reached = "".join(f"{count:>9}" for count in rate.reached)
        calm, with_told = _words(rate.at_most_per_year()), _words(rate.at_most_per_year(with_told=True))
        lines.append(f"  {rate.rule:<24}{rate.years:>7.2f}{reached}{calm:>18}{rate.told:>7}{with_told:>19}")
    shortest = min(rate.years for rate in rates)
    if shortest < _ENOUGH_YEARS:
        lines.append(
            f"  {shortest:.2f} calm years are too short to show fewer than one false alarm a year: that takes"
            f" {_ENOUGH_YEARS:g} without any"
        )
    return lines


def _words(per_year: float | None) -> str:
    return "-" if per_year is None else f"{per_year:.2f}"


def together(stations: Sequence[Sequence[Rate]]) -> list[Rate]:
    """Of all stations, rule by rule."""
    found: dict[str, Rate] = {}
    for rates in stations:
        for rate in rates:
            found[rate.rule] = found[rate.rule] + rate if rate.rule in found else rate
    return list(found.values())
