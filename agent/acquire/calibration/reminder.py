"""The worker that tells people of calibrations: in time, once, and that it is over when it is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from agent.acquire.calibration.due import IN_TIME
from agent.acquire.calibration.notices import (
    FAULT_KIND,
    KINDS,
    due_notice,
    fault_notice,
    follow,
    frame,
)
from agent.clock import NS
from agent.model import Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from structlog.typing import FilteringBoundLogger

    from agent.acquire.calibration.notices import Notice
    from agent.acquire.calibration.standing import Standing, Standings
    from agent.clock import Clock
    from agent.model import Event, Instant, Record

_LOOK_S, _ASK_S = 3600.0, 5.0


def utc_s(at: Instant) -> float | None:
    """The wall clock in seconds since 1970 where it can be believed, else None."""
    return None if at.trust is Trust.NONE else at.wall_ns / NS


class Reminder:
    """Looks at every channel each hour, and when it is woken because one was calibrated.

    Args:
        standings: what each channel runs by.
        left_open: the events that the last run left open; None as long as nobody knows.
    """

    name = "calibrations"

    def __init__(
        self,
        standings: Standings,
        clock: Clock,
        append: Callable[[Sequence[Record]], None],
        log: FilteringBoundLogger,
        left_open: Callable[[], Sequence[Event] | None] = tuple,
    ) -> None:
        self.wake = threading.Event()
        self._standings = standings
        self._clock = clock
        self._append = append
        self._log = log
        self._left_open: Callable[[], Sequence[Event] | None] | None = left_open
        self._open: dict[tuple[str, str], Event] = {}

    def step(self, now: Instant) -> float:
        """Say what is new. Returns the seconds until it looks again."""
        events = self._adopt(now)
        if self._left_open is not None:
            return _ASK_S  # what is said already is not said twice
        standings = self._standings.now()
        for kind, channel in sorted({*self._open, *((kind, name) for name in standings for kind in KINDS)}):
            event = self._follow(kind, channel, standings, now)
            if event is not None:
                events.append(event)
                self._log.warning(event.title, channel=channel, phase=event.phase, why=event.text)
                self._note(event)
        if events:
            self._append(events)
        return _LOOK_S

    def status(self) -> Mapping[str, object]:
        """What has been told and still holds."""
        return {"told": sorted(event.title for event in self._open.values())}

    def close(self) -> None:
        """Leave them open: the next run goes on with them."""

    def _adopt(self, now: Instant) -> list[Event]:
        """Once: go on with what the last run left open. Gives the ends of what was told twice."""
        events = self._left_open() if self._left_open else None
        if events is None:
            return []
        self._left_open = None
        twice = []
        for event in events:
            if event.kind not in KINDS:
                continue
            before = self._open.get((event.kind, event.subject))
            if before is not None:
                twice.append(before._replace(phase="cleared", at=now, text="It was told twice."))
            self._note(event)
        return twice

    def _follow(
        self, kind: str, channel: str, standings: Mapping[str, Standing], now: Instant
    ) -> Event | None:
        before = self._open.get((kind, channel))
        standing = standings.get(channel)
        if standing is None:
            return before and follow(before, None, before._replace(at=now), "It is no longer configured.")
        begun = frame(kind, channel, now, self._clock.boot_id)
        if kind == FAULT_KIND:
            return follow(before, fault_notice(channel, standing), begun, _end_of(standing))
        time_s = utc_s(now)
        is_same = before is not None and before.data.get("calibration") == standing.id
        if time_s is None and (is_same or before is None):
            return None  # nobody knows the time: nothing begins, and nothing ends
        told = str(before.data.get("stage")) if before is not None and is_same else IN_TIME
        notice: Notice | None = None if time_s is None else due_notice(channel, standing, time_s, told)
        return follow(before, notice, begun, _end_of(standing))

    def _note(self, event: Event) -> None:
        self._open.pop((event.kind, event.subject), None)
        if event.phase != "cleared":
            self._open[event.kind, event.subject] = event


def _end_of(standing: Standing) -> str:
    record = standing.record
    if record is None:
        return "The channel is converted by the configuration."
    return f"In use is calibration {record.id} of {record.at[:10]}, by {record.by}."
