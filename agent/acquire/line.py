"""A bus as the poller holds it: opened when needed, dropped when it errs, tried again less and less often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.model import Instant
    from drivers.contract import Bus

# A re-plugged adapter is back within seconds, so the first tries are quick. To look whether one that is away
# has come back costs nothing; opening one that is stuck toggles its lines, and a minute is soon enough.
REOPEN_FIRST_S = 1
ABSENT_LONGEST_S = 10
STUCK_LONGEST_S = 60


class Line:
    """One bus and the backoff of its re-opening."""

    def __init__(self, open_bus: Callable[[], Bus]) -> None:
        self._open_bus = open_bus
        self._wait_s = REOPEN_FIRST_S
        self._retry_ns = 0
        self.bus: Bus | None = None

    def may_open(self, now: Instant) -> bool:
        """Whether it is closed and its wait is over."""
        return self.bus is None and now.mono_ns >= self._retry_ns

    def open(self) -> Bus:
        """Open the bus. Raises BusError."""
        self.bus = self._open_bus()
        return self.bus

    def drop(self, at: Instant) -> None:
        """The bus erred: close it and wait, twice as long each time."""
        longest_s = STUCK_LONGEST_S if self.bus else ABSENT_LONGEST_S
        self.close()
        self._retry_ns = at.mono_ns + min(self._wait_s, longest_s) * NS
        self._wait_s = min(2 * self._wait_s, longest_s)

    def worked(self) -> None:
        """Something came across. Opening alone proves little: a stuck line opens well."""
        self._wait_s = REOPEN_FIRST_S

    def close(self) -> None:
        """Let go of the wire."""
        if self.bus is not None:
            self.bus.close()
            self.bus = None
