"""Rows of numbers as they come back from JSON: checked before a test takes them up. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.acquire.quality.contract import State


def row(state: State, width: int) -> tuple[float, ...]:
    """`width` finite numbers, as they are. Raises ValueError on anything else."""
    if not isinstance(state, list | tuple) or len(state) != width:
        raise ValueError(f"{width} numbers were expected, not {state!r:.60}")
    for each in state:
        if isinstance(each, bool) or not isinstance(each, int | float) or not math.isfinite(each):
            raise ValueError(f"a finite number was expected, not {each!r:.60}")
    return tuple(state)


def rows(state: State, width: int, most: int) -> list[tuple[float, ...]]:
    """At most `most` rows of `width` finite numbers. Raises ValueError on anything else."""
    if not isinstance(state, list | tuple) or len(state) > most:
        raise ValueError(f"at most {most} rows of {width} numbers were expected, not {state!r:.60}")
    return [row(each, width) for each in state]
