"""When alarms stood, to see whether what a second look finds has been told already. Pure."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import Phase
from agent.watch.names import about, alarm_id, raised_s
from agent.watch.vigil import Alarm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.model import Severity
    from agent.watch.contract import Hazard

# What begins or ends within a day of another is the same incident: late samples move both.
_NEAR_S = 86_400.0


class Stood(NamedTuple):
    """One incident: what it was about, and from when to when it stood, seconds since 1970."""

    about: tuple[Hazard, str]
    from_s: float
    upto_s: float

    def meets(self, other: Stood) -> bool:
        """Whether both are the same incident."""
        if self.about != other.about:
            return False
        return self.from_s <= other.upto_s + _NEAR_S and other.from_s <= self.upto_s + _NEAR_S


class Incidents:
    """Alarms by their names, from raised to cleared."""

    def __init__(self) -> None:
        self._stood: dict[str, Stood] = {}
        self._alarms: dict[str, list[Alarm]] = {}

    def take(self, alarm: Alarm) -> None:
        """One more telling, in order."""
        finding = alarm.finding
        stood = self._stood.get(alarm.id) or Stood(about(finding), finding.utc_s, inf)
        if finding.phase is Phase.CLEARED:
            stood = stood._replace(upto_s=finding.utc_s)
        self._stood[alarm.id] = stood
        self._alarms.setdefault(alarm.id, []).append(alarm)

    def level_of(self, alarm: Alarm) -> Severity | None:
        """The highest level of an alarm that stands, under whatever name it is here; None when it is not."""
        standing = Stood(about(alarm.finding), raised_s(alarm.id), inf)
        levels = [
            each.finding.level
            for name, stood in self._stood.items()
            if standing.meets(stood)
            for each in self._alarms[name]
        ]
        return max(levels, default=None)

    def gravest(self, name: str) -> Alarm | None:
        """The telling of the highest level under a name."""
        return max(self._alarms.get(name, ()), key=lambda each: each.finding.level, default=None)

    def beyond(self, told: Incidents, from_s: float, upto_s: float) -> list[Alarm]:
        """Those of incidents that began between two times and that `told` has nothing of."""
        return [
            alarm
            for name, stood in self._stood.items()
            if from_s <= stood.from_s <= upto_s and not any(map(stood.meets, told._stood.values()))
            for alarm in self._alarms[name]
        ]

    def worse(self, told: Incidents) -> list[Alarm]:
        """Of incidents that `told` has at a lower level, the worst: under its name there, or a new one."""
        found: list[Alarm] = []
        for name, stood in self._stood.items():
            same = [each for each, other in told._stood.items() if stood.meets(other)]
            worst = self.gravest(name)
            if not same or worst is None or worst.finding.level <= told._level(same):
                continue
            is_over = told._stood[same[-1]].upto_s < inf
            phase = Phase.RAISED if is_over else Phase.UPDATED
            finding = worst.finding._replace(phase=phase)
            anew = Alarm(alarm_id(finding) if is_over else same[-1], worst.known_s, finding)
            told.take(anew)
            found.append(anew)
        return found

    def _level(self, names: Iterable[str]) -> Severity:
        """The highest level that was told under these names."""
        return max(each.finding.level for name in names for each in self._alarms[name])
