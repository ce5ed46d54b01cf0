"""The maintenance of a sensor while it is calibrated: begun, lengthened while somebody goes on, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS

if TYPE_CHECKING:
    from agent.acquire.calibration.session import Session
    from agent.acquire.maintenance import Maintenance
    from agent.clock import Clock

# Long enough to rinse a probe and fetch a bottle; forgotten, it ends by itself.
_WHOLE_S, _SHORT_S = 1800.0, 600.0
_OURS = "session"


class Care:
    """Of all sessions. Maintenance that somebody else began is left alone."""

    def __init__(self, maintenance: Maintenance, clock: Clock) -> None:
        self._maintenance = maintenance
        self._clock = clock

    def take(self, session: Session) -> None:
        """Somebody is at it."""
        work = self._maintenance.in_force().get(session.sensor)
        is_ours = work is not None and bool(work.event.data.get(_OURS))
        if work is not None and is_ours and self._left_s(work.end_ns) >= _SHORT_S:
            return
        if is_ours or not self._maintenance.covers([session.sensor]):
            of = {_OURS: session.id, "by": session.by}
            self._maintenance.begin(session.sensor, _WHOLE_S, f"calibration by {session.by}", of)

    def end(self, sensor: str) -> None:
        """The session is over."""
        work = self._maintenance.in_force().get(sensor)
        if work is not None and work.event.data.get(_OURS):
            self._maintenance.end(sensor)

    def _left_s(self, end_ns: int) -> float:
        return (end_ns - self._clock.now().mono_ns) / NS
