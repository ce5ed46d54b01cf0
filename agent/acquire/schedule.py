"""When a sensor is due: slot k at start + k * period, in whole nanoseconds, so that nothing ever drifts."""

from __future__ import annotations

from agent.clock import NS
from agent.model import Instant


class Slots:
    """The slots of one sensor on the monotonic clock."""

    def __init__(self, period_s: float) -> None:
        self._period_ns = round(period_s * NS)
        self.next_ns = 0

    def start(self, mono_ns: int) -> None:
        """Let slot 0 be now."""
        self.next_ns = mono_ns

    def take(self, mono_ns: int) -> range:
        """All slots that have come by `mono_ns`, as their times; none is given twice.

        Only the last is worth a reading: those before it are over.
        """
        first_ns = self.next_ns
        come = max(0, (mono_ns - first_ns) // self._period_ns + 1)
        self.next_ns = first_ns + come * self._period_ns
        return range(first_ns, self.next_ns, self._period_ns)


def instant_of(mono_ns: int, now: Instant) -> Instant:
    """A moment of this boot on both clocks, as they stand to each other now."""
    return Instant(now.wall_ns - now.mono_ns + mono_ns, mono_ns, now.trust)
