"""Asks the machine whether the network has set its clock, where no file says so.

systemd-timesyncd leaves a file that the clock looks at itself. chrony and others do not; of all of them
`timedatectl` knows, also from within the sandbox.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from agent.model import Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.clock import SystemClock
    from agent.model import Instant

_QUESTION = ("timedatectl", "show", "-p", "NTPSynchronized", "--value")
_EVERY_S = 60.0
_NEVER_S = 86_400.0
_ANSWER_S = 3.0  # a station that is to stop has to wait for it


class TimeService:
    """Asks every minute until the answer is yes: a clock that has been set stays set."""

    name = "clock"

    def __init__(self, clock: SystemClock, question: Sequence[str] = _QUESTION) -> None:
        self.wake = threading.Event()
        self._clock = clock
        self._question = question
        self._nobody_knows = False

    def step(self, _now: Instant) -> float:
        """Ask once. Returns the seconds until it is worth asking again."""
        if self._clock.now().trust is Trust.NTP or self._nobody_knows:
            return _NEVER_S
        if self._answer() == "yes":
            self._clock.was_set()
            return _NEVER_S
        return _EVERY_S

    def status(self) -> dict[str, object]:
        """Nothing beyond what the clock says itself."""
        return {}

    def close(self) -> None:
        """Nothing to let go of."""

    def _answer(self) -> str:
        import subprocess  # noqa: PLC0415 - most stations never ask

        # systemd's tools report to whoever waits for word of a service; that is not about us.
        environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
        try:
            done = subprocess.run(  # noqa: S603 - a constant, and nobody's input
                self._question,
                capture_output=True,
                text=True,
                timeout=_ANSWER_S,
                check=False,
                env=environment,
            )
        except FileNotFoundError:
            self._nobody_knows = True
            return ""
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.strip()
