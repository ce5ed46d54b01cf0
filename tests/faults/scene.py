"""What a scene is, and how it is performed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from tests.faults.stage import Stage
from tests.faults.table import Line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.history import Verdict


class Scene(NamedTuple):
    """One fault. `play` tries it `stage.rounds` times and judges; `short` and `long` are how many.

    A `control` is a spoilt agent or a spoilt check: there the checker has to find something.
    """

    fault: str
    what: str
    play: Callable[[Stage], Verdict]
    short: int
    long: int
    control: bool = False

    @property
    def name(self) -> str:
        """As in the table."""
        return f"{self.fault} control" if self.control else self.fault


def perform(scene: Scene, folder: Path, seed: int, rounds: int, agents: str = "agent") -> Line:
    """Play it and return its line of the table. `agents`: see `Stage`."""
    began_s = time.monotonic()
    # What a control lacks never comes, and waiting for it proves nothing.
    with Stage(folder, seed, rounds, agents, on_the_way_s=1.0 if scene.control else 3.0) as stage:
        verdict = scene.play(stage)
        tried, note = stage.tried, stage.note
    return Line(scene.name, scene.what, tried, verdict, seed, time.monotonic() - began_s, note)


def is_as_it_should_be(scene: Scene, line: Line) -> bool:
    """Clean, or, of a control, caught."""
    return line.verdict.is_clean is not scene.control
