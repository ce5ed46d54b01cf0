"""Being told to stop, without a signal handler.

A handler runs between any two steps of the main thread, also while that holds the lock of the event that the
handler wants to set: a deadlock that comes once in thousands of stops. So the signals are blocked, and waited
for.
"""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

_STOP = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class StopSignals:
    """SIGTERM, SIGINT and SIGHUP (the terminal is gone), held back while in use.

    Enter before any thread starts: threads inherit it.
    """

    def __enter__(self) -> Self:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C of somebody impatient has been answered already: forget it.
        while signal.sigtimedwait(_STOP, 0) is not None:
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether one came within `timeout_s` seconds of the wire's clock; for ever without it."""
        if timeout_s is None:
            signal.sigwait(_STOP)
            return True
        deadline_s = time.monotonic() + timeout_s
        while (left_s := deadline_s - time.monotonic()) > 0:
            if signal.sigtimedwait(_STOP, left_s) is not None:
                return True
        return False
