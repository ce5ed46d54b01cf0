"""The words of a message: how bad, what, where, since when, the numbers, what to do, how to answer. Pure.

The first line stands alone: a phone shows no more, and an SMS gateway makes one message of 78 characters.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.events.levels import LEVELS, level_word
from agent.model import Severity
from agent.notify.contract import Message
from agent.notify.figures import number_lines
from agent.notify.incident import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.model import Entry, Instant
    from agent.notify.incident import Incident
    from agent.notify.outbox import Letter

SUBJECT_CHARS = 78
_PLACE_CHARS = 16  # of the place at the least: what happened and its number come first
_LATE_S = 900.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


class Whence(NamedTuple):
    """Which station tells; `title` is for people, coordinates are WGS84 degrees."""

    site: str
    station: str
    title: str = ""
    latitude: float | None = None
    longitude: float | None = None

    def __str__(self) -> str:
        return f"{self.site}/{self.station}"


class Moment(NamedTuple):
    """Now, as the station's clock has it, in this boot."""

    boot: str
    at: Instant

    def age_s(self, entry: Entry) -> float:
        """How long ago it was; by the clock that nobody sets where this boot holds both."""
        if entry.boot == self.boot:
            return max(0, self.at.mono_ns - entry.record.at.mono_ns) / NS
        return max(0, self.at.wall_ns - entry.time.wall_ns) / NS


def compose(letter: Letter, whence: Whence, now: Moment) -> Message:
    """The message that tells `letter`."""
    incidents = letter.incidents
    return Message(
        id=_digest(_key(letter, whence)),
        threads=[_digest(f"{whence}/{each.event.id}") for each in incidents],
        change=letter.change.value,
        severity=letter.worst,
        subject=_subject(letter, whence, now),
        text="\n".join([*_body(letter, whence, now), "", *_footer(letter, whence)]) + "\n",
        made_ns=now.at.wall_ns,
        incidents=[_as_json(each, now) for each in incidents],
    )


def exercise(notifier: str, whence: Whence, now: Moment) -> Message:
    """The message that only shows that messages arrive."""
    text = [
        f"This is an exercise: somebody ran `skyground notify test {notifier}`.",
        "Nothing has happened and nothing is to be done.",
        "",
        *_where(whence),
        f"Sent:   {_utc(now.at.wall_ns)}",
    ]
    return Message(
        id=_digest(f"{whence}/exercise/{notifier}/{now.at.wall_ns}"),
        threads=[],
        change="exercise",
        severity=Severity.INFO,
        subject=_fitting("[EXERCISE] ", str(whence), f"test of notifier {notifier}"),
        text="\n".join(text) + "\n",
        made_ns=now.at.wall_ns,
    )


def _key(letter: Letter, whence: Whence) -> str:
    """What makes two messages the same: who speaks, of which incidents, what has become of them."""
    parts = sorted(_state(each, letter.change) for each in letter.incidents)
    return f"{whence}/{letter.change}/{letter.serial}/{' '.join(parts)}"


def _state(incident: Incident, change: Change) -> str:
    """An update at the same level is known by the record that brought it."""
    is_update = incident.change is Change.UPDATED
    which = f" {incident.untold_seq}" if is_update else ""
    return f"{incident.event.id} {incident.change or change} {incident.worst}{which}"


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:32]


def _subject(letter: Letter, whence: Whence, now: Moment) -> str:
    worst, place, first = letter.worst.name, str(whence), letter.incidents[0]
    if len(letter.incidents) > 1:
        count = len(letter.incidents)
        what = "still open" if letter.change is Change.REMINDER else "incidents at once"
        return _fitting(f"[{worst}] ", place, f"{count} {what}: {_short(first)}")
    title, level = _short(first), first.event.severity.name
    match letter.change:
        case Change.CLEARED:
            return _fitting(f"[OVER, was {worst}] ", place, title)
        case Change.WORSE | Change.UPDATED:
            said = "worse" if letter.change is Change.WORSE else "new"
            return _fitting(f"[{level}] ", place, f"{said}: {title}")
        case Change.REMINDER:
            return _fitting(f"[{level}] ", place, f"open for {_span(now.age_s(first.since))}: {title}")
        case _:
            return _fitting(f"[{level}] ", place, title)


def _body(letter: Letter, whence: Whence, now: Moment) -> Iterator[str]:
    if len(letter.incidents) == 1:
        yield from _of_incident(letter.incidents[0], letter.change, now, whence)
        return
    yield from _where(whence)
    for number, incident in enumerate(letter.incidents, 1):
        yield from ("", f"--- {number} of {len(letter.incidents)} ---")
        yield from _of_incident(incident, incident.change or letter.change, now)


def _of_incident(
    incident: Incident, change: Change, now: Moment, whence: Whence | None = None
) -> Iterator[str]:
    data = incident.event.data
    yield _headline(incident, change)
    yield _title(incident)
    if not incident.is_over and "advice" in data:
        yield f"First:  {_plain(str(data['advice']))}"
    yield ""
    if whence is not None:
        yield from _where(whence)
    yield from _when(incident, now)
    yield from _lateness(incident, now)
    yield from _why(incident)
    yield from number_lines(data)
    if not incident.is_over:
        yield from ("", _answer(incident))


def _headline(incident: Incident, change: Change) -> str:
    level, worst = incident.event.severity, incident.worst
    words = f"{level.name}: {LEVELS[level]}"
    if change is Change.CLEARED:
        return f"OVER; it was {worst.name}"
    if worst > level:
        words += f"; it was {worst.name} in between"
    before = {Change.WORSE: "WORSE - ", Change.UPDATED: "NEW - ", Change.REMINDER: "STILL OPEN - "}
    return f"{before.get(change, '')}{words}"


def _why(incident: Incident) -> Iterator[str]:
    """What the detectors saw, whose numbers and advice have lines of their own; else what the event says."""
    event, data = incident.event, incident.event.data
    said = event.text if incident.is_over else str(data.get("cause", event.text))
    if said:
        yield from ("", *map(_plain, said.splitlines()))
    if "confidence" in data and not incident.is_over:
        channels = f"; seen by {data['channels']}" if "channels" in data else ""
        yield _plain(f"Confidence {100.0 * float(data['confidence']):.0f} %{channels}.")


def _answer(incident: Incident) -> str:
    """Who takes care of it, or how to say that one does."""
    said = incident.in_hand
    if said is None:
        return f"Acknowledge: skyground events ack {incident.event.id}"
    note = said.data.get("note")
    return _plain(f"In hand: {said.data.get('by', 'somebody')}{f' ({note})' if note else ''}")


def _where(whence: Whence) -> Iterator[str]:
    yield f"Where:  {whence}{f', {_plain(whence.title)}' if whence.title else ''}"
    if whence.latitude is not None and whence.longitude is not None:
        place = f"{whence.latitude:.5f}, {whence.longitude:.5f}"
        pin = f"mlat={whence.latitude:.5f}&mlon={whence.longitude:.5f}"
        yield f"        {place} (WGS84) https://www.openstreetmap.org/?{pin}"


def _when(incident: Incident, now: Moment) -> Iterator[str]:
    since = incident.since
    clock = "" if since.time.settled else " (the station's clock was not set: about)"
    yield f"Raised: {_utc(since.time.wall_ns)}, {_span(now.age_s(since))} ago{clock}"
    if incident.is_over:
        yield f"Over:   {_utc(incident.last.time.wall_ns)}, {_span(now.age_s(incident.last))} ago"


def _lateness(incident: Incident, now: Moment) -> Iterator[str]:
    late_s = incident.event.data.get("late_s")
    if isinstance(late_s, int | float):
        yield f"Late:   found in data that came {_span(late_s)} late"
    age_s = now.age_s(incident.last)
    if incident.change is not None and age_s >= _LATE_S:
        yield f"Late:   this has been waiting for {_span(age_s)} to be told"


def _footer(letter: Letter, whence: Whence) -> Iterator[str]:
    if len(letter.incidents) == 1:
        yield f"Id: {letter.incidents[0].event.id} of {whence}"
    else:
        yield f"Told by {whence}. A digest: `skyground events` lists all."


def _title(incident: Incident) -> str:
    return _plain(incident.event.title.removeprefix("over: "))


def _short(incident: Incident) -> str:
    """Without the level, which the first line begins with."""
    word = level_word(incident.event.severity)
    return _title(incident).replace(f", was {word}", "", 1).replace(f", {word}", "", 1)


def _plain(text: str) -> str:
    """One line, and nothing that a terminal or a mail header would take for more than text."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _fitting(level: str, place: str, what: str) -> str:
    """`[RED] PLACE: WHAT`: a long place is cut before what happened is, and its number."""
    room = max(_PLACE_CHARS, SUBJECT_CHARS - len(level) - len(what) - len(": "))
    return _cut(f"{level}{_cut(place, room)}: {what}", SUBJECT_CHARS)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3].rstrip(' ;,:')}..."


def _span(seconds: float) -> str:
    """Like `35 min`, `4 h`, `3 d`."""
    for unit_s, word in _UNITS:
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.0f} {word}"
    return "1 min" if seconds >= 60 else "less than a minute"  # noqa: PLR2004 - a minute


def _utc(wall_ns: int) -> str:
    return (_EPOCH + timedelta(seconds=wall_ns // NS)).strftime("%Y-%m-%d %H:%M UTC")


def _as_json(incident: Incident, now: Moment) -> dict[str, object]:
    event = incident.event
    return {
        "id": event.id,
        "kind": event.kind,
        "subject": event.subject,
        "phase": event.phase,
        "severity": level_word(event.severity),
        "worst": level_word(incident.worst),
        "acknowledged": incident.in_hand is not None,
        "since_utc": iso(incident.since.time.wall_ns),
        "at_utc": iso(incident.last.time.wall_ns),
        "age_s": round(now.age_s(incident.last)),
        "title": event.title,
        "text": event.text,
        "data": dict(event.data),
    }


def iso(wall_ns: int) -> str:
    """UTC, RFC 3339, in seconds."""
    return (_EPOCH + timedelta(seconds=wall_ns // NS)).isoformat().replace("+00:00", "Z")
