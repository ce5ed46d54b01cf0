"""What a person is to be told, and what has been: one message per incident and change. Pure.

    events, in order ─▶ incidents ─▶ next letter ─▶ told: forgotten when over, else silent until it changes

While nobody can be told, each incident keeps its newest state only. What is open, told, and in nobody's hand
is told again from time to time, all of it in one letter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.model import Event, Severity
from agent.notify.incident import CLEARED, Change, Incident

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from agent.model import Entry

# So many incidents are kept in mind; beyond that the oldest goes, first of those that have been told.
MOST = 500
# A message that is refused while others are taken is tried so often before it is given up.
_REFUSALS = 3
_REST_S = 60.0
_MOST_TOGETHER = 20  # incidents in one letter: no mail server finds that too large


class Wants(NamedTuple):
    """What one notifier is to tell: `level` and above, of `kinds` (none: all), a word every `remind_s`."""

    notifier: str
    level: Severity = Severity.YELLOW
    kinds: Collection[str] = ()
    remind_s: float = 0.0

    def concern(self, event: Event) -> bool:
        """Whether an event that begins like this is one of them. Never its own trouble."""
        return (
            event.phase != CLEARED
            and event.severity >= self.level
            and (not self.kinds or event.kind in self.kinds)
            and event.data.get("notifier") != self.notifier
        )


class Letter(NamedTuple):
    """What to tell next. `serial` tells reminders apart."""

    change: Change
    incidents: tuple[Incident, ...]
    serial: int = 0

    @property
    def worst(self) -> Severity:
        """The highest level that stands in it."""
        return max(each.worst for each in self.incidents)


class Outbox:
    """`seen` is the last entry looked at; `reminded_s` the wall time of the last reminder, s since 1970."""

    def __init__(self, wants: Wants, seen: int = 0, reminded_s: int = 0) -> None:
        self.seen = seen
        self.reminded_s = reminded_s
        self._wants = wants
        self._incidents: dict[str, Incident] = {}

    @property
    def waiting(self) -> int:
        """How many incidents have news that nobody has been told."""
        return sum(each.change is not None for each in self._incidents.values())

    @property
    def open(self) -> int:
        """How many incidents are not over."""
        return sum(not each.is_over for each in self._incidents.values())

    @property
    def news(self) -> int:
        """The last entry of what is to be told, 0 when there is nothing."""
        return max((each.last.seq for each in self._incidents.values() if each.untold_seq), default=0)

    @property
    def mark(self) -> int:
        """Everything up to this seq has been told, or need not be."""
        untold = [each.untold_seq for each in self._incidents.values() if each.untold_seq]
        return min(untold, default=self.seen + 1) - 1

    @property
    def floor(self) -> int:
        """Who reads on from this seq comes to know every incident that is not done with."""
        return min((each.since.seq - 1 for each in self._incidents.values()), default=self.mark)

    def take(self, entry: Entry) -> None:
        """News."""
        self._follow(entry)

    def recall(self, entry: Entry, told_ns: int) -> None:
        """What an earlier run has told. A reminder counts from `told_ns`, of the station's monotonic time."""
        incident = self._follow(entry)
        if incident is not None:
            incident.was_told(told_ns)
            self._forget_if_over(incident)

    def discover(self, entry: Entry) -> None:
        """What happened before there was this notifier: news while it lasts."""
        incident = self._follow(entry)
        if incident is not None:
            self._forget_if_over(incident)

    def next(self, now_ns: int, *, together: bool) -> Letter | None:
        """What to tell now; None when there is nothing. `together`: in one letter if it is several."""
        due = [each for each in self._pending() if each.rests_until_ns <= now_ns]
        if due and not (together and len(due) > 1):
            change = due[0].change
            return Letter(change, (due[0],)) if change else None
        if due:
            return Letter(Change.DIGEST, _worst_first(due[:_MOST_TOGETHER]))
        unanswered = self._unanswered()
        if unanswered and self._remind_in_s(unanswered, now_ns) <= 0:
            return Letter(Change.REMINDER, _worst_first(unanswered[:_MOST_TOGETHER]), self.reminded_s)
        return None

    def wait_s(self, now_ns: int) -> float | None:
        """How long until there is something to tell, if nothing else happens; None: for ever."""
        waits = [(each.rests_until_ns - now_ns) / NS for each in self._pending()]
        unanswered = self._unanswered()
        if unanswered:
            waits.append(self._remind_in_s(unanswered, now_ns))
        return max(0.0, min(waits)) if waits else None

    def told(self, letter: Letter, now_ns: int, wall_ns: int) -> None:
        """Somebody has it."""
        for incident in letter.incidents:
            incident.was_told(now_ns)
            self._forget_if_over(incident)
        if letter.change is Change.REMINDER:
            self.reminded_s = wall_ns // NS

    def refused(self, letter: Letter, now_ns: int, wall_ns: int) -> bool:
        """It will not be taken. True when it is given up; else others go first and it is tried again."""
        for incident in letter.incidents:
            incident.refusals += 1
            incident.rests_until_ns = now_ns + int(_REST_S * NS)
        is_hopeless = all(incident.refusals >= _REFUSALS for incident in letter.incidents)
        if is_hopeless or letter.change is Change.REMINDER:
            self.told(letter, now_ns, wall_ns)
        return is_hopeless

    def _follow(self, entry: Entry) -> Incident | None:
        """The incident that `entry` belongs to, as it is now; None when it concerns nobody here."""
        self.seen = entry.seq
        event = entry.record
        if not isinstance(event, Event):
            return None
        incident = self._incidents.get(event.id)
        if incident is None:
            if not self._wants.concern(event):
                return None
            self._make_room()
            incident = self._incidents[event.id] = Incident(entry, entry)
        incident.follow(entry)
        return incident

    def _make_room(self) -> None:
        if len(self._incidents) >= MOST:
            told = (name for name, each in self._incidents.items() if each.change is None)
            del self._incidents[next(told, next(iter(self._incidents)))]

    def _forget_if_over(self, incident: Incident) -> None:
        if incident.is_over:
            self._incidents.pop(incident.event.id, None)

    def _pending(self) -> list[Incident]:
        """With news, in the order in which it came."""
        pending = [each for each in self._incidents.values() if each.change is not None]
        return sorted(pending, key=lambda each: each.untold_seq)

    def _unanswered(self) -> list[Incident]:
        """Open, told, and in nobody's hand; who has waited longest first."""
        if not self._wants.remind_s:
            return []
        told = [each for each in self._incidents.values() if each.change is None and not each.is_acknowledged]
        return sorted(told, key=lambda each: each.told_ns)

    def _remind_in_s(self, unanswered: Iterable[Incident], now_ns: int) -> float:
        oldest_ns = min(each.told_ns for each in unanswered)
        return self._wants.remind_s - (now_ns - oldest_ns) / NS


def _worst_first(incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    return tuple(sorted(incidents, key=lambda each: (-each.worst, each.since.seq)))
