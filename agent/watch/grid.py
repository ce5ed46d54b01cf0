"""From samples at any pace to blocks of a quarter of an hour. Pure.

A block is closed by the first tick behind it. What comes for a block that is closed is counted, not used: the
detectors go forward only, and a replay of the record is how late data are judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Flag, Why
from agent.watch.contract import BLOCK_S, DAY, Block, Cell, Role
from agent.watch.measures.robust import median

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.watch.contract import Sample, Tick

LONGEST_GAP = 14 * DAY
"""So many blocks of silence are told one by one; what lasts longer says nothing more."""

# Such a number is not the site's. Others that speak against a value (spike, rate, outlier, shift) do so for a
# real hazard too: they must not hide it.
NO_NUMBER = (
    Why.NO_ANSWER
    | Why.BAD_ANSWER
    | Why.BUS_DOWN
    | Why.NOT_ASKED
    | Why.OVER_RANGE
    | Why.SENSOR_RANGE
    | Why.LOOP_FAULT
    | Why.WARMING_UP
    | Why.OVERRUN
    | Why.MAINTENANCE
    | Why.SYNTAX
)
# What no instrument of the role can mean, whoever judged it before: the widest spans, without the rails.
_SPAN: dict[Role, tuple[float, float]] = {
    Role.PH: (0.5, 13.5),
    Role.EC: (1.0, 99_000.0),
    Role.TURBIDITY: (-5.0, 3_990.0),
    Role.ORP: (-1_500.0, 1_500.0),
    Role.TEMPERATURE: (-15.0, 60.0),
    Role.OXYGEN: (-0.5, 40.0),
    Role.STAGE: (-50.0, 8_000.0),
    Role.RAIN: (0.0, 120.0),
    Role.HEAD: (-500.0, 9_000.0),
    Role.BARO: (45.0, 109.0),
    Role.SOIL: (0.0005, 0.95),
    Role.TILT: (-180.0, 180.0),
    Role.CRACK: (-10_000.0, 10_000.0),
}


class Grid:
    """Collects ticks; gives blocks. `late` counts samples that came for a closed block."""

    def __init__(self) -> None:
        self.late = 0
        self._index = -1
        self._kept: dict[Role, dict[str, list[float]]] = {}
        self._why: dict[tuple[Role, str], Why] = {}

    def add(self, tick: Tick) -> Iterator[Block]:
        """Every block that this tick closes: usually none or one, after a gap the empty ones too."""
        index = int(tick.utc_s // BLOCK_S)
        if index < self._index:
            self.late += sum(len(channels) for channels in tick.samples.values())
            return
        if index > self._index:
            yield from self._close(index)
        for role, channels in tick.samples.items():
            for name, sample in channels.items():
                self._keep(role, name, sample)

    def _close(self, index: int) -> Iterator[Block]:
        if self._index >= 0:
            yield Block(self._index, (self._index + 1) * BLOCK_S, self._cells())
            for silent in range(max(self._index + 1, index - LONGEST_GAP), index):
                yield Block(silent, (silent + 1) * BLOCK_S, {})
        self._index = index
        self._kept, self._why = {}, {}

    def _keep(self, role: Role, name: str, sample: Sample) -> None:
        usable = self._kept.setdefault(role, {}).setdefault(name, [])
        why = sample.why
        value = sample.value
        if value is not None and sample.flag is not Flag.MISSING and not why & NO_NUMBER:
            low, high = _SPAN[role]
            if low <= value <= high:
                usable.append(value)
            else:
                why |= Why.SENSOR_RANGE
        elif value is None and not why:
            why = Why.NO_ANSWER
        if why:
            key = role, name
            self._why[key] = self._why.get(key, Why.NONE) | why

    def _cells(self) -> Mapping[Role, Mapping[str, Cell]]:
        return {
            role: {name: self._cell(role, name, values) for name, values in channels.items()}
            for role, channels in self._kept.items()
        }

    def _cell(self, role: Role, name: str, values: list[float]) -> Cell:
        why = self._why.get((role, name), Why.NONE) if self._why else Why.NONE
        if not values:
            return Cell(None, why)
        if len(values) == 1:
            return Cell(values[0], why)
        if role is Role.RAIN:
            return Cell(sum(values), why)
        return Cell(median(values), why, max(values) - min(values))
