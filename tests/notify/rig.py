"""Events of a mine, as the journal holds them, and messages about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Entry, Event, Instant, Severity, Stamp, TimeSource, Trust
from agent.notify.contract import Message
from agent.notify.texts import Whence

if TYPE_CHECKING:
    from collections.abc import Mapping

BOOT = "boot-a"
WHENCE = Whence("north-dump", "st-01", "Seep below the north dump", 48.5, 10.25)
_WALL_NS = 1_785_000_000_000_000_000


def instant(after_s: float = 0.0) -> Instant:
    """So long after the beginning."""
    return Instant(_WALL_NS + int(after_s * 1e9), 1000 + int(after_s * 1e9), Trust.NTP)


def event(
    name: str = "acid",
    phase: str = "raised",
    severity: Severity = Severity.YELLOW,
    after_s: float = 0.0,
    data: Mapping[str, float | str] | None = None,
    kind: str = "acid_drainage",
) -> Event:
    """One word on an incident."""
    title = "pH 4.1 is below 6.0 for 35 min"
    text = "Acid water comes out of the dump. Stop the discharge, take a sample."
    return Event(
        id=f"station/{kind}/{name}",
        kind=kind,
        subject="station",
        phase=phase,
        severity=severity,
        at=instant(after_s),
        title=f"over: {title}" if phase == "cleared" else title,
        text=text,
        data=data or {},
    )


def entry(seq: int, said: Event, boot: str = BOOT, *, settled: bool = True) -> Entry:
    """The same in the journal."""
    time = Stamp(said.at.wall_ns, TimeSource.NTP if settled else TimeSource.NONE, 0.0, settled)
    return Entry(seq, boot, said, time)


def message(name: str = "m1", severity: Severity = Severity.RED) -> Message:
    """Something to send."""
    return Message(
        id=name * 8,
        threads=["t1"],
        change="raised",
        severity=severity,
        subject="[RED] north-dump/st-01: pH 4.1 is below 6.0, säuerlich",
        text="Stop the discharge.\n.\nA line with a dot: nothing ends here. µS/cm\n",
        made_ns=_WALL_NS,
        incidents=[{"id": "station/acid_drainage/1", "severity": "red"}],
    )
