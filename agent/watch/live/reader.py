"""The reader of the journal that runs the detectors, and writes what they conclude back into it.

    journal ─▶ listener ─▶ vigil ─▶ alarms ─▶ events ─▶ journal ─▶ sinks, people

What the detectors remember is made of the last weeks of records, so nothing of it is stored: a start, and
whatever changes the times of the past, feeds them those weeks again (`_restore`), tells nothing meanwhile,
goes on under the names of the events that are open, and tells from the bookmark on. The bookmark moves when
every event has been read back from the journal.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.events.kinds import kind_words
from agent.events.levels import level_word
from agent.model import Event, Trust
from agent.watch.contract import BLOCK_S, Hazard, Phase, Role
from agent.watch.live.incidents import Incidents
from agent.watch.live.late import LATE_FROM_S
from agent.watch.live.listener import Listener
from agent.watch.live.recalled import alarm_of, is_ours
from agent.watch.live.told import Told
from agent.watch.names import about, alarm_id, iso
from agent.watch.telling import event
from agent.watch.vigil import Alarm
from agent.watch.watch import DECLINE_FROM_D, WINDOW_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.journal.journal import Journal
    from agent.model import Entry, Instant, Record
    from agent.watch.live.late import Late
    from agent.watch.plan import Plan
    from agent.watch.vigil import Part

READER = ":watch"  # no sink has a colon in its name
_PAGE = 250
_PAGES = 4  # in one step: other threads want to work, too
_SOON_S, _OPEN_S, _IDLE_S = 0.05, 5.0, 3600.0
# A block is a quarter of an hour. A look at each commit, which wakes it, would cost more than the detectors.
_LOOK_S = 10.0
# A bookmark that moves costs the card a page. Behind it there is only what a restart looks through again.
_BOOKMARK_S = 900.0
_EVENTS = 500
# Where no clock says how much the detectors remember: twelve channels every minute for six weeks.
_UNSETTLED = 750_000
# What a logger kept comes in many pieces, and each look at the past takes a while.
_SECOND_LOOK_S = 3600.0
# A sign in the last of the late samples may need so long to become an alarm.
_AFTER_LATE_S = 86_400.0
# What must be known of the site to see a hazard; who measures nothing of it has nothing to learn.
_SEEN_BY = {Hazard.ACID: {Role.PH, Role.EC}, Hazard.GROUND: {Role.HEAD, Role.TILT, Role.CRACK}}


class WatchReader:
    """Runs the detectors of one station. `status` may be asked from any thread.

    Args:
        journal: of the station.
        plan: of the site.
        parts: what each channel is to the detectors, by its name.
        append: takes events for the next commit.
    """

    name = "watch"

    def __init__(
        self,
        journal: Journal,
        plan: Plan,
        parts: Mapping[str, Part],
        append: Callable[[Sequence[Record]], None],
    ) -> None:
        self.wake = threading.Event()
        self._journal = journal
        self._view = journal.view()
        self._plan, self._parts = plan, parts
        self._append = append
        self._roles = {part.role for part in parts.values()}
        self._seen = [hazard for hazard, wanted in _SEEN_BY.items() if wanted & self._roles]
        self._listener: Listener | None = None
        self._told = Told()
        self._seq = 0
        self._told_upto = 0  # what was judged in another life, or with another past, is not told again
        self._is_restoring = True
        self._moved_s = 0.0
        self._rested_until_s = 0.0
        self._late: Late | None = None
        self._found, self._known = Incidents(), Incidents()
        self._heard_late, self._looked_s = 0, 0.0
        self._state: Mapping[str, object] = {
            "restoring": bool(parts),
            "learning": {},
            "decline_from": None,
            "channels": len(parts),
            "hazards": [str(hazard) for hazard in self._seen],
            "since": None,
            "standing": [],
            "last_block": None,
            "late": 0,
            "left_out": 0,
        }
        self._headline = ""

    def step(self, now: Instant) -> float:
        """Hear what has been committed, and tell what follows from it."""
        if not self._parts:
            return _IDLE_S
        if not self._journal.is_open:
            return _OPEN_S
        if (rest_s := self._rested_until_s - now.mono_ns / NS) > 0.0:
            return rest_s
        if self._listener is None:
            self._begin()
        # Asked before reading: what had been handed over is then on the disk, or lost.
        handed_over = self._told.on_its_way() if self._journal.waiting() == 0 else []
        has_heard_all = self._read(now)
        self._look_around()
        if not has_heard_all:
            return _SOON_S
        if lost := self._told.missing(handed_over):
            self._append(lost)
        # What is on its way would not be known from what is found in the past.
        if self._told.is_all_there and self._looks_back(now):
            return _SOON_S
        self._move_bookmark(now)
        self._rested_until_s = now.mono_ns / NS + _LOOK_S
        return _IDLE_S if self._told.is_all_there else _LOOK_S

    def status(self) -> Mapping[str, object]:
        """What stands, what is still learned, and how far it has come; times in UTC."""
        return self._state

    def headline(self) -> str:
        """The levels of what stands, as the begin of a line; empty when nothing does."""
        return self._headline

    def close(self) -> None:
        """Leave word how far everything is told, and let go of the journal."""
        if self._listener is not None and not self._is_restoring and self._told.is_all_there:
            self._view.advance(READER, self._seq)
        self._view.close()

    def _begin(self) -> None:
        """Go on where the last life ended; with a journal that nobody has watched yet, at its end."""
        bookmark = self._view.bookmark(READER)
        ahead = [entry.record for entry in self._events_behind(bookmark)] if bookmark else []
        self._told = Told(self._journal.open_events, [each for each in ahead if isinstance(each, Event)])
        self._restore(bookmark or self._view.head)

    def _events_behind(self, seq: int) -> list[Entry]:
        found: list[Entry] = []
        while entries := self._view.events_after(seq, _EVENTS):
            found += entries
            seq = entries[-1].seq
        return found

    def _restore(self, upto: int, late: Late | None = None) -> None:
        """Feed new detectors what they remember of the records up to a seq, and tell nothing of it.

        With what came `late` among them, at its time: then what nobody could see without it is told.
        """
        self._listener = Listener(self._plan, self._parts, late)
        self._late, self._found, self._known = late, Incidents(), Incidents()
        self._told_upto, self._is_restoring = upto, True
        self._seq = self._window_before(upto)

    def _window_before(self, upto: int) -> int:
        """The seq before the first record that the detectors still remember at `upto`.

        Counted from the last record whose time is settled: what its clock says may be another year. Of what
        came after that nobody knows how long it took: so many records and no more.
        """
        settled = min(upto, self._view.settled)
        last = self._last_sound(settled)
        first = upto if settled == upto else max(0, upto - _UNSETTLED)
        if last is None:
            return first
        end_ns = last.time.wall_ns
        span = self._view.span(end_ns - round(WINDOW_S * NS), end_ns)
        begin = max(0, span[0] - 1) if span else last.seq - 1
        return begin if settled == upto else max(begin, first)

    def _last_sound(self, upto: int) -> Entry | None:
        """A record near a seq and not after it: that one may be damaged, or given up for space."""
        back = 1
        while back < 2 * upto:
            if entries := self._view.read_after(max(0, upto - back), _PAGE, upto):
                return entries[-1]
            back *= 2
        return None

    def _read(self, now: Instant) -> bool:
        """Hear the next pages. Returns whether everything has been heard."""
        for _ in range(_PAGES):
            upto = self._told_upto if self._is_restoring else self._view.head
            entries = self._view.read_after(self._seq, _PAGE, upto)
            for entry in entries:
                self._hear(entry, now)
            if not entries:
                if not self._is_restoring:
                    return True
                self._go_on(now)
        return False

    def _hear(self, entry: Entry, now: Instant) -> None:
        self._seq = entry.seq  # first: what a detector stumbles over is not heard again
        assert self._listener is not None
        alarms = self._listener.hear(entry)
        told = entry.record if isinstance(entry.record, Event) and is_ours(entry.record) else None
        if self._is_restoring:
            for alarm in alarms:
                self._found.take(alarm)
            if told:
                self._known.take(alarm_of(told))
            return
        if told:
            self._read_back(told, now)
        for alarm in alarms:
            self._tell(alarm, now)

    def _read_back(self, told: Event, now: Instant) -> None:
        """What a life before this one has told and this one does not find goes on until it is quiet."""
        assert self._listener is not None
        is_lost = self._told.read(told)
        if is_lost and told.phase != Phase.CLEARED:
            self._go_on_under(told, now)

    def _go_on(self, now: Instant) -> None:
        """The past has been heard: under the names of what is open, from here on it is told."""
        assert self._listener is not None
        if self._late is None and self._listener.late.count:
            self._restore(self._told_upto, self._listener.late)
            return
        self._is_restoring = False
        for each in self._told.ahead:
            self._known.take(alarm_of(each))
        self._heard_late, self._looked_s = self._listener.late.kept, now.mono_ns / NS
        if self._late and (span_s := self._late.span_s()):
            for alarm in self._found.beyond(self._known, span_s[0], span_s[1] + _AFTER_LATE_S):
                self._tell(alarm, now)
        self._go_on_with_what_stands(now)
        self._late, self._found, self._known = None, Incidents(), Incidents()

    def _go_on_with_what_stands(self, now: Instant) -> None:
        """Under the name that it was told by; what was told and is over is told again only if it is worse."""
        assert self._listener is not None
        vigil = self._listener.vigil
        for each in list(self._told.open.values()):
            self._go_on_under(each, now)
        for alarm in vigil.open:
            is_over = self._told.is_over(alarm.id)
            if self._told.knows(alarm.id) and not is_over:
                continue
            if later := self._told.goes_on_as(about(alarm.finding)):
                self._go_on_under(later, now)
                continue
            level = self._known.level_of(alarm)
            if level is not None and alarm.finding.level <= level:
                vigil.close(alarm)
                continue
            finding = alarm.finding._replace(phase=Phase.RAISED)
            anew = Alarm(alarm_id(finding) if is_over else alarm.id, alarm.known_s, finding)
            vigil.adopt(anew)
            self._tell(anew, now)

    def _go_on_under(self, told: Event, now: Instant) -> None:
        """What was told goes on under its name; where it has become worse than was told, that is told."""
        assert self._listener is not None
        vigil, alarm = self._listener.vigil, alarm_of(told)
        found = max(
            filter(None, (vigil.standing(about(alarm.finding)), self._found.gravest(alarm.id))),
            key=lambda each: each.finding.level,
            default=alarm,
        )
        vigil.adopt(alarm)
        if found.finding.level > alarm.finding.level:
            worse = Alarm(alarm.id, found.known_s, found.finding._replace(phase=Phase.UPDATED))
            vigil.adopt(worse)
            self._tell(worse, now)

    def _tell(self, alarm: Alarm, now: Instant) -> None:
        now_s = alarm.known_s if now.trust is Trust.NONE else now.wall_ns / NS
        late_s = now_s - alarm.finding.utc_s
        told = event(alarm, now, late_s if late_s > LATE_FROM_S else 0.0)
        if self._told.tell(told):
            self._append([told])

    def _looks_back(self, now: Instant) -> bool:
        """Begin to go through the past again, where more is known of it by now."""
        if self._has_another_past():
            self._restore(self._seq)
            return True
        if (late := self._more_late(now)) is not None:
            self._restore(self._seq, late)
            return True
        return False

    def _more_late(self, now: Instant) -> Late | None:
        """What has come late, when there is more of it and the last second look is long enough ago."""
        assert self._listener is not None
        late = self._listener.late
        has_rested = now.mono_ns / NS - self._looked_s >= _SECOND_LOOK_S
        return late if late.kept > self._heard_late and has_rested else None

    def _has_another_past(self) -> bool:
        """Whether the time of a boot has been settled, and is not the one that it was taken for."""
        assert self._listener is not None
        taken = self._listener.times.taken
        is_another = False
        for boot, each in list(taken.items()):
            entries = self._view.read_after(each.seq - 1, 1, each.seq)
            if not entries or entries[0].time.settled:
                del taken[boot]
            if entries and entries[0].time.settled:
                is_another |= abs(entries[0].time.wall_ns / NS - each.utc_s) > BLOCK_S
        return is_another

    def _look_around(self) -> None:
        """What others may ask, put together here: the detectors belong to this thread."""
        assert self._listener is not None
        vigil = self._listener.vigil
        self._state = {
            **self._state,
            "restoring": self._is_restoring,
            "learning": {str(hazard): vigil.watch.learning[hazard] for hazard in self._seen},
            "decline_from": _when(self._decline_from_s()),
            "since": _when(self._listener.since_s),
            "standing": [_standing(alarm) for alarm in vigil.open],
            "last_block": _when(vigil.watch.grid.closed_s),
            "late": self._listener.late.count,
            "left_out": vigil.watch.grid.late + self._listener.leap.left_out,
        }
        words = [
            f"{level_word(alarm.finding.level).upper()} {kind_words(alarm.finding.hazard)}"
            for alarm in vigil.open
            if alarm.finding.hazard is not Hazard.SENSOR
        ]
        self._headline = f"{', '.join(words)}; " if words else ""

    def _decline_from_s(self) -> float | None:
        """About when a slow decline will be seen; None when it is, or never can be."""
        assert self._listener is not None
        since_s = self._listener.since_s
        if since_s is None or not self._roles >= {Role.PH, Role.EC}:
            return None
        learns = self._listener.vigil.watch.learning_decline
        return since_s + DECLINE_FROM_D * 86_400.0 if learns else None

    def _move_bookmark(self, now: Instant) -> None:
        now_s = now.mono_ns / NS
        if self._told.is_all_there and now_s - self._moved_s >= _BOOKMARK_S:
            self._view.advance(READER, self._seq)
            self._moved_s = now_s


def _standing(alarm: Alarm) -> dict[str, object]:
    finding = alarm.finding
    return {
        "id": alarm.id,
        "kind": str(finding.hazard),
        "subject": finding.subject,
        "severity": int(finding.level),
        "level": level_word(finding.level),
        "mechanism": finding.mechanism,
        "seen": iso(finding.utc_s),
    }


def _when(utc_s: float | None) -> str | None:
    return None if utc_s is None else iso(utc_s)
