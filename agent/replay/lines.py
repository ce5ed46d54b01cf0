"""What a replay writes, line by line; the same history makes the same bytes. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from agent.events.levels import level_word
from agent.model import Instant, Trust
from agent.watch import telling
from agent.watch.live.late import LATE_FROM_S
from agent.watch.names import iso

if TYPE_CHECKING:
    from agent.watch.vigil import Alarm

FLAGS_HEAD = "time_utc,sensor,flag,file\n"
_NS = 10**9
_SUFFIXES = (".gz", ".csv", ".db", ".sqlite")


class Source(NamedTuple):
    """Whose history it is: a file as it was named, and the station that it is of."""

    file: str
    station: str


def source(file: str) -> Source:
    """The station is called as the file, without what says how it is packed."""
    station = file.rpartition("/")[2]
    for suffix in _SUFFIXES:
        station = station.removesuffix(suffix)
    return Source(file, station if station != "-" else "stdin")


def event_line(of: Source, alarm: Alarm, came_s: float) -> str:
    """An alarm as one JSON object: when it was known and seen, what it is, and every number that made it.

    `came_s`: when what made it was there; long after it could be seen it is told as late, as it was live.
    """
    finding = alarm.finding
    known_ns = round(alarm.known_s * _NS)
    late_s = came_s - finding.utc_s
    late = {"late_s": round(late_s, 1)} if late_s > LATE_FROM_S else {}
    event = telling.event(alarm, Instant(known_ns, known_ns, Trust.NTP), late_s if late else 0.0)
    return json.dumps(
        {
            "time_utc": iso(alarm.known_s),
            "seen_utc": iso(finding.utc_s),
            "file": of.file,
            "station": of.station,
            "kind": event.kind,
            "level": level_word(event.severity),
            "severity": int(event.severity),
            "phase": event.phase,
            "id": event.id,
            "subject": event.subject,
            "mechanism": finding.mechanism,
            "late": bool(late),
            **late,
            "confidence": round(finding.confidence, 3),
            "title": event.title,
            "text": event.text,
            "advice": finding.advice,
            "evidence": dict(finding.evidence),
        },
        ensure_ascii=False,
    )


def field(text: str) -> str:
    """A text as CSV wants it."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n\r') else text
