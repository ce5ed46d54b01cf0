"""What a person is to be told, and what has been: one message per incident and change. Pure.

    events, in order ─▶ incidents ─▶ next letter ─▶ told: forgotten when over, else silent until it changes

The gravest goes first. While nobody can be told, each incident keeps its newest state only. What is open,
told, and in nobody's hand is told again from time to time, all of it in one letter.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.model import Event, Severity
from agent.notify.incident import ACKNOWLEDGED, CLEARED, RAISED, Change, Incident

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from agent.model import Entry

# So many incidents are kept in mind; beyond that the least grave goes, first of those that have been told.
MOST = 500
# A message that is refused while others are taken rests alone, longer every time.
_FIRST_REST_S, _LONGEST_REST_S = 60.0, 3600.0
_DOUBLINGS = 6
_MOST_TOGETHER = 20  # incidents in one letter: no mail server finds that too large
_MOST_ISLANDS = 50
_NOTIFY = "notify_"


class Wants(NamedTuple):
    """What one notifier is to tell: `level` and above, of `kinds` (none: all), a word every `remind_s`.

    That another way to people is shut is told whatever `kinds` says: nobody else may be left to tell it.
    """

    notifier: str
    level: Severity = Severity.YELLOW
    kinds: Collection[str] = ()
    remind_s: float = 0.0

    def concern(self, event: Event) -> bool:
        """Whether an event may come to be one of them. Never its own trouble."""
        is_of_kind = not self.kinds or event.kind in self.kinds or event.kind.startswith(_NOTIFY)
        return (
            is_of_kind
            and event.phase not in {CLEARED, ACKNOWLEDGED}
            and event.severity >= Severity.BLUE
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

    @property
    def is_of_itself(self) -> bool:
        """Whether it only says that some way to people is shut."""
        return all(each.event.kind.startswith(_NOTIFY) for each in self.incidents)


class Outbox:
    """`seen` is the last entry looked at; `reminded_s` the wall time of the last reminder, s since 1970."""

    def __init__(self, wants: Wants, seen: int = 0, reminded_s: int = 0) -> None:
        self.seen = seen
        self.reminded_s = reminded_s
        self._wants = wants
        self._incidents: dict[str, Incident] = {}
        self._over: deque[str] = deque(maxlen=MOST)

    @property
    def waiting(self) -> int:
        """How many incidents have news that nobody has been told."""
        return sum(each.change is not None for each in self._incidents.values())

    @property
    def open(self) -> int:
        """How many incidents are not over."""
        return sum(each.is_wanted and not each.is_over for each in self._incidents.values())

    @property
    def refused(self) -> int:
        """How many incidents rest, because a message about them was not taken."""
        return sum(each.refusals > 0 for each in self._incidents.values())

    @property
    def worst(self) -> Severity:
        """The highest level that waits to be told."""
        return max((each.worst for each in self._pending()), default=Severity.INFO)

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
    def islands(self) -> list[tuple[int, int]]:
        """Ranges (first, last) above `mark` that have been told, or need not be."""
        seqs = sorted({each.untold_seq for each in self._incidents.values() if each.untold_seq})
        between = pairwise([*seqs, self.seen + 1])
        return [(one + 1, other - 1) for one, other in between if other - one > 1][:_MOST_ISLANDS]

    @property
    def floor(self) -> int:
        """Who reads on from this seq comes to know every incident that is not done with."""
        return min((each.since.seq - 1 for each in self._incidents.values()), default=self.mark)

    def take(self, entry: Entry) -> None:
        """News."""
        self._follow(entry)

    def recall(self, entry: Entry, told_ns: int) -> None:
        """What an earlier run has told. A reminder counts from `told_ns`, of the station's monotonic time."""
        before = self._incidents.get(entry.record.id) if isinstance(entry.record, Event) else None
        is_waiting = before is not None and before.untold_seq > 0
        incident = self._follow(entry)
        if incident is not None and incident.is_wanted and not is_waiting:
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
            return Letter(Change.DIGEST, tuple(due[:_MOST_TOGETHER]))
        unanswered = self._unanswered()
        if unanswered and self._remind_in_s(unanswered, now_ns) <= 0:
            return Letter(Change.REMINDER, self._most_due(unanswered, now_ns), self.reminded_s)
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

    def rests(self, letter: Letter, now_ns: int) -> None:
        """It is not taken: others go first, and it is tried again, less and less often."""
        for incident in letter.incidents:
            rest_s = min(_LONGEST_REST_S, _FIRST_REST_S * 2 ** min(incident.refusals, _DOUBLINGS))
            incident.rests_until_ns = now_ns + int(rest_s * NS)
            incident.refusals += 1

    def _follow(self, entry: Entry) -> Incident | None:
        """The incident that `entry` belongs to, as it is now; None when it concerns nobody here."""
        self.seen = entry.seq
        event = entry.record
        if not isinstance(event, Event):
            return None
        incident = self._incidents.get(event.id)
        if incident is None:
            if not self._wants.concern(event) or (event.id in self._over and event.phase != RAISED):
                return None
            incident = self._incidents[event.id] = Incident(entry, entry, is_wanted=False)
        incident.is_wanted |= event.severity >= self._wants.level
        incident.follow(entry)
        if incident.is_over and not incident.is_wanted:
            self._forget_if_over(incident)
            return None
        self._keep_room()
        return incident

    def _keep_room(self) -> None:
        if len(self._incidents) > MOST:
            del self._incidents[min(self._incidents, key=self._weight)]

    def _weight(self, name: str) -> tuple[Severity, bool, int]:
        incident = self._incidents[name]
        return incident.worst, incident.change is not None, incident.since.seq

    def _forget_if_over(self, incident: Incident) -> None:
        if incident.is_over and incident.event.id in self._incidents:
            del self._incidents[incident.event.id]
            self._over.append(incident.event.id)

    def _pending(self) -> list[Incident]:
        """With news, the gravest first, then in the order in which it came."""
        pending = [each for each in self._incidents.values() if each.change is not None]
        return sorted(pending, key=lambda each: (-each.worst, each.untold_seq))

    def _unanswered(self) -> list[Incident]:
        """Open, told, and in nobody's hand."""
        if not self._wants.remind_s:
            return []
        wanted = (each for each in self._incidents.values() if each.is_wanted)
        return [each for each in wanted if each.change is None and each.in_hand is None]

    def _most_due(self, unanswered: Iterable[Incident], now_ns: int) -> tuple[Incident, ...]:
        """Those whose time has come before others, each the gravest first."""
        before_ns = now_ns - int(self._wants.remind_s * NS)
        ranked = sorted(unanswered, key=lambda each: (each.told_ns > before_ns, -each.worst, each.told_ns))
        return tuple(sorted(ranked[:_MOST_TOGETHER], key=lambda each: (-each.worst, each.since.seq)))

    def _remind_in_s(self, unanswered: Iterable[Incident], now_ns: int) -> float:
        """A reminder that was not taken rests as any other message."""
        oldest_ns = min(each.told_ns for each in unanswered)
        due_ns = oldest_ns + int(self._wants.remind_s * NS)
        return (max(due_ns, *(each.rests_until_ns for each in unanswered)) - now_ns) / NS
