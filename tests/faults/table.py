"""The one table: what was tried, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.history import Verdict

_HEAD = (
    "fault", "what", "tried", "expected", "delivered", "duplicated", "reported", "lost", "alerts",
    "alerts lost", "wrong", "seed", "s", "note",
)  # fmt: skip
_WORDS = {"fault", "what", "note"}


class Line(NamedTuple):
    """One scene, played `tried` times."""

    fault: str
    what: str
    tried: int
    verdict: Verdict
    seed: int
    seconds: float
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """As printed. `wrong` holds altered and invented ones together."""
        verdict = self.verdict
        numbers = (
            self.tried, verdict.expected, verdict.delivered, verdict.duplicated, verdict.reported,
            verdict.lost, verdict.alerts, verdict.alerts_lost, verdict.wrong + verdict.unknown, self.seed,
        )  # fmt: skip
        return (self.fault, self.what, *map(str, numbers), f"{self.seconds:.0f}", self.note)


def render(lines: Iterable[Line]) -> str:
    """A Markdown table, readable as it is."""
    rows = [_HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    shown = ["| " + " | ".join(map(_padded, row, widths, _HEAD)) + " |" for row in rows]
    rule = (
        "|"
        + "|".join(
            "-" * (width + 1) + ("-" if _is_words(name) else ":")
            for width, name in zip(widths, _HEAD, strict=True)
        )
        + "|"
    )
    return "\n".join([shown[0], rule, *shown[1:]])


def _padded(cell: str, width: int, name: str) -> str:
    return cell.ljust(width) if _is_words(name) else cell.rjust(width)


def _is_words(name: str) -> bool:
    return name in _WORDS
