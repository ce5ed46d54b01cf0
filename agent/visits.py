"""Visits: what people do and see on the site, told to the running station, on record before it says so.

A visit lasts as long as the maintenance that it began, which always ends and survives a power cut; so the
station has no other memory of it. Notes, readings, samples and photos may also come outside of any visit.
"""

from __future__ import annotations

import json
import threading
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.drift import compared
from agent.acquire.latest import age_s
from agent.acquire.maintenance import LONGEST_S, STATION, VISIT
from agent.clock import NS
from agent.control import RefusedError
from agent.model import Flag, Visit, Why
from agent.one_line import one_line
from agent.publish.stamp import iso_ms
from agent.recorded import put_on_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.acquire.drift import Comparison, Drifts
    from agent.acquire.latest import Latest
    from agent.acquire.maintenance import Maintenance, Work
    from agent.clock import Clock
    from agent.control import Deferred
    from agent.journal.journal import Journal
    from agent.model import Channel, Record

SHORTEST_S = 60.0
USUAL_S = 7200.0
_LONGEST_NAME, _LONGEST_TEXT = 100, 2000
_SHA256 = 64
_LARGEST = 1e30  # of any unit; what is no number is not below it either
# A probe's value counts for a comparison while it is not older than two of its periods, and this at least.
_FRESH_S = 120.0


class Place(NamedTuple):
    """What of the station visits are about: its channels, and how often each sensor is read."""

    channels: Sequence[Channel]
    periods_s: Mapping[str, float]


class Visits:
    """The handlers of the control socket for visits: one thread. `append` and `kept` from any."""

    def __init__(
        self,
        place: Place,
        clock: Clock,
        journal: Journal,
        maintenance: Maintenance,
        latest: Latest,
        drifts: Drifts,
    ) -> None:
        self._channels = {str(channel): channel for channel in place.channels}
        self._periods_s = place.periods_s
        self._clock = clock
        self._journal = journal
        self._maintenance = maintenance
        self._latest = latest
        self._drifts = drifts
        # What begins or ends a drift is handed over before anybody else looks: else its end may come first.
        self._drifting = threading.Lock()

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any]], object]]:
        """By command. What puts something on record answers when it is there; each raises RefusedError."""
        return {
            "visit_start": self.start,
            "visit_note": self.note,
            "visit_reading": self.reading,
            "visit_sample": self.sample,
            "visit_photo": self.photo,
            "visit_end": self.end,
            "visit_list": lambda _arguments: self.under_way(),
        }

    def append(self, records: Sequence[Record]) -> None:
        """For who calibrates: hand records over, and with a calibration the end of the drift before it."""
        visits = [each for each in records if isinstance(each, Visit) and each.kind == "calibration"]
        made = [each for each in visits if each.data.get("move") == "made"]
        with self._drifting:
            ends = [end for each in made for end in self._drifts.calibrated(each.subject, each.at)]
            self._journal.append([*records, *ends])

    def under_way(self) -> dict[str, object]:
        """The visit that goes on, if one does, and the channels that have drifted."""
        works = self._works()
        now_ns = self._clock.now().mono_ns
        visit = None
        if works:
            data = next(iter(works.values())).event.data
            visit = {
                "visit": data["visit"],
                "by": data.get("by", ""),
                "subjects": sorted(works),
                "left_s": round(max(work.end_ns for work in works.values()) / NS - now_ns / NS),
            }
        with self._drifting:
            return {"visit": visit, "drifted": self._drifts.open()}

    def start(self, arguments: Mapping[str, Any]) -> Deferred:
        """`{"by": NAME}`, and if wanted `subjects` (sensors, or the station), `for_s`, `text`."""
        if self._works():
            raise RefusedError("a visit is under way", "end it first: skyground visit end")
        by = _required(arguments, "by", "say who you are: --by NAME")
        subjects = self._subjects(arguments)
        for_s, text = _for_s(arguments), one_line(arguments, "text", _LONGEST_TEXT)
        now = self._clock.now()
        identity = f"visit/{self._clock.boot_id[:8]}-{now.mono_ns}"
        for subject in subjects:
            note = f"visit of {by}" + (f": {text}" if text else "")
            self._maintenance.begin(subject, for_s, note, {VISIT: identity, "by": by})
        subject = subjects[0] if len(subjects) == 1 else STATION
        data = {"subjects": list(subjects), "for_s": for_s}
        return self._put(Visit(identity, identity, "start", subject, by, now, text, data))

    def note(self, arguments: Mapping[str, Any]) -> Deferred:
        """`{"text": WHAT}`, and if wanted `subject`, `by`."""
        return self._put(self._note(arguments))

    def sample(self, arguments: Mapping[str, Any]) -> Deferred:
        """`{"bottle": ID}`, and if wanted `subject`, `by`, `text`: what the laboratory's result will name."""
        return self._put(self._sample(arguments))

    def photo(self, arguments: Mapping[str, Any]) -> Deferred:
        """`{"file": NAME, "sha256": HEX}`, and if wanted `bearing_deg`, `point`, `subject`, `by`, `text`.

        The picture itself stays where it is: its name and its SHA-256 find it again, and prove it.
        """
        return self._put(self._photo(arguments))

    def reading(self, arguments: Mapping[str, Any]) -> Deferred:
        """`{"subject": CHANNEL, "value": N}`, and if wanted `instrument`, `by`, `text`.

        Compared with what the probe says now; the answer has both, the difference and the verdict.
        """
        channel = self._channel(arguments)
        said, usable = self._probe(channel)
        why = Why(said.get("probe_why", 0))
        found = compared(channel.quantity, _number(arguments, "value"), usable, why)
        visit = self._reading(arguments, channel, said, found)
        with self._drifting:
            return self._put(visit, self._drifts.hear(channel, found, visit.at))

    def kept(self, line: str) -> Visit:
        """The record of what was kept while no station ran (`agent.visit_spool`). Any thread.

        A reading of that time is compared with nothing. What makes no sense becomes a note, word for word.
        """
        identity = f"kept/{sha256(line.encode(errors='replace')).hexdigest()[:16]}"
        try:
            said = json.loads(line)
            visit = self._of_kept(said["command"], said["arguments"])
            noted: dict[str, Any] = {"noted": iso_ms(said["noted_ns"])}
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError, RefusedError) as error:
            text = f"kept while no station ran, and not understood ({error}): {line}"
            words = {"text": "".join(each for each in text if each.isprintable())[:_LONGEST_TEXT]}
            visit, noted = self._visit("note", {**words, "by": "unknown"}, {}), {}
        return visit._replace(id=identity, visit="", data={**visit.data, **noted})

    def _of_kept(self, command: str, arguments: Any) -> Visit:
        if not isinstance(arguments, dict):
            raise TypeError("arguments are no table")
        match command:
            case "visit_note":
                return self._note(arguments)
            case "visit_sample":
                return self._sample(arguments)
            case "visit_photo":
                return self._photo(arguments)
            case "visit_reading":
                channel = self._channel(arguments)
                found = compared(channel.quantity, _number(arguments, "value"), None)
                return self._reading(arguments, channel, {"probe": None}, found)
        raise RefusedError(f"{command} is nothing that is kept", "")

    def _note(self, arguments: Mapping[str, Any]) -> Visit:
        _required(arguments, "text", "write what you have seen")
        return self._visit("note", arguments, {})

    def _sample(self, arguments: Mapping[str, Any]) -> Visit:
        bottle = _required(arguments, "bottle", "the laboratory finds it by the bottle's id")
        return self._visit("sample", arguments, {"bottle": bottle})

    def _photo(self, arguments: Mapping[str, Any]) -> Visit:
        data: dict[str, Any] = {"file": _required(arguments, "file", "the name of the picture's file")}
        data["sha256"] = digest = _required(arguments, "sha256", "of the picture's bytes, in hex")
        if len(digest) != _SHA256 or not set(digest) <= set("0123456789abcdef"):
            raise RefusedError(f"{digest!r} is no SHA-256", "64 digits 0-9a-f")
        if arguments.get("bearing_deg") is not None:
            data["bearing_deg"] = _number(arguments, "bearing_deg", 0.0, 360.0)
        if point := one_line(arguments, "point", _LONGEST_NAME):
            data["point"] = point
        return self._visit("photo", arguments, data)

    def _reading(
        self, arguments: Mapping[str, Any], channel: Channel, said: Mapping[str, Any], found: Comparison
    ) -> Visit:
        instrument = one_line(arguments, "instrument", _LONGEST_NAME)
        data = {
            "value": found.manual,
            "unit": channel.unit,
            **({"instrument": instrument} if instrument else {}),
        }
        data |= {**said, "difference": found.difference, "allowed": found.allowed, "verdict": found.verdict}
        return self._visit("reading", arguments, data)

    def _channel(self, arguments: Mapping[str, Any]) -> Channel:
        """Raises RefusedError."""
        channel = self._channels.get(str(arguments.get("subject")))
        if channel is None:
            known = ", ".join(self._channels)
            raise RefusedError(f"there is no channel {arguments.get('subject')!r}", f"it is one of: {known}")
        return channel

    def end(self, arguments: Mapping[str, Any]) -> Deferred:
        """`{}`, and if wanted `text`. Its maintenance is over, too."""
        works = self._works()
        if not works:
            raise RefusedError("no visit is under way", "its time was over, or `skyground visit start`")
        visit = self._visit("end", {**arguments, "subject": None}, {"subjects": sorted(works)})
        for subject, work in works.items():
            self._maintenance.end(subject, work.event.data)
        subject = next(iter(works)) if len(works) == 1 else STATION
        return self._put(visit._replace(subject=subject))

    def _put(self, visit: Visit, events: Sequence[Record] = ()) -> Deferred:
        told = {**visit._asdict(), "at": iso_ms(visit.at.wall_ns)}
        return put_on_record(self._journal, visit, told, lambda: self._journal.append([visit, *events]))

    def _visit(self, kind: str, arguments: Mapping[str, Any], data: Mapping[str, Any]) -> Visit:
        """A record of the visit under way, or of none. Raises RefusedError."""
        works = self._works()
        of = next(iter(works.values())).event.data if works else {}
        by = one_line(arguments, "by", _LONGEST_NAME) or str(of.get("by", ""))
        by = by or one_line(arguments, "login", _LONGEST_NAME)
        if not by:
            raise RefusedError("nobody is named, and no visit is under way", "say who you are: --by NAME")
        now = self._clock.now()
        identity = f"{kind}/{self._clock.boot_id[:8]}-{now.mono_ns}"
        visit, subject = str(of.get("visit", "")), self._subject(arguments.get("subject"))
        return Visit(
            identity, visit, kind, subject, by, now, one_line(arguments, "text", _LONGEST_TEXT), data
        )

    def _works(self) -> dict[str, Work]:
        """The maintenance of the visit under way, by subject; empty when none is."""
        works = self._maintenance.in_force()
        return {work.subject: work for work in works if work.event.data.get(VISIT)}

    def _probe(self, channel: Channel) -> tuple[dict[str, Any], float | None]:
        """What the probe said last, and its value if it may be compared."""
        newest = self._latest.snapshot().get(str(channel))
        if newest is None:
            return {"probe": None}, None
        last, age = newest.last, age_s(newest.last, self._clock.now())
        is_fresh = age <= max(2 * self._periods_s.get(channel.sensor, 0.0), _FRESH_S)
        is_measured = last.flag not in {Flag.FAIL, Flag.MISSING} and not last.why & Why.WARMING_UP
        said = {
            "probe": last.value,
            "probe_raw": last.raw,
            "probe_age_s": round(age, 3),
            "probe_qc": int(last.flag),
            "probe_why": int(last.why),
            "calibration": last.calibration.id,
        }
        return said, last.value if is_fresh and is_measured else None

    def _subjects(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """Sensors, each once, or the whole station. Raises RefusedError."""
        subjects = arguments.get("subjects") or [STATION]
        if not isinstance(subjects, list):
            raise RefusedError(f"subjects is {subjects!r}", "a list of sensors")
        wrong = [each for each in subjects if each not in self._maintenance.subjects]
        if wrong:
            known = ", ".join(self._maintenance.subjects)
            raise RefusedError(f"there is no sensor {wrong[0]!r}", f"it is one of: {known}")
        return (STATION,) if STATION in subjects else tuple(dict.fromkeys(subjects))

    def _subject(self, subject: object) -> str:
        """A channel, a sensor or the station. Raises RefusedError."""
        if subject is None:
            return STATION
        known = (*self._maintenance.subjects, *self._channels)
        if subject not in known:
            raise RefusedError(f"there is no {subject!r} here", f"it is one of: {', '.join(known)}")
        return str(subject)


def _for_s(arguments: Mapping[str, Any]) -> float:
    return _number({"for_s": USUAL_S, **arguments}, "for_s", SHORTEST_S, LONGEST_S)


def _number(
    arguments: Mapping[str, Any], name: str, low: float = float("-inf"), high: float = float("inf")
) -> float:
    """Raises RefusedError."""
    value = arguments.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise RefusedError(f"{name} is {value!r}", "it is a number")
    if not low <= value <= high:
        raise RefusedError(f"{name} is {value:g}", f"it is a number from {low:g} to {high:g}")
    return float(value)


def _required(arguments: Mapping[str, Any], name: str, hint: str) -> str:
    """Raises RefusedError."""
    text = one_line(arguments, name, _LONGEST_TEXT if name == "text" else _LONGEST_NAME)
    if not text:
        raise RefusedError(f"{name} is missing", hint)
    return text
