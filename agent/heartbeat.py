"""The station's own pulse: numbers about itself, into the journal like everything else."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import Health

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.model import Instant, Record


class Heartbeat:
    """Every `period_s` asks for the numbers and appends them as one Health record."""

    name = "heartbeat"

    def __init__(
        self,
        period_s: float,
        numbers: Callable[[], dict[str, float]],
        append: Callable[[Sequence[Record]], None],
    ) -> None:
        self.wake = threading.Event()
        self._period_s = period_s
        self._numbers = numbers
        self._append = append
        self._due_ns = 0

    def step(self, now: Instant) -> float:
        """Append when due."""
        if now.mono_ns >= self._due_ns:
            self._due_ns = now.mono_ns + int(self._period_s * NS)
            self._append([Health(now, self._numbers())])
        return (self._due_ns - now.mono_ns) / NS

    def status(self) -> dict[str, object]:
        """Its period."""
        return {"period_s": self._period_s}

    def close(self) -> None:
        """Nothing to let go of."""
