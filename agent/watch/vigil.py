"""What the live reader and the replay both run: samples in, alarms with a name out. Pure.

An alarm's name is made of what it is about and when it was raised, so whoever goes through the same record
again comes to the same names. That an instrument does not answer is told by who asks it, and that somebody
works on it is known, as is that the station was off; the same silence is not told again here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.model import Why
from agent.watch.contract import Hazard, Phase, Role, Tick
from agent.watch.names import about, alarm_id
from agent.watch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.watch.contract import Finding, Sample
    from agent.watch.plan import Plan

# Who asks the instrument has given these, and told of it. What a logger left out comes without a reason.
_NO_ANSWER = Why.NO_ANSWER | Why.BUS_DOWN | Why.NOT_ASKED
_KNOWN = _NO_ANSWER | Why.MAINTENANCE
# What was silent is taken for silent until it has been heard for an hour; a notice takes another.
_SETTLED_S = 2 * 3600.0
_SILENCES = frozenset({"silent", "unplugged"})


class Part(NamedTuple):
    """What a channel is to the detectors: its value times `factor` is in the unit of the role."""

    role: Role
    factor: float = 1.0


class Alarm(NamedTuple):
    """A finding under the name that it keeps from raised to cleared.

    Attributes:
        id: `acid_drainage-20261122T1815Z`; of a probe `sensor_fault-ph-3-ph-20261122T1815Z`.
        known_s: seconds since 1970 of the sample that made it known; the finding has its block's end.
        finding: what was found.
    """

    id: str
    known_s: float
    finding: Finding


class Vigil:
    """One station under watch.

    Args:
        plan: of the site.
        parts: what each channel is, by its name; the others are not watched.
    """

    def __init__(self, plan: Plan, parts: Mapping[str, Part]) -> None:
        self.watch = Watch(plan)
        self._parts = parts
        self._open: dict[tuple[Hazard, str], Alarm] = {}
        self._ended: dict[tuple[Hazard, str], str] = {}
        self._explained_s: dict[str, float] = {}

    @property
    def open(self) -> Sequence[Alarm]:
        """What stands, each as it was told last."""
        return tuple(self._open.values())

    def add(self, utc_s: float, channel: str, sample: Sample) -> list[Alarm]:
        """The next sample in order of time. Returns what there is to tell."""
        part = self._parts.get(channel)
        if part is None:
            return []
        if sample.why and sample.why & (Why.MAINTENANCE if sample.value is not None else _KNOWN):
            self._explained_s[channel] = utc_s
        if sample.value is not None and part.factor != 1.0:
            sample = sample._replace(value=sample.value * part.factor)
        found = self.watch.add(Tick(utc_s, {part.role: {channel: sample}}))
        told = (self._named(each, utc_s) for each in found)
        return [each for each in told if each is not None]

    def adopt(self, alarm: Alarm) -> None:
        """A life before this one has told of it, and it was not over: go on under its name."""
        self._open[about(alarm.finding)] = alarm
        self.watch.adopt(alarm.finding)

    def standing(self, of: tuple[Hazard, str]) -> Alarm | None:
        """What stands of a hazard, or of a probe."""
        return self._open.get(of)

    def close(self, alarm: Alarm) -> Alarm | None:
        """A person says that it is over, as far as the person knew of it.

        Who goes through the record again may have come to another name. But a word about what has ended
        says nothing of what came after it. What has become worse than was known goes on under a name of its
        own: returned, to be told.
        """
        key = about(alarm.finding)
        stands = self._open.get(key)
        if stands is None or (alarm.id != stands.id and alarm.id == self._ended.get(key)):
            return None
        self._ended[key] = alarm.id
        if stands.finding.level > alarm.finding.level:
            return self._anew(key, stands)
        del self._open[key]
        self.watch.close(*key)
        return None

    def _anew(self, key: tuple[Hazard, str], stands: Alarm) -> Alarm:
        utc_s = self.watch.grid.closed_s or stands.finding.utc_s
        finding = stands.finding._replace(phase=Phase.RAISED, utc_s=utc_s)
        self._open[key] = Alarm(alarm_id(finding), max(stands.known_s, utc_s), finding)
        return self._open[key]

    def _is_known(self, finding: Finding) -> bool:
        """Whether it is a silence that somebody has told of, or in which the station itself was off."""
        if finding.mechanism not in _SILENCES:
            return False
        explained_s = self._explained_s.get(finding.subject, 0.0)
        return finding.utc_s - max(explained_s, self.watch.grid.dark_s) <= _SETTLED_S

    def _named(self, finding: Finding, utc_s: float) -> Alarm | None:
        """None of what is not told here."""
        key = about(finding)
        before = self._open.get(key)
        if before is None and self._is_known(finding):
            return None
        if before is None:
            if finding.phase is Phase.CLEARED:
                return None
            finding = finding._replace(phase=Phase.RAISED)
        alarm = Alarm(alarm_id(finding) if before is None else before.id, utc_s, finding)
        if finding.phase is Phase.CLEARED:
            self._ended[key] = alarm.id
            del self._open[key]
        else:
            self._open[key] = alarm
        return alarm
