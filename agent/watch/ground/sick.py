"""Is it the probe in the ground? A number that jumps and then lies dead, or thrashes, is no water. Pure.

What follows a jump is not believed until it lives: a rail or a pulled plug gives the same digits again and
again, water never quite. What goes on the same way by leaps lives: a seam drains like that. A head that jumps
to and fro is an open wire. Believed again once it behaves.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from agent.watch.contract import HOUR

_LIVES_AFTER = 2  # changes of the digits after a jump
_DEAD_FROM = HOUR  # so many readings still after a jump
_THRASHES_FROM = 2  # jumps that turn round
_WITHIN = 3 * HOUR
_SILENT_FROM = 12 * HOUR
_STUCK_READINGS = 8  # ground that is read seldom says the same a few times by chance


class Nerve(NamedTuple):
    """A jump from one block to the next, in the unit of the role; for how long it may lie still."""

    jump: float
    still_h: float


# A sealed well was seen still for 18 h at 1 mm, soil for 9 days at 0.3 %; a crack may rest for ever.
HEAD = Nerve(0.25, 20.0)
SOIL = Nerve(0.06, 240.0)
BARO = Nerve(1.5, 24.0)  # kPa: five times a squall's quarter of an hour


class Gate:
    """One channel's. `fault` names what ails it now: `dead`, `thrashing`, `stuck`, `silent`, or ""."""

    def __init__(self, nerve: Nerve) -> None:
        self._jump, self._still = nerve.jump, nerve.still_h * HOUR
        self._last: float | None = None
        self._same, self._same_readings = 0, 0
        self._alive = _LIVES_AFTER
        self._turns: list[tuple[int, float]] = []
        self._at = self._read_at = 0
        self._silent = 0
        self.fault = ""

    def add(self, value: float | None, *, held: bool = False) -> float | None:
        """The next block, and whether the last reading holds in it. Returns what can be believed."""
        self._at += 1
        if held:
            self._same += 1
            return self._believed(value)
        if value is None:
            self._silent += 1
            self._read_at = 0
            self.fault = "silent" if self._silent > _SILENT_FROM else ""
            return None
        self._silent = 0
        step = 0.0 if self._last is None else value - self._last
        self._last = value
        self._same = 0 if step else self._same + 1
        self._same_readings = 0 if step else self._same_readings + 1
        if abs(step) > self._jump:
            self._alive = self._alive + 1 if self._goes_on(step) else 0
            self._turns = [*self._turns[-7:], (self._at, step)]
        elif step:
            self._alive += 1
        self.fault = self._ails()
        self._read_at = self._at
        return self._believed(value)

    def _believed(self, value: float | None) -> float | None:
        return value if self._alive >= _LIVES_AFTER and not self.fault else None

    def _goes_on(self, step: float) -> bool:
        """Whether the reading before leapt the same way."""
        at, before = self._turns[-1] if self._turns else (0, 0.0)
        return at == self._read_at and before * step > 0.0

    def _ails(self) -> str:
        recent = [step for at, step in self._turns if self._at - at < _WITHIN]
        turned = sum((one > 0.0) != (two > 0.0) for one, two in pairwise(recent))
        if turned >= _THRASHES_FROM:
            return "thrashing"
        if self._alive < _LIVES_AFTER and self._same_readings >= _DEAD_FROM:
            return "dead"
        is_stuck = self._same >= self._still and self._same_readings >= _STUCK_READINGS
        return "stuck" if is_stuck else ""
