"""Several channels at a level make the next one: the gravest assessment, made graver by their number. Pure.

The rule for tailings ponds in China: four points at blue make yellow, three at yellow orange, two at orange
red.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.watch.contract import Assessment

_COUNTED = (Severity.BLUE, Severity.YELLOW, Severity.ORANGE)


def gravest(asked: Sequence[Assessment], by_count: Sequence[int] = ()) -> Assessment | None:
    """The one of the highest level, then of the highest confidence; None of none.

    Args:
        asked: at most one of a channel's assessments counts: its gravest.
        by_count: so many channels at blue, at yellow, at orange, or above, make the next level.
    """
    worst = max(asked, key=lambda each: (each.level, each.confidence), default=None)
    if worst is None:
        return None
    for level, enough in reversed(list(zip(_COUNTED, by_count, strict=False))):
        channels = len({each.subject for each in asked if each.level >= level})
        if channels >= enough and worst.level <= level:
            word = level.name.lower()
            counted = {f"channels_{word}": float(channels), f"channels_{word}_from": float(enough)}
            return worst._replace(level=Severity(level + 1), evidence={**worst.evidence, **counted})
    return worst
