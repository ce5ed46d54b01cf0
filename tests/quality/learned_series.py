"""Series for the tests that learn: made of sums, the same every time."""

from __future__ import annotations

from math import sin, tau
from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.quality.contract import Sample
from agent.acquire.quality.learned.learned import Learned
from agent.acquire.quality.learned.scene import Scene
from agent.acquire.quality.learned.traits import TRAITS
from agent.model import Flag, Why

if TYPE_CHECKING:
    from collections.abc import Iterable

PERIOD_S = 900.0
DAY = 96  # values


class Said(NamedTuple):
    """What was said, by the index of the value: at once, and one late."""

    now: dict[int, Why]
    late: dict[int, Why]


def noise(index: int) -> float:
    """Between -1 and 1, as good as random, and the same on every machine."""
    return (index * 7919 % 2003) / 1001.0 - 1.0


def day(count: int, middle: float, swing: float, grain: float) -> list[float]:
    """A daily wave with noise, rounded to hundredths."""
    return [
        round(middle + swing * sin(tau * index / DAY) + grain * noise(index), 2) for index in range(count)
    ]


def learner(quantity: str, scene: Scene | None = None, name: str = "one") -> Learned:
    """A test as a station would make it."""
    return Learned(name=name, traits=TRAITS[quantity], scene=scene or Scene(), period_s=PERIOD_S)


def judged(test: Learned, values: Iterable[float | None], first: int = 0) -> Said:
    """All that is held against some values; None is a value that did not come."""
    said = Said({}, {})
    last = None
    for index, value in enumerate(values, first):
        if value is None:
            test.missed(index * PERIOD_S)
            continue
        outcome = test.update(Sample(index * PERIOD_S, value))
        if outcome.now.flag >= Flag.SUSPECT:
            said.now[index] = outcome.now.why
        if outcome.before.flag >= Flag.SUSPECT and last is not None:
            said.late[last] = outcome.before.why
        last = index
    return said
