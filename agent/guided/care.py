"""The maintenance of a sensor while it is calibrated: begun, lengthened while somebody goes on, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire.maintenance import CALIBRATES
from agent.clock import NS

if TYPE_CHECKING:
    from agent.acquire.calibration.session import Session
    from agent.acquire.maintenance import Maintenance, Work
    from agent.clock import Clock

# Long enough to rinse a probe and fetch a bottle; forgotten, it ends by itself.
_WHOLE_S, _SHORT_S = 1800.0, 600.0

_GIVEN_UP = "calibration of {} was given up, its probe goes back"


class Care:
    """Of all sessions. Each holds its own, beside what a visit or another session holds."""

    def __init__(self, maintenance: Maintenance, clock: Clock) -> None:
        self._maintenance = maintenance
        self._clock = clock

    def take(self, session: Session) -> None:
        """Somebody is at it. The thermometer that corrects it stands in the buffer, too."""
        for sensor in _sensors(session):
            ours = [work for work in self._held(session.sensor) if work.subject == sensor]
            if any(self._left_s(work.end_ns) >= _SHORT_S for work in ours):
                continue
            note = f"calibration of {session.sensor} by {session.by}"
            self._maintenance.begin(sensor, _WHOLE_S, note, {CALIBRATES: session.sensor, "by": session.by})

    def end(self, sensor: str) -> None:
        """The session of this sensor is over, whatever is left of it."""
        for work in self._held(sensor):
            self._maintenance.end(work.subject, work.event.data)

    def leave(self, sensor: str) -> str:
        """The session of this sensor was given up: nobody has said that the probe is back.

        Its maintenance ends by itself before long. Returns what is to be said of that, "" for nothing.
        """
        held = self._held(sensor)
        for work in held:
            if self._left_s(work.end_ns) > _SHORT_S:
                about = {name: str(work.event.data[name]) for name in (CALIBRATES, "by")}
                self._maintenance.begin(work.subject, _SHORT_S, _GIVEN_UP.format(sensor), about)
        if not held:
            return ""
        return (
            f"Put the probe back: its maintenance ends in {_SHORT_S / 60:.0f} minutes at the latest, or with"
            f" {' and '.join(f'skyground maintenance end {work.subject}' for work in held)}."
        )

    def _held(self, sensor: str) -> list[Work]:
        """By the session of this sensor."""
        works = self._maintenance.in_force()
        return [work for work in works if work.event.data.get(CALIBRATES) == sensor]

    def _left_s(self, end_ns: int) -> float:
        return (end_ns - self._clock.now().mono_ns) / NS


def _sensors(session: Session) -> list[str]:
    thermometer = session.facts.temperature.partition("/")[0]
    return list(dict.fromkeys(filter(None, [session.sensor, thermometer])))
