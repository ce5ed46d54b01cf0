"""All channels' courses: what the pollers deliver goes through here on its way into the journal.

Maintenance has marked it before: a probe in a buffer must not teach anybody what the water is like. Pollers
of several buses come at the same time; each channel belongs to one of them, and what a channel says of the
others is looked up in `Latest`.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import Observation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.acquire.course import Course, Proof
    from agent.acquire.latest import Latest
    from agent.acquire.quality.contract import State
    from agent.model import Instant, Record


class Judging:
    """The courses by channel name. Thread-safe.

    Args:
        courses: a channel without one passes as it is.
        latest: where other channels are looked up.
    """

    def __init__(self, courses: Sequence[Course], latest: Latest) -> None:
        self._courses = {course.name: course for course in courses}
        self._latest = latest
        self._lock = threading.Lock()
        self._ahead_s = 0.0  # of this boot's monotonic clock: time goes on over a restart

    def judged(self, records: Sequence[Record]) -> Sequence[Record]:
        """The same records with all that speaks against them, and later words on earlier ones."""
        found: list[Record] = []
        with self._lock:
            records, batch = self._alone(records)
            others = partial(self._newest, batch)
            for record in records:
                course = self._course(record)
                if course is None or not isinstance(record, Observation):
                    found.append(record)
                    continue
                judged, later = course.judge(record, self.time_s(record.at), others)
                batch[course.name] = judged
                if later is not None:
                    found.append(later)
                found.append(judged)
        return found

    def looked(self, observations: Sequence[Record]) -> list[Observation]:
        """A look beside the slots, with what can be said of it. It teaches nothing."""
        with self._lock:
            alone, batch = self._alone(observations)
            others = partial(self._newest, batch)
            return [
                each if (course := self._course(each)) is None else course.looked(each, others)
                for each in alone
                if isinstance(each, Observation)
            ]

    def calibrated(self, name: str, proof: Proof) -> None:
        """Take note of the calibration that is in force for a channel from now on."""
        if name in self._courses:
            self._courses[name].proof = proof

    def time_s(self, now: Instant) -> float:
        """What the clock of the tests says, which never steps back, also not over a restart."""
        return now.mono_ns / NS + self._ahead_s

    def memory(self) -> Mapping[str, State]:
        """By channel: its settings and what it remembers, as JSON values."""
        # One at a time: a bus must not wait for all of them.
        return {name: self._remembered(course) for name, course in self._courses.items()}

    def remember(self, memory: Mapping[str, State], ahead_s: float) -> int:
        """Take up what fits of an earlier `memory`; its clock was `ahead_s` of this one. Returns how many."""
        taken = 0
        with self._lock:
            # Whoever has nothing to take up goes on with what it has learned since the start, behind a gap.
            self._ahead_s = max(self._ahead_s, ahead_s)
            for name, course in self._courses.items():
                state = memory.get(name)
                if isinstance(state, dict) and state.get("settings") == course.settings:
                    try:
                        course.restore(state.get("course"))
                        taken += 1
                    except ValueError:  # of another version of a test: it learns anew
                        course.clear()
        return taken

    def _remembered(self, course: Course) -> State:
        with self._lock:
            return {"settings": course.settings, "course": course.state()}

    def _course(self, record: Record) -> Course | None:
        return self._courses.get(str(record.channel)) if isinstance(record, Observation) else None

    def _alone(self, records: Sequence[Record]) -> tuple[list[Record], dict[str, Observation]]:
        """Each with what it shows by itself, before anybody asks for it; and the observations by channel."""
        found: list[Record] = []
        batch: dict[str, Observation] = {}
        for record in records:
            course = self._course(record)
            alone = record
            if isinstance(record, Observation):
                alone = record if course is None else course.alone(record)
                batch[str(record.channel)] = alone
            found.append(alone)
        return found, batch

    def _newest(self, batch: Mapping[str, Observation], name: str) -> Observation | None:
        return batch.get(name) or self._latest.last(name)
