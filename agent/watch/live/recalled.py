"""Told events turned back into alarms: what a life before this one has said. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import Finding, Hazard, Phase
from agent.watch.telling import KINDS
from agent.watch.vigil import Alarm

if TYPE_CHECKING:
    from agent.model import Event

_PHASES = frozenset(str(phase) for phase in Phase)
_NEEDED = frozenset({"mechanism", "confidence", "seen_utc", "known_utc", "advice"})


class Said(NamedTuple):
    """What makes one telling of an alarm different from another."""

    id: str
    phase: str
    severity: int
    mechanism: str


def is_ours(event: Event) -> bool:
    """Whether the detectors told it; the pollers tell of sensors that do not answer under the same kind."""
    return event.kind in KINDS and event.id.startswith(f"{event.kind}-") and event.data.keys() >= _NEEDED


def said(event: Event) -> Said:
    """Of an event of ours."""
    return Said(event.id, event.phase, event.severity, str(event.data["mechanism"]))


def by_person(event: Event) -> bool:
    """Whether a person closed it: what goes on is the detectors' to tell anew."""
    return event.phase == Phase.CLEARED and "by" in event.data


def alarm_of(event: Event) -> Alarm:
    """An event of ours as the alarm that it was, as far as a finding that stands needs it."""
    hazard = Hazard(event.kind)
    data = event.data
    finding = Finding(
        _utc_s(str(data["seen_utc"])),
        hazard,
        event.subject if hazard is Hazard.SENSOR else str(data.get("channels", "")),
        Phase(event.phase) if event.phase in _PHASES else Phase.UPDATED,
        event.severity,
        float(data["confidence"]),
        {},
        str(data.get("cause", event.text)),
        str(data["advice"]),
        str(data["mechanism"]),
    )
    return Alarm(event.id, _utc_s(str(data["known_utc"])), finding)


def _utc_s(text: str) -> float:
    return datetime.fromisoformat(text).astimezone(UTC).timestamp()
