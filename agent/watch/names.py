"""The name of an alarm, and of a moment: the same however often it is found. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agent.watch.contract import Hazard

if TYPE_CHECKING:
    from agent.watch.contract import Finding

_WHEN = "%Y%m%dT%H%MZ"


def about(finding: Finding) -> tuple[Hazard, str]:
    """A hazard is the site's, whichever well shows it; a sick probe is its channel's."""
    return finding.hazard, finding.subject if finding.hazard is Hazard.SENSOR else ""


def alarm_id(finding: Finding) -> str:
    """`acid_drainage-20261122T1815Z`; of a probe `sensor_fault-ph-3-ph-20261122T1815Z`."""
    hazard, subject = about(finding)
    when = datetime.fromtimestamp(finding.utc_s, UTC).strftime(_WHEN)
    return "-".join(word for word in (hazard, subject.replace("/", "-"), when) if word)


def raised_s(name: str) -> float:
    """When the alarm of this name was raised, to the minute, in seconds since 1970."""
    return datetime.strptime(name.rpartition("-")[2], _WHEN).replace(tzinfo=UTC).timestamp()


def iso(utc_s: float) -> str:
    """UTC, to the second, as in events of a station: `2026-11-22T10:15:00Z`."""
    return datetime.fromtimestamp(utc_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
