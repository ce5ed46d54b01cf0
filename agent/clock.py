"""The station's time. Schedules run on the monotonic clock; the wall clock only stamps.

Two clocks exist in the house and a function takes the one it means: the station's (this one, injected; it
runs fast in a demo and by hand in a test) and the wire's (`time.monotonic`, for deadlines of buses and
sockets).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.model import Instant, Trust

if TYPE_CHECKING:
    import threading

# systemd-timesyncd creates this on the first good answer; unlike adjtimex it can be seen from the sandbox.
_SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

NS = 1_000_000_000


class Clock(Protocol):
    """What a worker may ask of time."""

    @property
    def boot_id(self) -> str:
        """Names the boot that monotonic time counts from."""
        ...

    def now(self) -> Instant:
        """One look at both clocks."""
        ...

    def seconds(self, wire_s: float) -> float:
        """How many of this clock's seconds pass in so many of the wire's."""
        ...

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Return when `wake` is set or `timeout_s` of this clock's seconds have passed."""
        ...


def read_boot_id() -> str:
    """The kernel's id of this boot."""
    return _BOOT_ID.read_text(encoding="ascii").strip()


class SystemClock:
    """The real clock of the machine."""

    def __init__(self) -> None:
        self.boot_id = read_boot_id()

    def now(self) -> Instant:
        """Wall time as read, time since boot, and whether the network has set the clock."""
        trust = Trust.NTP if _SYNCHRONIZED.exists() else Trust.NONE
        return Instant(time.time_ns(), time.clock_gettime_ns(time.CLOCK_BOOTTIME), trust)

    def seconds(self, wire_s: float) -> float:
        """As many: this clock runs as fast as the wire's."""
        return wire_s

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Sleep until woken, `timeout_s` seconds at the most."""
        wake.wait(max(0.0, timeout_s))


class FastClock:
    """A clock that runs `speed` times as fast as the machine's, from `start_wall_ns` on."""

    def __init__(self, speed: float, start_wall_ns: int) -> None:
        self.boot_id = read_boot_id()
        self._speed = speed
        self._start_wall_ns = start_wall_ns
        self._start_ns = time.monotonic_ns()

    def now(self) -> Instant:
        """The fast wall and monotonic time; trusted, since it is the only time that this site knows."""
        elapsed_ns = int((time.monotonic_ns() - self._start_ns) * self._speed)
        return Instant(self._start_wall_ns + elapsed_ns, self._start_ns + elapsed_ns, Trust.NTP)

    def seconds(self, wire_s: float) -> float:
        """`speed` times as many: an instrument does not hurry because this clock does."""
        return wire_s * self._speed

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Sleep until woken, `timeout_s` fast seconds at the most."""
        wake.wait(max(0.0, timeout_s / self._speed))
