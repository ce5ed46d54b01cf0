"""One measured number, and the table of them. Pure."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADINGS = ("name", "measured", "budget", "unit", "how")


class Result(NamedTuple):
    """A number beside its budget. `at_least` says that the budget is a floor, not a ceiling."""

    name: str
    measured: float
    unit: str
    how: str
    budget: float | None = None
    at_least: bool = False

    @property
    def missed(self) -> bool:
        """Whether the number is on the wrong side of its budget."""
        if self.budget is None:
            return False
        return self.measured < self.budget if self.at_least else self.measured > self.budget


def row(result: Result) -> tuple[str, ...]:
    """A result as words, a missed budget marked."""
    sign = ">= " if result.at_least else ""
    budget = "" if result.budget is None else sign + number(result.budget)
    mark = " MISS" if result.missed else ""
    return result.name, number(result.measured), budget + mark, result.unit, result.how


def table(results: Sequence[Result]) -> str:
    """Lines in columns, for a terminal."""
    rows = [_HEADINGS, *map(row, results)]
    widths = [max(len(each[column]) for each in rows) for column in range(len(_HEADINGS) - 1)]
    return "\n".join(_line(each, widths) for each in rows)


def number(value: float) -> str:
    """Three digits that matter, and no exponent."""
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of `values` do not exceed (nearest rank)."""
    return sorted(values)[max(1, ceil(percent / 100 * len(values))) - 1]


def _line(words: tuple[str, ...], widths: list[int]) -> str:
    name, measured, *rest = words
    cells = [name.ljust(widths[0]), measured.rjust(widths[1])]
    cells += [word.ljust(width) for word, width in zip(rest, widths[2:], strict=False)]
    return "  ".join([*cells, rest[-1]]).rstrip()
