"""Channels that are read less often than a block is long: between two readings the last one holds. Pure.

Without it a probe that is read once an hour would be taken for silent three quarters of the time. How often a
channel is read is seen in what it says, and a reading holds for twice as long: one that is lost, or comes a
little later than usual, is no silence. What holds is no new witness (`Cell.held`), and a reading that is said
to be missing ends it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agent.config.watched import SLOWEST_S
from agent.watch.contract import BLOCK_S, Cell, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEPS = 9
_TIMES = 2.0
_LONGEST_S = 8 * SLOWEST_S
"""A reading of two days ago says nothing of now, however seldom a channel is read."""
_UNKNOWN_S = SLOWEST_S
"""The step of a channel that was read once: nobody knows yet when the second is due."""


class Said(NamedTuple):
    """How often a channel spoke in a block, when it did last, and whether that was without a value."""

    times: int
    last_s: float
    missing: bool


class _Heard(NamedTuple):
    """What a channel said last, when, and the seconds from one reading to the next of the last blocks."""

    cell: Cell
    said: Said
    steps_s: deque[float]

    def holds(self, utc_s: float) -> bool:
        """Whether its next reading is not overdue at a time."""
        if self.said.missing or self.cell.value is None:
            return False
        # One long gap is an outage, and not how often it is read; a pace that sways has two.
        usual_s = sorted(self.steps_s)[-2:][0] if self.steps_s else _UNKNOWN_S
        return utc_s - self.said.last_s < min(_TIMES * usual_s, _LONGEST_S)


class Paces:
    """All channels of a station."""

    def __init__(self) -> None:
        self._heard: dict[tuple[Role, str], _Heard] = {}

    def completed(
        self,
        number: int,
        cells: Mapping[Role, Mapping[str, Cell]],
        said: Mapping[tuple[Role, str], Said],
    ) -> Mapping[Role, Mapping[str, Cell]]:
        """The cells of the next block, with what still holds of those that said nothing in it."""
        for (role, name), each in said.items():
            self._hear(role, name, cells[role][name], each)
        utc_s = (number + 1) * BLOCK_S
        held = [
            (role, name, each.cell)
            for (role, name), each in self._heard.items()
            if (role, name) not in said and each.holds(utc_s)
        ]
        if not held:
            return cells
        whole = {role: dict(channels) for role, channels in cells.items()}
        for role, name, cell in held:
            # Rain is what fell since the reading before.
            value = 0.0 if role is Role.RAIN else cell.value
            whole.setdefault(role, {})[name] = Cell(value, cell.why, held=True)
        return whole

    def _hear(self, role: Role, name: str, cell: Cell, said: Said) -> None:
        before = self._heard.get((role, name))
        steps_s = before.steps_s if before else deque(maxlen=_STEPS)
        if before:
            steps_s.append((said.last_s - before.said.last_s) / said.times)
        self._heard[role, name] = _Heard(cell, said, steps_s)
