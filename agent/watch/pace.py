"""Channels that are read less often than a block is long: between two readings the last one holds. Pure.

Without it a probe that is read once an hour would be taken for silent three quarters of the time. How often a
channel is read is seen in what it says; a reading that is overdue is not made up.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import HOUR, Cell, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPACINGS = 5
_UNKNOWN = 4 * HOUR
"""Blocks that the first reading of a channel holds: nobody knows yet when the second is due."""
_LONGEST = 6 * HOUR


class _Heard(NamedTuple):
    """What a channel said last, in which block, and how many blocks lay between its last readings."""

    number: int
    cell: Cell
    spacings: deque[int]

    def holds(self, number: int) -> bool:
        """Whether its next reading is not yet due in a later block."""
        pace = min(self.spacings, default=_UNKNOWN)
        return number - self.number < min(pace, _LONGEST) and self.cell.value is not None


class Paces:
    """All channels of a station."""

    def __init__(self) -> None:
        self._heard: dict[tuple[Role, str], _Heard] = {}

    def completed(
        self, number: int, cells: Mapping[Role, Mapping[str, Cell]]
    ) -> Mapping[Role, Mapping[str, Cell]]:
        """The cells of the next block, with what still holds of those that are not due in it."""
        for role, channels in cells.items():
            for name, cell in channels.items():
                self._hear(role, name, number, cell)
        held = [
            (role, name, each)
            for (role, name), each in self._heard.items()
            if each.number < number and each.holds(number)
        ]
        if not held:
            return cells
        whole = {role: dict(channels) for role, channels in cells.items()}
        for role, name, each in held:
            # Rain is what fell since the reading before.
            value = 0.0 if role is Role.RAIN else each.cell.value
            whole.setdefault(role, {})[name] = Cell(value, each.cell.why)
        return whole

    def _hear(self, role: Role, name: str, number: int, cell: Cell) -> None:
        before = self._heard.get((role, name))
        spacings = before.spacings if before else deque(maxlen=_SPACINGS)
        if before:
            spacings.append(number - before.number)
        self._heard[role, name] = _Heard(number, cell, spacings)
