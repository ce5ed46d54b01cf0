"""A bus as the poller holds it: opened when needed, dropped when it errs, tried again less and less often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.model import Instant
    from drivers.contract import Bus

# A re-plugged adapter is back within seconds, so the first tries are quick; opening a port toggles its lines
# and costs neighbours nothing, so a minute is a short enough wait for one that stays away.
REOPEN_FIRST_S = 1
REOPEN_LONGEST_S = 60


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
        self.close()
        self._retry_ns = at.mono_ns + self._wait_s * NS
        self._wait_s = min(2 * self._wait_s, REOPEN_LONGEST_S)

    def worked(self) -> None:
        """Something came across. Opening alone proves little: a stuck line opens well."""
        self._wait_s = REOPEN_FIRST_S

    def close(self) -> None:
        """Let go of the wire."""
        if self.bus is not None:
            self.bus.close()
            self.bus = None
