"""From samples at any pace to blocks of a quarter of an hour. Pure.

Buses answer one after the other, so a sample may come a little after those of the next block have begun. A
block is closed when each of its channels has been heard after it, or by the first sample `PATIENCE_S` behind
it. What comes for a block that is closed is counted, not used: the detectors go forward only, and a replay of
the record is how late data are judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Flag, Why
from agent.watch.blocks.pace import Paces, Said
from agent.watch.contract import BLOCK_S, DAY, Block, Cell, Role
from agent.watch.measures.robust import median

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.watch.contract import Sample, Tick

LONGEST_GAP = 14 * DAY
"""So many blocks of silence are told one by one; what lasts longer says nothing more."""
PATIENCE_S = 60.0
"""So long after its end a block waits for a channel that has not been heard since.

Who is heard a second time so shortly before the end counts for the next block: a reading every quarter of an
hour comes a little early or late, and one block would have two of them and the next one none.
"""

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


class _Open:
    """A block that is being filled."""

    def __init__(self) -> None:
        self.kept: dict[Role, dict[str, list[float]]] = {}
        self.why: dict[tuple[Role, str], Why] = {}
        self.names: set[str] = set()
        self.said: dict[tuple[Role, str], Said] = {}

    def keep(self, role: Role, name: str, sample: Sample, utc_s: float) -> None:
        """One sample more."""
        self.names.add(name)
        said = self.said.get((role, name))
        self.said[role, name] = Said(1 + said.times if said else 1, utc_s, sample.value is None)
        usable = self.kept.setdefault(role, {}).setdefault(name, [])
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
            self.why[key] = self.why.get(key, Why.NONE) | why

    def cells(self) -> Mapping[Role, Mapping[str, Cell]]:
        """What it holds."""
        return {
            role: {name: self._cell(role, name, values) for name, values in channels.items()}
            for role, channels in self.kept.items()
        }

    def _cell(self, role: Role, name: str, values: list[float]) -> Cell:
        why = self.why.get((role, name), Why.NONE) if self.why else Why.NONE
        if not values:
            return Cell(None, why)
        if len(values) == 1:
            return Cell(values[0], why)
        if role is Role.RAIN:
            return Cell(sum(values), why)
        return Cell(median(values), why, max(values) - min(values))


class Grid:
    """Collects ticks; gives blocks.

    Attributes:
        late: counts samples that came for a closed block.
        dark_s: the end of the last block in which nobody at all was heard; 0 before any.
    """

    def __init__(self) -> None:
        self.late = 0
        self.dark_s = 0.0
        self._index = -1
        self._now, self._next = _Open(), _Open()
        self._paces = Paces()

    def add(self, tick: Tick) -> Iterator[Block]:
        """Every block that this tick closes: usually none or one, after a gap the empty ones too."""
        index = int(tick.utc_s // BLOCK_S)
        if self._index < 0:
            self._index = index
        if tick.utc_s > (index + 1) * BLOCK_S - PATIENCE_S and self._has_heard(tick, index):
            index += 1
        if index < self._index:
            self.late += sum(len(channels) for channels in tick.samples.values())
            return
        if index > self._index + 1:
            yield from self._go_to(index)
        is_next = index > self._index
        block = self._next if is_next else self._now
        for role, channels in tick.samples.items():
            for name, sample in channels.items():
                block.keep(role, name, sample, tick.utc_s)
        if is_next and self._is_complete(tick):
            yield self._shift()

    @property
    def closed_s(self) -> float | None:
        """The end of the last block that is closed, seconds since 1970; None before the first sample."""
        return None if self._index < 0 else self._index * BLOCK_S

    def _has_heard(self, tick: Tick, index: int) -> bool:
        """Whether a block has all channels of a tick already, or has been closed with them."""
        block = {self._index: self._now, self._index + 1: self._next}.get(index)
        if block is None:
            return index == self._index - 1
        return all(block.names.issuperset(channels) for channels in tick.samples.values())

    def _is_complete(self, tick: Tick) -> bool:
        """Whether a tick in the next block closes this one."""
        after_s = tick.utc_s - (self._index + 1) * BLOCK_S
        return after_s >= PATIENCE_S or (after_s >= 0.0 and self._now.names <= self._next.names)

    def _go_to(self, index: int) -> Iterator[Block]:
        """Close whatever ends before the block before `index`."""
        yield self._shift()
        if self._now.names and index > self._index + 1:
            yield self._shift()
        self._index = max(self._index, index - LONGEST_GAP)
        while self._index < index - 1:
            yield self._shift()

    def _shift(self) -> Block:
        """This block is closed; the next one is this one now."""
        cells = self._paces.completed(self._index, self._now.cells(), self._now.said)
        block = Block(self._index, (self._index + 1) * BLOCK_S, cells)
        if not cells:
            self.dark_s = block.utc_s
        self._index += 1
        self._now, self._next = self._next, _Open()
        return block
