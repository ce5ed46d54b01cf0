"""Asks the machine whether the network has set its clock, where no file says so.

systemd-timesyncd leaves a file that the clock looks at itself. chrony and others do not; of all of them
`timedatectl` knows, also from within the sandbox, and where there is none the kernel does.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from agent import kernel_time
from agent.model import Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import structlog

    from agent.clock import SystemClock
    from agent.model import Instant

_QUESTION = ("timedatectl", "show", "-p", "NTPSynchronized", "--value")
# There while systemd-timesyncd runs, which leaves its file in it.
_TIMESYNCD = Path("/run/systemd/timesync")
_EVERY_S = 60.0
# A question starts a service of systemd's, which writes five lines to the system's log.
_RARELY_S = 600.0
_NEVER_S = 86_400.0
_ANSWER_S = 3.0  # a station that is to stop has to wait for it
_ANSWERS = {"yes": True, "no": False}


class TimeService:
    """Asks until the answer is yes, less and less often: a clock that has been set stays set."""

    name = "clock"

    def __init__(
        self,
        clock: SystemClock,
        log: structlog.typing.FilteringBoundLogger,
        question: Sequence[str] = _QUESTION,
        timesyncd: Path = _TIMESYNCD,
        kernel: Callable[[], bool | None] = kernel_time.is_set,
    ) -> None:
        self.wake = threading.Event()
        self.nobody_knows = False
        self._clock = clock
        self._log = log
        self._question = question
        self._timesyncd = timesyncd
        self._kernel = kernel
        self._rest_s = _EVERY_S

    def step(self, _now: Instant) -> float:
        """Ask once. Returns the seconds until it is worth asking again."""
        if self._clock.now().trust is Trust.NTP:
            return _NEVER_S
        if self._timesyncd.exists():
            return _EVERY_S
        answer = self._answer()
        self._note(answer)
        if answer:
            self._clock.was_set()
            return _NEVER_S
        rest_s, self._rest_s = self._rest_s, min(2 * self._rest_s, _RARELY_S)
        return rest_s

    def status(self) -> dict[str, object]:
        """Whether anybody on this machine can tell."""
        return {"nobody_knows": self.nobody_knows}

    def close(self) -> None:
        """Nothing to let go of."""

    def _note(self, answer: bool | None) -> None:  # noqa: FBT001 - an answer
        """Say it once, when nobody can tell."""
        if answer is None and not self.nobody_knows:
            cure = "if it is, set [station] clock_wait_h = 0: InfluxDB then does not wait for word of it"
            self._log.warning("nothing on this machine says whether its clock is set", help=cure)
        self.nobody_knows = answer is None

    def _answer(self) -> bool | None:
        """Of `timedatectl`, or else of the kernel; None when neither knows."""
        answer = _ANSWERS.get(self._asked())
        return self._kernel() if answer is None else answer

    def _asked(self) -> str:
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
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.strip()
