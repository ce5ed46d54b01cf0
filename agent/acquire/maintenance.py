"""Maintenance: while somebody works on an instrument, what it says is not the site's water.

It has a beginning, an end and an event of its own, and it always ends: forgotten maintenance must not silence
a station. A visit, each calibration and a person's word hold their own, side by side: a sensor measures the
site again when nobody holds it any more. Its event says how long it may still go on. As long as the network
has not told the time, that is put on record again and again, so that the next boot can go on with it.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.model import Event, Flag, Observation, Severity, Trust, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from agent.clock import Clock
    from agent.model import Instant, Record

    _Key = tuple[str, str]  # subject and holder

STATION = "station"  # the subject that stands for every sensor
KIND = "maintenance"
LONGEST_S = 86_400.0
_IDLE_S, _ASK_S = 3600.0, 5.0
# What is left is put on record so often while the time is not sure. Where nobody can tell how long a machine
# was off, its next start takes it for as long: so maintenance ends however often the power goes.
UNSURE_S = 900.0
CALIBRATES, VISIT = "calibrates", "visit"
# Words of an event that name who holds it; without one somebody told it by hand.
_HOLDERS = (CALIBRATES, VISIT)
_WORDS = {"note", "by", *_HOLDERS}  # what stays in its event for as long as it goes on
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Work(NamedTuple):
    """Maintenance in force: the last event that told of it, and its span on this boot's monotonic clock."""

    event: Event
    begin_ns: int
    end_ns: int

    @property
    def subject(self) -> str:
        """What is worked on."""
        return self.event.subject


class Maintenance:
    """What is in force, by subject and holder. A worker that ends it in time; other methods from any thread.

    Args:
        sensors: ids of those there are.
        clock: the station's.
        append: takes the events.
        left_open: the events that the last run left open; None as long as nobody knows.
    """

    name = KIND

    def __init__(
        self,
        sensors: Collection[str],
        clock: Clock,
        append: Callable[[Sequence[Record]], None],
        left_open: Callable[[], Sequence[Event] | None] = tuple,
    ) -> None:
        self.wake = threading.Event()
        self.subjects = (*sensors, STATION)
        self._clock = clock
        self._append = append
        self._lock = threading.Lock()
        # Replaced as a whole: the pollers look at it without the lock.
        self._works: Mapping[_Key, Work] = {}
        self._left_open: Callable[[], Sequence[Event] | None] | None = left_open
        self._adopt()

    def begin(self, subject: str, for_s: float, note: str, of: Mapping[str, str] = _NOTHING) -> Work:
        """Begin now, for `for_s` seconds at the most; what the same holder has in force for it ends.

        `of` is kept beside the note in its event: who works, and who holds it: a visit (`VISIT`), the
        calibration of a sensor (`CALIBRATES`), or nobody but the person who said so.
        """
        with self._lock:
            now = self._clock.now()
            event = _raised(subject, for_s, {**of, "note": note}, now, self._clock.boot_id)
            work = Work(event, now.mono_ns, _end(now, for_s))
            before = self._works.get(_key(event))
            self._works = {**self._works, _key(event): work}
            events = [_cleared(before, now, "It goes on anew.")] if before else []
            self._append([*events, event])
        self.wake.set()
        return work

    def end(self, subject: str, of: Mapping[str, object] = _NOTHING) -> bool:
        """End what the holder in `of` has in force; what others hold goes on. False when it has none."""
        with self._lock:
            return self._end((subject, _holder(of)), self._clock.now(), "It was ended by hand.")

    def in_force(self) -> Sequence[Work]:
        """Of every subject and every holder, the oldest first."""
        return sorted(self._works.values(), key=lambda work: work.begin_ns)

    def covers(self, subjects: Iterable[str]) -> bool:
        """Whether somebody works on one of these, or on the whole station."""
        works = self._works
        return bool(works) and not {*subjects, STATION}.isdisjoint(subject for subject, _ in works)

    def marked(self, records: Sequence[Record]) -> Sequence[Record]:
        """The same records; observations of what is under maintenance say so."""
        works = self._works
        return [_marked(record, works) for record in records] if works else records

    def step(self, now: Instant) -> float:
        """End what has come to its end. Returns the seconds until the next."""
        self._adopt()
        with self._lock:
            for key, work in list(self._works.items()):
                if work.end_ns <= now.mono_ns:
                    self._end(key, now, "It ended by itself: its time was over.")
                elif _is_due(work, now):
                    self._tell(work, now)
            waits_s = [_wait_s(work, now) for work in self._works.values()]
        if self._left_open is not None:
            return _ASK_S
        return min(waits_s, default=_IDLE_S)

    def status(self) -> Mapping[str, object]:
        """What is in force: subject, note, and for how long it still is, in seconds."""
        now_ns = self._clock.now().mono_ns
        return {
            "in_force": [
                {
                    "subject": work.subject,
                    "note": work.event.data.get("note", ""),
                    "since_s": round((now_ns - work.begin_ns) / NS),
                    "left_s": round(max(0, work.end_ns - now_ns) / NS),
                }
                for work in sorted(self.in_force(), key=lambda work: work.subject)
            ]
        }

    def close(self) -> None:
        """Leave it open: the next run goes on with it."""

    def _adopt(self) -> None:
        """Once: go on with what the last run left open. What is over by now, or has no sensor, ends."""
        events = self._left_open() if self._left_open else None
        if events is None:
            return
        self._left_open = None
        now = self._clock.now()
        with self._lock:
            for event in events:
                if event.kind != KIND or _key(event) in self._works:
                    continue
                boot_id = self._clock.boot_id
                left_s = _left_s(event, now, boot_id) if event.subject in self.subjects else 0.0
                work = Work(event, now.mono_ns, _end(now, left_s))
                self._works = {**self._works, _key(event): work}
                if left_s and event.data.get("boot") != boot_id:
                    self._tell(work, now)

    def _tell(self, work: Work, now: Instant) -> None:
        """Put on record how long it may still go on."""
        left_s = round((work.end_ns - now.mono_ns) / NS, 3)
        words = {name: str(word) for name, word in work.event.data.items() if name in _WORDS}
        told = work.event._replace(
            phase="updated",
            at=now,
            text=_until(left_s, now),
            data=_figures(left_s, words, now, self._clock.boot_id),
        )
        self._works = {**self._works, _key(told): work._replace(event=told)}
        self._append([told])

    def _end(self, key: _Key, now: Instant, why: str) -> bool:
        works = dict(self._works)
        work = works.pop(key, None)
        if work is None:
            return False
        self._works = works
        self._append([_cleared(work, now, why)])
        # Who goes by subject and kind alone must not take it for over.
        still = [each for each in works.values() if each.subject == work.subject]
        if still:
            self._tell(still[-1], now)
        return True


def _key(event: Event) -> _Key:
    return event.subject, _holder(event.data)


def _holder(of: Mapping[str, object]) -> str:
    """Empty for what a person has told by hand."""
    return next((f"{name} {of[name]}" for name in _HOLDERS if of.get(name)), "")


def _end(now: Instant, for_s: float) -> int:
    return now.mono_ns + round(for_s * NS)


def _is_due(work: Work, now: Instant) -> bool:
    """Whether what is left must be put on record: nobody could tell it from what is."""
    if work.event.at.trust is Trust.NTP:
        return False
    return now.trust is Trust.NTP or now.mono_ns - work.event.at.mono_ns >= UNSURE_S * NS


def _wait_s(work: Work, now: Instant) -> float:
    """Until it ends, or is put on record again."""
    left_s = (work.end_ns - now.mono_ns) / NS
    return left_s if work.event.at.trust is Trust.NTP else min(left_s, UNSURE_S)


def _left_s(event: Event, now: Instant, boot_id: str) -> float:
    """What is left of it, in seconds: never more than was."""
    for_s = min(float(event.data.get("for_s", 0.0)), LONGEST_S)
    return max(0.0, for_s - max(0.0, _passed_s(event, now, boot_id)))


def _passed_s(event: Event, now: Instant, boot_id: str) -> float:
    """Since the event, in seconds: within a boot by the clock that nobody sets, else as clocks tell."""
    if event.data.get("boot") == boot_id:
        return (now.mono_ns - event.at.mono_ns) / NS
    trust = min(event.at.trust, now.trust)
    by_clock_s = 0.0 if trust is Trust.NONE else (now.wall_ns - event.at.wall_ns) / NS
    return by_clock_s if trust is Trust.NTP else max(UNSURE_S, by_clock_s)


def _marked(record: Record, works: Mapping[_Key, Work]) -> Record:
    """SUSPECT at best; a missing one stays missing. Both with the reason."""
    if not isinstance(record, Observation):
        return record
    for (subject, _), work in works.items():
        is_meant = subject in {record.channel.sensor, STATION}
        if is_meant and work.begin_ns <= record.at.mono_ns < work.end_ns:
            flag = max(record.flag, Flag.SUSPECT)
            return record._replace(flag=flag, why=record.why | Why.MAINTENANCE)
    return record


def _raised(subject: str, for_s: float, words: Mapping[str, str], now: Instant, boot_id: str) -> Event:
    note = words["note"]
    return Event(
        id=f"{subject}/{KIND}/{boot_id[:8]}-{now.mono_ns}",
        kind=KIND,
        subject=subject,
        phase="raised",
        severity=Severity.INFO,
        at=now,
        title=f"maintenance of {_named(subject)}" + (f": {note}" if note else ""),
        text=_until(for_s, now),
        data=_figures(for_s, words, now, boot_id),
    )


def _end_of(for_s: float, now: Instant) -> datetime | None:
    """None while the clock is not set."""
    if now.trust is Trust.NONE:
        return None
    return datetime.fromtimestamp(now.wall_ns // NS + round(for_s), UTC)


def _until(for_s: float, now: Instant) -> str:
    end = _end_of(for_s, now)
    when = f"Until {end:%Y-%m-%d %H:%M} UTC" if end else f"For {for_s / 60:.0f} min from now"
    return f"{when} at the latest its observations are marked as suspect."


def _figures(for_s: float, words: Mapping[str, str], now: Instant, boot_id: str) -> dict[str, float | str]:
    """`for_s` counts from the event on; `boot` is the one that its monotonic time belongs to."""
    end = _end_of(for_s, now)
    until = {"until": f"{end:%Y-%m-%dT%H:%M:%SZ}"} if end else {}
    return {**words, "for_s": for_s, "boot": boot_id, **until}


def _cleared(work: Work, now: Instant, why: str) -> Event:
    title = f"maintenance of {_named(work.event.subject)} is over"
    return work.event._replace(phase="cleared", at=now, title=title, text=why)


def _named(subject: str) -> str:
    return "the station" if subject == STATION else f"sensor {subject}"
