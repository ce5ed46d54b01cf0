"""The station's time. Schedules run on the monotonic clock; the wall clock only stamps.

Two clocks exist in the house and a function takes the one it means: the station's (this one, injected; it
runs fast in a demo and by hand in a test) and the wire's (`time.monotonic`, for deadlines of buses and
sockets).
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.model import Instant, Trust

if TYPE_CHECKING:
    import threading

# systemd-timesyncd creates this on the first good answer; unlike adjtimex it can be seen from the sandbox.
_SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# Where the kernel says, by a 1 in `hctosys`, that it asked a clock chip for the time at boot, and in
# `since_epoch` what that chip says now.
_CHIPS = Path("/sys/class/rtc")

NS = 1_000_000_000
# This release did not exist before, so a clock that says so is wrong. To be set anew with every release.
NOT_BEFORE_NS = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp()) * NS
# A chip that was asked at boot and says another time by now was not believed by others either.
_CHIP_NEAR_S = 60
# Two looks that lie further apart were interrupted: what they say does not belong together.
_AT_ONCE_NS = 1_000_000
_LOOKS = 5


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
    """The real clock of the machine.

    Once the network has set it, it counts as set until the machine is started again, also without network:
    it then drifts by seconds a day at the most, and time since boot does so with it.
    """

    def __init__(self, synchronized: Path = _SYNCHRONIZED, chips: Path = _CHIPS) -> None:
        self.boot_id = read_boot_id()
        self._synchronized = synchronized
        self._is_set = False
        self._has_chip = _was_set_by_a_chip(chips)

    def now(self) -> Instant:
        """Wall time as read, time since boot, and how far the first can be believed."""
        # Trust is looked at first: a clock that is set in between must not lend it to the time before.
        trust = self._trust()
        for _ in range(_LOOKS):
            mono_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            wall_ns = time.time_ns()
            if time.clock_gettime_ns(time.CLOCK_BOOTTIME) - mono_ns < _AT_ONCE_NS:
                break
        if trust is Trust.RTC and wall_ns < NOT_BEFORE_NS:
            trust = Trust.NONE
        return Instant(wall_ns, mono_ns, trust)

    def was_set(self) -> None:
        """The machine's time service says that the network has set the clock."""
        self._is_set = True

    def _trust(self) -> Trust:
        if not self._is_set and self._synchronized.exists():
            self._is_set = True
        if self._is_set:
            return Trust.NTP
        return Trust.RTC if self._has_chip else Trust.NONE

    def seconds(self, wire_s: float) -> float:
        """As many: this clock runs as fast as the wire's."""
        return wire_s

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Sleep until woken, `timeout_s` seconds at the most."""
        wake.wait(max(0.0, timeout_s))


def _was_set_by_a_chip(chips: Path) -> bool:
    """Whether the time is still what the kernel took from a clock chip at boot.

    Without a battery the chip says 1970, and systemd or fake-hwclock then set the time that was saved last.
    """
    for answer in chips.glob("rtc*/hctosys"):
        with suppress(OSError, ValueError):
            if answer.read_text(encoding="ascii").strip() != "1":
                continue
            chip_s = int(answer.with_name("since_epoch").read_text(encoding="ascii"))
            if chip_s * NS >= NOT_BEFORE_NS and abs(chip_s - time.time()) < _CHIP_NEAR_S:
                return True
    return False


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
