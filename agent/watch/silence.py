"""Has a channel that no detector leans on gone silent? Told as a notice; no hazard hangs on it. Pure.

pH, conductivity and what is in the ground are asked by their own detectors whether they are well. The others
speak beside them, and nobody would miss them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agent.config.watched import SLOWEST_S
from agent.watch.contract import BLOCK_S, HOUR, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.watch.contract import Block

_ASKED = (Role.TURBIDITY, Role.RAIN, Role.TEMPERATURE, Role.OXYGEN, Role.ORP, Role.STAGE)
_LEAST = 3 * HOUR
_TIMES = 2
_STEPS = 9
_UNKNOWN = round(SLOWEST_S / BLOCK_S)  # the step of a channel that was read once


class Silent(NamedTuple):
    """For how long a channel has given nothing, and from when on that is told, in hours."""

    for_h: float
    from_h: float


class Silence:
    """All channels of a station that have no detector of their own to ask them."""

    def __init__(self) -> None:
        self._spoke_in: int | None = None
        self._awake = 0
        self._courses: dict[tuple[Role, str], _Course] = {}

    def add(self, block: Block) -> None:
        """The next one. While nobody speaks it is the station that is silent, and no time passes."""
        cells = block.cells.values()
        if not any(not cell.held for channels in cells for cell in channels.values()):
            return
        # All are read seldom, or the station was off: the longest step that is counted is an hour.
        self._awake += 1 if self._spoke_in is None else min(block.number - self._spoke_in, HOUR)
        self._spoke_in = block.number
        for role in _ASKED:
            for name, cell in block.of(role).items():
                if cell.held:
                    continue
                if cell.value is not None:
                    self._courses.setdefault((role, name), _Course()).heard(self._awake)
                elif course := self._courses.get((role, name)):
                    course.missed(self._awake)

    @property
    def now(self) -> Mapping[str, Silent]:
        """Who is silent, by channel. A gauge of rain is so only while it says that it has nothing to say."""
        found = {}
        for (role, name), course in self._courses.items():
            begin = course.missing if role is Role.RAIN else course.last
            limit = course.limit
            if begin is not None and self._awake - begin > limit:
                found[name] = Silent((self._awake - begin) / HOUR, limit / HOUR)
        return found


class _Course:
    """When one channel was heard, on the clock of blocks in which the station spoke."""

    def __init__(self) -> None:
        self.last: int | None = None
        self.missing: int | None = None
        """Since when it says that there is no value; None while it does not."""
        self._steps: deque[int] = deque(maxlen=_STEPS)

    def heard(self, now: int) -> None:
        """A value."""
        if self.last is not None:
            self._steps.append(now - self.last)
        self.last, self.missing = now, None

    def missed(self, now: int) -> None:
        """Word that there is none."""
        if self.missing is None:
            self.missing = now

    @property
    def limit(self) -> int:
        """So long a silence is usual. One long step is an outage; a pace that sways has two."""
        usual = sorted(self._steps)[-2:][0] if self._steps else _UNKNOWN
        return max(_LEAST, _TIMES * usual)
