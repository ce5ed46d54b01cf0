"""Alarms put together to incidents: one for each name, from raised to cleared. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.model import Severity
from agent.watch.contract import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.watch.contract import Hazard
    from agent.watch.vigil import Alarm


class Incident(NamedTuple):
    """One life of a finding; times in seconds since 1970, when they were known.

    Attributes:
        id: of the alarm.
        hazard: what it is about.
        mechanism: as it was told first.
        level: the highest.
        raised_s: when it was told first.
        amber_s: when somebody was first called, by yellow or more; None: never.
        cleared_s: None: it stands at the end.
    """

    id: str
    hazard: Hazard
    mechanism: str
    level: Severity
    raised_s: float
    amber_s: float | None
    cleared_s: float | None


def incidents(alarms: Iterable[Alarm]) -> list[Incident]:
    """Those of a history, in the order in which they were raised."""
    found: dict[str, Incident] = {}
    for alarm in alarms:
        finding, at_s = alarm.finding, alarm.known_s
        before = found.get(alarm.id) or Incident(
            alarm.id, finding.hazard, finding.mechanism, finding.level, at_s, None, None
        )
        if finding.phase is Phase.CLEARED:
            found[alarm.id] = before._replace(cleared_s=at_s)
            continue
        amber_s = before.amber_s
        if amber_s is None and finding.level >= Severity.YELLOW:
            amber_s = at_s
        level = max(before.level, finding.level)
        found[alarm.id] = before._replace(level=level, amber_s=amber_s)
    return list(found.values())
