"""The records of a journal in their order, on their way to the detectors. Pure.

Observations are heard as they were when they were made, missing ones too: silence is a tick. A later word on
one is not heard: it comes when its block has been judged, and a replay must hear what was heard live; what is
said for a spike would not take a value out anyway. Of events only a person's word that an alarm is over
counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Event, Observation
from agent.watch.contract import Sample
from agent.watch.live.believed import Believed
from agent.watch.live.late import LATE_FROM_S, Late, LateSample
from agent.watch.live.leap import Leap
from agent.watch.live.recalled import alarm_of, by_person, is_ours
from agent.watch.vigil import Vigil

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.model import Channel, Entry
    from agent.watch.plan import Plan
    from agent.watch.vigil import Alarm, Part


class Listener:
    """One station, from a cold start.

    Args:
        plan: of the site.
        parts: what each channel is, by its name.
        late: samples of the same record that came late, to be heard at their time.

    Attributes:
        late: what came late in what has been heard; not heard at all until a second look.
        leap: what is far ahead, until something follows it.
    """

    def __init__(self, plan: Plan, parts: Mapping[str, Part], late: Late | None = None) -> None:
        self.vigil = Vigil(plan, parts)
        self.late = Late()
        self._in_time = late.in_order() if late else iter(())
        self._next = next(self._in_time, None)
        self._parts = parts
        self.times, self.leap = Believed(), Leap()
        self.since_s: float | None = None
        """The time of the first observation, seconds since 1970; None before it."""
        self._names: dict[Channel, str] = {}

    def hear(self, entry: Entry) -> list[Alarm]:
        """The next record. Returns what there is to tell."""
        record = entry.record
        if isinstance(record, Observation):
            return self._observed(entry, record)
        if isinstance(record, Event) and is_ours(record) and by_person(record):
            worse = self.vigil.close(alarm_of(record))
            return [worse] if worse else []
        return []

    def _observed(self, entry: Entry, record: Observation) -> list[Alarm]:
        utc_s = self.times.utc_s(entry)
        if self.since_s is None:
            self.since_s = utc_s
            self._pass_over(utc_s)
        name = self._names.get(record.channel)
        if name is None:
            name = self._names[record.channel] = str(record.channel)
        sample = Sample(record.value, record.flag, record.why)
        closed_s = self.vigil.watch.grid.closed_s
        if closed_s is not None and utc_s < closed_s - LATE_FROM_S:
            if name in self._parts:
                self.late.add(utc_s, name, sample)
            return []
        alarms: list[Alarm] = []
        for each in self.leap.passed(LateSample(utc_s, name, sample), closed_s):
            self.times.heard(each.utc_s)
            alarms += self._hear_late(each.utc_s) if self._next else []
            alarms += self.vigil.add(*each)
        return alarms

    def _pass_over(self, begin_s: float) -> None:
        """What came late and is older than anything that is heard is of no use to the detectors."""
        while self._next is not None and self._next.utc_s < begin_s:
            self._next = next(self._in_time, None)

    def _hear_late(self, upto_s: float) -> list[Alarm]:
        """What came late and belongs before a time."""
        alarms: list[Alarm] = []
        while self._next is not None and self._next.utc_s <= upto_s:
            alarms += self.vigil.add(*self._next)
            self._next = next(self._in_time, None)
        return alarms
