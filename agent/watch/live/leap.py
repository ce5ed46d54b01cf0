"""A sample that is more than a day ahead waits until another one follows it. Pure.

A clock that was wrong for a moment, and believed, must not send the detectors into next month, where all that
comes after it would be late. A station that was off for days is a minute later than it could be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.watch.live.late import LateSample

_LEAP_S = 86_400.0
# What is read in one round of all instruments has one clock: a second round speaks for it.
_FOLLOWS_S = 60.0
_MOST = 1000


class Leap:
    """Between the record and the detectors.

    Attributes:
        left_out: counts what nothing followed.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._held: list[LateSample] = []

    def passed(self, sample: LateSample, closed_s: float | None) -> list[LateSample]:
        """What can be heard now; `closed_s` is how far the detectors have come, None before anything."""
        if closed_s is not None and sample.utc_s - closed_s <= _LEAP_S:
            if self._held:
                self._leave_out()
            return [sample]
        if self._held and abs(sample.utc_s - self._held[0].utc_s) > _LEAP_S:
            self._leave_out()
        self._held.append(sample)
        if sample.utc_s - self._held[0].utc_s < _FOLLOWS_S and len(self._held) < _MOST:
            return []
        held, self._held = self._held, []
        return held

    def _leave_out(self) -> None:
        self.left_out += len(self._held)
        self._held = []
