"""Time as it truly passes, and what the clocks of one boot make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import Instant, Trust

if TYPE_CHECKING:
    import threading
    from random import Random

T0_NS = 1_800_000_000 * NS
# A crystal is wrong by so many millionths, until the network corrects it.
_WORST_PPM = 50
_NTP_WRONG_S, _RTC_WRONG_S = 0.3, 30.0


class Time:
    """The true time, moved by whoever lets it pass."""

    def __init__(self) -> None:
        self.true_ns = T0_NS

    def passes(self, seconds: float) -> None:
        """Let it go by."""
        self.true_ns += round(seconds * NS)


class BootClock:
    """The clocks of one boot. `honest`: what it says with trust has been right so far."""

    def __init__(self, time: Time, random: Random, number: int) -> None:
        self.boot_id = f"{number:08x}-0000-4000-8000-{random.getrandbits(48):012x}"
        self.trust = Trust.NONE
        self._time = time
        self._random = random
        self._ppm = random.uniform(-_WORST_PPM, _WORST_PPM)
        self._since_ns = time.true_ns
        self._mono_ns = round(random.uniform(5, 60) * NS)  # until the station starts
        self.began_ns = time.true_ns - self._mono_ns
        self._offset_ns = 0

    def now(self) -> Instant:
        """What both clocks say."""
        mono_ns = self._mono()
        return Instant(mono_ns + self._offset_ns, mono_ns, self.trust)

    def seconds(self, wire_s: float) -> float:
        """The wire lives by the same time."""
        return wire_s

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Nobody waits in this world: the next one has its turn."""
        raise NotImplementedError

    def says(self, wall_ns: int) -> None:
        """Somebody sets the wall clock, rightly or wrongly."""
        self._offset_ns = wall_ns - self._mono()

    def from_chip(self) -> None:
        """A clock chip has told it the time, as well as chips know it."""
        self.says(self._time.true_ns + round(self._random.uniform(-_RTC_WRONG_S, _RTC_WRONG_S) * NS))
        self.trust = Trust.RTC

    def from_network(self) -> None:
        """The network has set it, and keeps it right."""
        self._mono_ns, self._since_ns, self._ppm = self._mono(), self._time.true_ns, 0.0
        self.says(self._time.true_ns + round(self._random.uniform(-_NTP_WRONG_S, _NTP_WRONG_S) * NS))
        self.trust = Trust.NTP

    def due_ns(self, wait_s: float) -> int:
        """The true time at which so many of its seconds will have passed."""
        return self._time.true_ns + max(0, round(wait_s * NS / (1 + self._ppm / 1e6)) + 1)

    def _mono(self) -> int:
        return self._mono_ns + round((self._time.true_ns - self._since_ns) * (1 + self._ppm / 1e6))
