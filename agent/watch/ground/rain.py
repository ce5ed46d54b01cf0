"""Rain: how much fell lately, and what a storm does to groundwater. Pure."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import DAY, Role
from agent.watch.measures.history import History

if TYPE_CHECKING:
    from agent.watch.contract import Block

_REMEMBERED = 15 * DAY
_SOAKS_FROM_MM_PER_H = 0.2


class Rain:
    """The gauge's last two weeks. Of several the wettest counts: a blocked one reads nothing."""

    def __init__(self) -> None:
        self._fallen = History(_REMEMBERED)
        self._heard: int | None = None

    def add(self, block: Block) -> float | None:
        """The next block. Returns what fell in it, mm; None when nobody knows."""
        fallen = [cell.value for cell in block.of(Role.RAIN).values() if cell.value is not None]
        most = max(fallen) if fallen else None
        if most is not None:
            self._heard = block.number
        self._fallen.add(block.number, most)
        return most

    @property
    def fitted(self) -> bool:
        """Whether a gauge was heard in these weeks."""
        return self._heard is not None and self._fallen.newest - self._heard < _REMEMBERED

    def mm(self, blocks: int) -> float:
        """What is known to have fallen in the last blocks."""
        newest = self._fallen.newest
        return sum(self._fallen.known(newest - blocks + 1, newest))


class Kernel(NamedTuple):
    """How a storm reaches an aquifer: on its way for some hours, then stored and slowly lost."""

    delay_h: float
    memory_h: float


KERNELS = tuple(Kernel(delay_h, 24.0 * memory_d) for delay_h in (4.0, 12.0, 26.0) for memory_d in (3.0, 9.0))
"""Candidates: healthy piezometers answer after hours to days and recede over days to weeks."""


class Storage:
    """Water on its way and water arrived, in mm: two equal reservoirs, then one that leaks (Nash cascade)."""

    def __init__(self, kernel: Kernel) -> None:
        self._pass = 1.0 - exp(-2.0 / max(kernel.delay_h, 2.0))
        self._keep = exp(-1.0 / kernel.memory_h)
        self._upper = self._lower = 0.0
        self.mm = 0.0
        """What has arrived and not yet been lost."""

    def add(self, fallen_mm: float) -> float:
        """One hour's rain. Returns `mm`."""
        self._upper += max(0.0, fallen_mm - _SOAKS_FROM_MM_PER_H)
        down = self._upper * self._pass
        self._upper -= down
        self._lower += down
        out = self._lower * self._pass
        self._lower -= out
        self.mm = self.mm * self._keep + out
        return self.mm
