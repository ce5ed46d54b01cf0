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
_OURS = "calibrates"


class Care:
    """Of all sessions. Maintenance that somebody else began is left alone."""

    def __init__(self, maintenance: Maintenance, clock: Clock) -> None:
        self._maintenance = maintenance
        self._clock = clock

    def take(self, session: Session) -> None:
        """Somebody is at it. The thermometer that corrects it stands in the buffer, too."""
        for sensor in _sensors(session):
            work = self._maintenance.in_force().get(sensor)
            is_ours = work is not None and bool(work.event.data.get(_OURS))
            if work is not None and is_ours and self._left_s(work.end_ns) >= _SHORT_S:
                continue
            if is_ours or not self._maintenance.covers([sensor]):
                note = f"calibration of {session.sensor} by {session.by}"
                self._maintenance.begin(sensor, _WHOLE_S, note, {_OURS: session.sensor, "by": session.by})

    def end(self, sensor: str) -> None:
        """The session of this sensor is over, whatever is left of it."""
        for subject, work in self._maintenance.in_force().items():
            if work.event.data.get(_OURS) == sensor:
                self._maintenance.end(subject)

    def _left_s(self, end_ns: int) -> float:
        return (end_ns - self._clock.now().mono_ns) / NS


def _sensors(session: Session) -> list[str]:
    thermometer = session.facts.temperature.partition("/")[0]
    return list(dict.fromkeys(filter(None, [session.sensor, thermometer])))
