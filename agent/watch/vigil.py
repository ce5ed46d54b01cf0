"""What the live reader and the replay both run: samples in, alarms with a name out. Pure.

An alarm's name is made of what it is about and when it was raised, so whoever goes through the same record
again comes to the same names.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import Hazard, Phase, Role, Tick
from agent.watch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.watch.contract import Finding, Sample
    from agent.watch.plan import Plan

_WHEN = "%Y%m%dT%H%MZ"


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
        self._names: dict[tuple[Hazard, str], str] = {}

    def add(self, utc_s: float, channel: str, sample: Sample) -> list[Alarm]:
        """The next sample in order of time. Returns what there is to tell."""
        part = self._parts.get(channel)
        if part is None:
            return []
        if sample.value is not None and part.factor != 1.0:
            sample = sample._replace(value=sample.value * part.factor)
        found = self.watch.add(Tick(utc_s, {part.role: {channel: sample}}))
        return [Alarm(self._name(each), utc_s, each) for each in found]

    def _name(self, finding: Finding) -> str:
        about = _about(finding)
        if finding.phase is Phase.RAISED:
            self._names[about] = _named(finding)
        if finding.phase is Phase.CLEARED:
            return self._names.pop(about, _named(finding))
        return self._names.setdefault(about, _named(finding))


def raised_s(alarm_id: str) -> float:
    """When the alarm of this name was raised, to the minute, in seconds since 1970."""
    return datetime.strptime(alarm_id.rpartition("-")[2], _WHEN).replace(tzinfo=UTC).timestamp()


def _about(finding: Finding) -> tuple[Hazard, str]:
    """A hazard is the site's, whichever well shows it; a sick probe is its channel's."""
    return finding.hazard, finding.subject if finding.hazard is Hazard.SENSOR else ""


def _named(finding: Finding) -> str:
    hazard, subject = _about(finding)
    when = datetime.fromtimestamp(finding.utc_s, UTC).strftime(_WHEN)
    return "-".join(word for word in (hazard, subject.replace("/", "-"), when) if word)
