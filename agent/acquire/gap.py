"""The event of a stretch of readings that nobody could take. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire.schedule import instant_of
from agent.clock import NS
from agent.model import Event, Severity

if TYPE_CHECKING:
    from agent.model import Instant


def gap_events(sensor: str, slots: range, now: Instant) -> list[Event]:
    """A stretch of slots that nobody could serve, over by the time that it is seen."""
    begin, end = instant_of(slots[0], now), instant_of(slots[-1], now)
    event = Event(
        id=f"{sensor}/gap/{begin.wall_ns}",
        kind="gap",
        subject=sensor,
        phase="raised",
        severity=Severity.INFO,
        at=begin,
        title=f"sensor {sensor} was not read",
        text=f"{len(slots)} readings were not taken: the bus was blocked or the machine asleep.",
        data={
            "reason": "blocked",
            "lasted_s": round((end.mono_ns - begin.mono_ns) / NS, 3),
            "records": len(slots),
        },
    )
    return [event, event._replace(phase="cleared", at=end)]
