"""The account of every expected observation, by UTC day and channel. Pure.

    entries in the journal's order ─▶ each slot of a channel is counted once: present, or missing and why

An observation is a slot of its own, missing ones included. Slots without any record lie in a *hole*, told by
an event (the station did not run, a bus was blocked, memory was full) or by numbers that the journal lacks.
How many there were follows from the channel's last observation before the hole, the first one after it, and
its period: so nothing is counted twice, whatever events say about times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from agent.ledger.books import Count
from agent.ledger.days import DAY_NS, begin_ns, day_of
from agent.ledger.leaps import Leaps
from agent.ledger.place import Place
from agent.ledger.reasons import BLOCKED, DELIVERED, UNKNOWN, word_of
from agent.ledger.slots import Hole, Missed, count_between, spread
from agent.model import Event, Flag, Observation, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.ledger.books import Books
    from agent.ledger.lacking import Part
    from agent.ledger.leaps import Leap
    from agent.ledger.stretches import Stretch
    from agent.model import Entry, Record

# What is told late (slots of a blocked bus, a slow measurement) still belongs to its day.
MARGIN_NS = 3600 * NS
# A longer leap of the clock was no time in which anybody could have measured: the clock had been wrong.
_LEAP_NS = 400 * DAY_NS
_STATION = "station"


class Account:
    """Counts entries, which come in the journal's order, their time settled."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._leaps = Leaps()

    @property
    def first_day(self) -> int:
        """Nothing is counted for days before it."""
        return self._books.first_day

    @property
    def now_ns(self) -> int:
        """The time of the newest entry; 0 before the first."""
        return self._books.now.wall_ns if self._books.now else 0

    def take(self, entry: Entry) -> None:
        """Count one entry."""
        place = Place(entry.seq, entry.boot, entry.record.at.mono_ns, entry.time.wall_ns)
        before = self._books.now or place
        is_news = _is_news(entry.record, place, before)
        if is_news:
            self._follow_clock(before, place)
        if isinstance(entry.record, Event):
            # Its own time is the beginning of a gap, told by a boot that did not live it.
            self._hear(entry.record, place, before.wall_ns)
        if is_news:
            self._books.now = place
        if isinstance(entry.record, Observation):
            self._observe(entry.record, place)

    def lacks(self, entry: Entry, parts: Sequence[Part]) -> None:
        """Before `entry` numbers are missing. They are taken to lie evenly in the time that they took."""
        first, since_ns = parts[0].first, self.now_ns
        lasted_ns = max(0, entry.time.wall_ns - since_ns)
        for part in parts:
            begin_ns = since_ns + lasted_ns * (part.first - first) // (entry.seq - first)
            self._books.holes.append(Hole(entry.seq, begin_ns, part.reason))

    def is_over(self, day: int) -> bool:
        """Whether what belongs to `day` has come, as far as it can."""
        return self.now_ns >= begin_ns(day + 1) + MARGIN_NS

    def finish(self, day: int) -> dict[str, Tally]:
        """The account of a day that is over, by channel; it is closed from now on."""
        for name in self._books.last:
            self._fill(name, begin_ns(day + 1))
        found = self.tallies(day)
        self.close(day)
        return found

    def close(self, day: int) -> None:
        """Its account is written, and that of all days before it: nothing of them is counted any more."""
        first = self._books.first_day = max(self.first_day, day + 1)
        self._books.days = {each: counts for each, counts in self._books.days.items() if each >= first}

    def so_far(self) -> None:
        """Count what must have come by now and did not, as when the day ended. For a copy of the account."""
        for name in self._books.last:
            self._fill(name, self.now_ns)

    def stretches(self) -> list[Stretch]:
        """What is missing, by its beginning; of finished days too."""
        return self._books.stretches.all()

    def tallies(self, day: int) -> dict[str, Tally]:
        """Of an open day, by channel."""
        return {name: count.tally() for name, count in sorted(self._books.days.get(day, {}).items())}

    def days(self) -> list[int]:
        """The open ones that have anything to tell."""
        return sorted(self._books.days)

    def copy(self) -> Account:
        """As it is, to be changed on its own."""
        return Account(self._books.copy())

    def oldest_seq(self) -> int:
        """The lowest number among the channels' last observations; 0 without any."""
        return min((place.seq for place in self._books.last.values()), default=0)

    def _follow_clock(self, before: Place, place: Place) -> None:
        """The clock may have been wrong for a while: what it said then is undone when it comes back."""
        if place.wall_ns - before.wall_ns > MARGIN_NS:
            self._leaps.forward(self._books.copy(), place)
            if place.wall_ns - before.wall_ns > _LEAP_NS:
                self._books.last.clear()
        elif before.wall_ns - place.wall_ns > MARGIN_NS:
            leap = self._leaps.undone_by(place)
            if leap is not None:
                self._undo(leap, place)
            # Of the day that it fell into some may be counted and gone: the next one is whole.
            self._books.first_day = min(self.first_day, day_of(place.wall_ns) + 1)

    def _undo(self, leap: Leap, place: Place) -> None:
        """Go on from before the leap, past what has been read meanwhile: nobody missed that."""
        last, self._books = self._books.last, leap.books
        for name, first in leap.firsts.items():
            if first.boot == last[name].boot == place.boot:
                self._cross(name, first.told_by(place))
                self._books.last[name] = last[name].told_by(place)
                self._books.paces.read(name, last[name].mono_ns, in_a_row=False)

    def _hear(self, event: Event, place: Place, since_ns: int) -> None:
        """An event that opens a hole, or tells all about one."""
        if event.kind != "gap":
            return
        reason = str(event.data.get("reason", UNKNOWN))
        sensor = "" if event.subject == _STATION else event.subject
        if event.phase == "raised" and not (sensor and self._is_counted(event, place, reason)):
            self._books.holes.append(Hole(place.seq, since_ns, reason, sensor))
        elif event.phase == "cleared" and not sensor:
            # It runs again: who is not heard of from now on is silent for another reason.
            self._books.holes.append(Hole(place.seq, place.wall_ns, BLOCKED))

    def _is_counted(self, event: Event, first: Place, reason: str) -> bool:
        """Count the slots of a sensor's gap that says how many there were, the first of them at `first`.

        Then it does not matter how long the reading before it took. False when that cannot be done.
        """
        slots = int(event.data.get("records", 0))
        mine = {
            name: self._books.paces.of(name) for name in self._books.last if _sensor(name) == event.subject
        }
        if not slots or not all(mine.values()):
            return False
        for name, period_ns in mine.items():
            span_ns = (slots - 1) * period_ns
            wall_ns = first.wall_ns + span_ns
            self._books.last[name] = first._replace(mono_ns=first.mono_ns + span_ns, wall_ns=wall_ns)
            for missed in spread(first.wall_ns - period_ns, period_ns, slots, [Hole(0, 0, reason)]):
                self._miss(name, missed)
        return True

    def _observe(self, observation: Observation, place: Place) -> None:
        name = str(observation.channel)
        self._leaps.saw(name, place)
        self._cross(name, place)
        day = day_of(place.wall_ns)
        if observation.flag is Flag.MISSING:
            self._miss(name, Missed(word_of(observation.why), place.wall_ns, place.wall_ns, 1))
            return
        self._books.stretches.end(name)
        if day >= self.first_day:
            count = self._count(day, name)
            count.present += 1
            count.good += observation.flag is Flag.GOOD

    def _cross(self, name: str, place: Place) -> None:
        """Count what the holes since the channel's last observation have swallowed."""
        last, period_ns = self._books.last.get(name), self._books.paces.of(name)
        self._books.last[name] = place
        holes = self._holes_since(last, name, period_ns) if last else []
        in_a_row = last is not None and last.boot == place.boot and not holes
        self._books.paces.read(name, place.mono_ns, in_a_row=in_a_row)
        if last is None or not period_ns or not holes:
            return
        count = count_between(last.elapsed_ns(place), period_ns)
        if count and place.wall_ns - last.wall_ns <= count:
            # The clock was set back meanwhile, so that there is no time between the two.
            self._miss(name, Missed(holes[0].reason, place.wall_ns, place.wall_ns, count))
            return
        for missed in spread(last.wall_ns, _step_ns(last, place, count, period_ns), count, holes):
            self._miss(name, missed)

    def _fill(self, name: str, end_ns: int) -> None:
        """Count the slots of a channel that nothing has been heard of, up to a moment that is over."""
        last, now, period_ns = self._books.last[name], self._books.now, self._books.paces.of(name)
        if now is None or not period_ns:
            return
        count = (end_ns - 1 - last.wall_ns) // period_ns
        if last.boot == now.boot:
            # A clock that was set makes no slots.
            count = min(count, count_between(now.mono_ns - last.mono_ns, period_ns))
        if count <= 0:
            return
        holes = self._holes_since(last, name, period_ns) or [Hole(0, last.wall_ns, BLOCKED)]
        span_ns = count * period_ns
        for missed in spread(last.wall_ns, period_ns, count, holes):
            self._miss(name, missed)
        self._books.last[name] = last._replace(mono_ns=last.mono_ns + span_ns, wall_ns=last.wall_ns + span_ns)

    def _holes_since(self, last: Place, name: str, period_ns: int) -> list[Hole]:
        """What may have swallowed a channel's observations since its last one."""
        mine = {"", _sensor(name)}
        holes = [hole for hole in self._books.holes if hole.seq > last.seq and hole.sensor in mine]
        if holes and holes[0].begin_ns - last.wall_ns >= 2 * period_ns:
            holes.insert(0, Hole(0, last.wall_ns, BLOCKED))  # it was silent before that began
        return holes

    def _miss(self, name: str, missed: Missed) -> None:
        if missed.reason != DELIVERED:
            self._books.stretches.add(name, missed)
        if missed.day < self.first_day:
            return
        count = self._count(missed.day, name)
        if missed.reason == DELIVERED:
            count.delivered += missed.slots
        else:
            count.miss(missed.reason, missed.slots)

    def _count(self, day: int, name: str) -> Count:
        return self._books.days.setdefault(day, {}).setdefault(name, Count())


def _is_news(record: Record, place: Place, newest: Place) -> bool:
    """Whether it is the last that happened: not a slot that is told late, nor the beginning of a gap."""
    if isinstance(record, Event) and (record.kind, record.phase) == ("gap", "raised"):
        return False
    return place.boot != newest.boot or place.mono_ns >= newest.mono_ns


def _sensor(channel: str) -> str:
    return channel.partition("/")[0]


def _step_ns(last: Place, place: Place, count: int, period_ns: int) -> int:
    """From slot to slot: the period, unless a clock that was set left less room between the two."""
    span_ns = place.wall_ns - last.wall_ns
    return period_ns if count * period_ns < span_ns else span_ns // (count + 1)
