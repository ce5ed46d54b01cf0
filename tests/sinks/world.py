"""What sinks and shippers are fed with in tests: entries, a journal in memory, a clock moved by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import (
    Calibration,
    Channel,
    Entry,
    Event,
    Flag,
    Health,
    Instant,
    Observation,
    Severity,
    Stamp,
    StationId,
    TimeSource,
    Trust,
    Why,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable

    from agent.model import Record
    from agent.publish.shipper import Shipper

T0_NS = 1_763_805_600 * NS  # 2025-11-22 10:00:00 UTC
PH = Channel("ph-3", "ph", "1", "pH")
LEVEL = Channel("level-1", "water_level", "m", "m")
RAW = Calibration("none", "{}")


def station(name: str) -> StationId:
    """A station of its own for one test, so that shared servers keep tests apart."""
    return StationId("north", name, "8c1f42d0")


def at(offset_s: float, trust: Trust = Trust.NTP) -> Instant:
    """An instant `offset_s` after T0."""
    return Instant(T0_NS + round(offset_s * NS), round(offset_s * NS), trust)


def observation(
    offset_s: float,
    value: float | None = 7.0,
    flag: Flag = Flag.GOOD,
    why: Why = Why.NONE,
    channel: Channel = PH,
) -> Observation:
    """One observation; raw is the value."""
    return Observation(channel, at(offset_s), value, value, flag, why, RAW)


def event(offset_s: float, text: str = "pH 3.1 for 30 min") -> Event:
    """An acid drainage event, just raised."""
    return Event(
        "e1", "acid_drainage", "seep-1", "raised", Severity.ORANGE, at(offset_s), "Acid water at seep 1", text
    )


def health(offset_s: float) -> Health:
    """A heartbeat."""
    return Health(at(offset_s), {"uptime_s": 61.0, "disk_mb": 1200.5})


def entries(records: Iterable[Record], first: int = 1) -> list[Entry]:
    """Number records from `first` on."""
    return [Entry(seq, "boot-1", record, as_read(record)) for seq, record in enumerate(records, first)]


def as_read(record: Record) -> Stamp:
    """The time of a record whose clock was right."""
    return Stamp(record.at.wall_ns, TimeSource(record.at.trust), 0.0, settled=True)


def readings(count: int, first: int = 1) -> list[Entry]:
    """`count` pH observations, a second apart; the value is 7 plus a thousandth of `seq`."""
    return entries((observation(seq, 7 + seq / 1000) for seq in range(first, first + count)), first)


class MemoryLog:
    """The shipper's view of a journal, in memory."""

    def __init__(self, records: list[Entry]) -> None:
        self.records = records
        self.bookmarks: dict[str, int] = {}
        self.parked: dict[int, str] = {}
        self.closed = False

    @property
    def head(self) -> int:
        return self.records[-1].seq if self.records else 0

    def read_after(self, seq: int, limit: int) -> list[Entry]:
        return [entry for entry in self.records if entry.seq > seq][:limit]

    def bookmark(self, reader: str) -> int:
        return self.bookmarks.get(reader, 0)

    def advance(self, reader: str, seq: int) -> None:
        assert seq >= self.bookmark(reader), "a bookmark never goes back"
        self.bookmarks[reader] = seq

    def park(self, reader: str, seq: int, reason: str) -> None:
        self.parked[seq] = reason

    def close(self) -> None:
        self.closed = True


class HandClock:
    """A clock that only a test moves."""

    boot_id = "boot-1"

    def __init__(self) -> None:
        self.mono_s = 100.0

    def now(self) -> Instant:
        return Instant(T0_NS, round(self.mono_s * NS), Trust.NTP)

    def seconds(self, wire_s: float) -> float:
        return wire_s

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        self.mono_s += timeout_s


def drain(shipper: Shipper, clock: HandClock, steps: int = 200) -> None:
    """Step until everything is sent or parked, letting the clock jump over every wait."""
    for _ in range(steps):
        wait_s = shipper.step(clock.now())
        if shipper.status()["backlog"] == 0:
            return
        clock.mono_s += wait_s
    message = f"not drained after {steps} steps: {shipper.status()}"
    raise AssertionError(message)
