"""What `skyground events` prints for people, and as JSON. Pure."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from agent.cli.paint import painted
from agent.cli.table import age
from agent.events.figures import amount, figures
from agent.events.levels import LEVELS, level_word
from agent.model import Severity
from agent.publish.stamp import iso_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent.journal.lives import Life
    from agent.model import Entry, Event

_NS = 1_000_000_000
_WIDTH = 100
# Numbers of an event that are no evidence.
_ABOUT = {"confidence", "late_s"}


def as_json(life: Life, now_ns: int) -> dict[str, Any]:
    """One event in a list."""
    last, begin_ns = life.last, life.tellings[0].time.wall_ns
    end_ns = life.end.time.wall_ns if life.end else None
    said = life.acknowledged
    return {
        "id": last.id,
        "kind": last.kind,
        "subject": last.subject,
        "phase": last.phase,
        "severity": int(life.level),
        "level": level_word(life.level),
        "worst": level_word(life.worst),
        "title": last.title,
        "was": life.found.title,
        "text": last.text,
        "since": iso_ms(begin_ns),
        "until": None if end_ns is None else iso_ms(end_ns),
        "lasted_s": round(((end_ns or now_ns) - begin_ns) / _NS, 1),
        "acknowledged": said and {"by": said.data.get("by", ""), "note": said.data.get("note", "")},
        "closed_by": life.closed_by or None,
        "data": dict(last.data),
    }


def whole(life: Life, now_ns: int) -> dict[str, Any]:
    """All that is on record of one event."""
    found = life.found
    numbers = {name: value for name, value in found.data.items() if name not in _ABOUT}
    shown = [
        {"what": each.label, "value": each.value, "unit": each.unit, "threshold": each.threshold}
        for each in figures(numbers)
    ]
    return {
        **as_json(life, now_ns),
        "found": {"text": found.text, "data": dict(found.data), "figures": shown},
        "tellings": [_telling(each) for each in life.tellings],
    }


def list_lines(events: Mapping[str, Sequence[Mapping[str, Any]]], *, colour: bool) -> list[str]:
    """`events` as in the answer of `skyground events --json`."""
    lines = [line for each in events["open"] for line in _open(each, colour=colour)]
    if not lines:
        lines = ["nothing is open"]
    over = [line for each in events["over"] for line in _over(each, colour=colour)]
    return [*lines, *(["", "over:"] if over else []), *over, *_to_type(events["open"])]


def show_lines(event: Mapping[str, Any], *, colour: bool) -> list[str]:
    """`event` as in the answer of `skyground events show ID --json`."""
    level = event["worst"] if event["until"] else event["level"]
    asks = LEVELS[Severity[level.upper()]]
    state = f"over since {_at(event['until'])}, after {age(event['lasted_s'])}" if event["until"] else ""
    state = state or f"open since {_at(event['since'])}, for {age(event['lasted_s'])}"
    return [
        f"{_painted(level, colour=colour)}: {asks}   {event['id']}",
        event["title"],
        f"{state}; {_words_of_people(event)}",
        "",
        *textwrap.wrap(_why(event["found"]), _WIDTH),
        "",
        *_table(event["found"]["figures"]),
        *_more(event["found"]["data"]),
        "what was told:",
        *(_told(each) for each in event["tellings"]),
        *_next(event),
    ]


def _to_type(opened: Sequence[Mapping[str, Any]]) -> list[str]:
    """What to do about the gravest that nobody has in hand: the last line, where the eye rests."""
    waits = next((each["id"] for each in opened if _wants_somebody(each)), None)
    if waits is None:
        return []
    return ["", f"next: skyground events show {waits}, then skyground events ack {waits} --by NAME"]


def _wants_somebody(event: Mapping[str, Any]) -> bool:
    return not (event["until"] or event["acknowledged"] or event["level"] == "info")


def _open(event: Mapping[str, Any], *, colour: bool) -> Iterator[str]:
    yield (
        f"{_painted(event['level'], colour=colour, width=8)}"
        f"{_at(event['since'])}  {age(event['lasted_s']):>6}  {event['id']}"
    )
    yield f"{'':<8}{event['title']}"
    yield f"{'':<8}{_words_of_people(event)}"


def _over(event: Mapping[str, Any], *, colour: bool) -> Iterator[str]:
    yield (
        f"{_painted(event['worst'], colour=colour, width=8)}"
        f"{_at(event['until'])}  {age(event['lasted_s']):>6}  {event['id']}"
    )
    by = f"; {event['text']}" if event["closed_by"] else ""
    yield f"{'':<8}{event['was']}{by}"


def _words_of_people(event: Mapping[str, Any]) -> str:
    said = event["acknowledged"]
    note = f": {said['note']}" if said and said["note"] else ""
    seen = f"acknowledged by {said['by']}{note}" if said else "nobody has acknowledged it"
    return f"{seen}; closed by {event['closed_by']}" if event["closed_by"] else seen


def _why(found: Mapping[str, Any]) -> str:
    """Without the numbers, which follow as a table."""
    return str(found["data"].get("cause", found["text"]))


def _table(shown: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every number, and the threshold that it was held against."""
    if not shown:
        return []
    lines = [f"{'NUMBER':<44}{'VALUE':>14}{'AGAINST':>14}"]
    for each in shown:
        against = "" if each["threshold"] is None else amount(each["threshold"], each["unit"])
        lines.append(f"{each['what']:<44}{amount(each['value'], each['unit']):>14}{against:>14}".rstrip())
    return [*lines, ""]


def _more(data: Mapping[str, Any]) -> list[str]:
    """What the event says beside its numbers."""
    words = {
        "mechanism": str(data.get("mechanism", "")).replace("_", " "),
        "confidence": f"{100.0 * data['confidence']:.0f} %" if "confidence" in data else "",
        "channels": str(data.get("channels", "")).replace(",", ", "),
        "seen": _at(data["seen_utc"]) if "seen_utc" in data else "",
        "known": _at(data["known_utc"]) if "known_utc" in data else "",
        "late by": age(data["late_s"]) if "late_s" in data else "",
        "do first": data.get("advice", ""),
    }
    lines = [f"{name:<12}{said}" for name, said in words.items() if said]
    return [*lines, ""] if lines else []


def _told(telling: Mapping[str, Any]) -> str:
    by = f" by {telling['by']}" if telling["by"] else ""
    note = f": {telling['note']}" if telling["note"] else ""
    said = f"{telling['phase']}{by}{note}" if by else f"{telling['phase']}, {telling['title']}"
    return f"{_at(telling['time'])}  {telling['level']:<8}{said}"


def _next(event: Mapping[str, Any]) -> list[str]:
    if not _wants_somebody(event):
        return []
    return ["", f"when somebody takes care of it: skyground events ack {event['id']} --by NAME"]


def _telling(entry: Entry) -> dict[str, Any]:
    event: Event = entry.record  # type: ignore[assignment]
    person = event.phase in {"acknowledged", "cleared"}
    return {
        "seq": entry.seq,
        "time": iso_ms(entry.time.wall_ns),
        "phase": event.phase,
        "level": level_word(event.severity),
        "title": event.title,
        "by": event.data.get("by", "") if person else "",
        "note": event.data.get("note", "") if person else "",
    }


def _painted(level: str, *, colour: bool, width: int = 0) -> str:
    return painted(f"{level:<{width}}", Severity[level.upper()], colour=colour)


def _at(moment: str) -> str:
    """To the minute: `2026-11-22 18:15 UTC`."""
    return f"{moment[:16].replace('T', ' ')} UTC"
