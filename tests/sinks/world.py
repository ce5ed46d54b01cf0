"""What sinks and shippers are fed with in tests: entries, a journal in memory, a clock moved by hand."""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice
from math import inf
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
    Judgement,
    Observation,
    Severity,
    Stamp,
    StationId,
    TimeSource,
    Trust,
    Why,
    observed,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Mapping, Sequence

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
    """The time of a record as far as its own clock told: a clock that was not set may still be told of."""
    error_s = {Trust.NTP: 0.5, Trust.RTC: 60.0}.get(record.at.trust, inf)
    return Stamp(record.at.wall_ns, TimeSource(record.at.trust), error_s, record.at.trust is not Trust.NONE)


def retold(entry: Entry, wall_ns: int, source: TimeSource, error_s: float) -> Entry:
    """The same entry, once its time is settled."""
    return entry._replace(time=Stamp(wall_ns, source, error_s, settled=True))


def readings(count: int, first: int = 1) -> list[Entry]:
    """`count` pH observations, a second apart; the value is 7 plus a thousandth of `seq`."""
    return entries((observation(seq, 7 + seq / 1000) for seq in range(first, first + count)), first)


def _with_word(entry: Entry, words: Mapping[tuple[str, str, int], Entry]) -> Entry:
    found = observed(entry.record)
    word = found and words.get((entry.boot, str(found.channel), found.at.mono_ns))
    if word is None or word.seq <= entry.seq or not isinstance(word.record, Judgement):
        return entry
    return entry._replace(later=word.record)


class MemoryLog:
    """A journal in memory: the front and the shipper's view of it in one."""

    is_open = True
    identity = "8c1f42d0"
    open_events: tuple[Event, ...] = ()

    def __init__(self, records: list[Entry]) -> None:
        self.records = records
        self.bookmarks: dict[str, int] = {}
        self.islands_of: dict[str, tuple[tuple[int, int], ...]] = {}
        self.parked_by: dict[tuple[str, int], str] = {}
        self.told: list[Record] = []
        self.unsettled = 0
        self.closed = False

    @property
    def refused(self) -> dict[int, str]:
        return {seq: reason for (_, seq), reason in self.parked_by.items()}

    @property
    def head(self) -> int:
        return self.records[-1].seq if self.records else 0

    @property
    def settled(self) -> int:
        return self.head - self.unsettled

    def view(self) -> MemoryLog:
        return self

    def append(self, records: Sequence[Record]) -> None:
        """Not committed before a test does so: most are about other records."""
        self.told += records

    def commit(self, records: Iterable[Record]) -> None:
        self.records += entries(records, self.head + 1)

    def read_after(self, seq: int, limit: int, upto: int | None = None) -> list[Entry]:
        top = self.head if upto is None else upto
        begin = bisect_right(self.records, seq, key=lambda entry: entry.seq)
        return [entry for entry in self.records[begin : begin + limit] if entry.seq <= top]

    def events_after(self, seq: int, limit: int) -> list[Entry]:
        found = (each for each in self.records if each.seq > seq and isinstance(each.record, Event))
        return list(islice(found, limit))

    def judged(self, entries: Sequence[Entry]) -> list[Entry]:
        """By hand, as the journal's own index finds them."""
        words = {
            (each.boot, str(each.record.observation.channel), each.record.at.mono_ns): each
            for each in self.records
            if isinstance(each.record, Judgement)
        }
        return [_with_word(entry, words) for entry in entries]

    def bookmark(self, reader: str) -> int:
        return self.bookmarks.get(reader, 0)

    def islands(self, reader: str) -> tuple[tuple[int, int], ...]:
        return self.islands_of.get(reader, ())

    def advance(self, reader: str, seq: int, islands: Sequence[tuple[int, int]] = ()) -> None:
        assert ":" in reader or seq >= self.bookmark(reader), "a bookmark never goes back"
        self.bookmarks[reader] = seq
        self.islands_of[reader] = tuple(islands)

    def park(self, reader: str, seq: int, reason: str) -> None:
        self.parked_by[reader, seq] = reason

    def unpark(self, reader: str, seqs: Sequence[int]) -> None:
        for seq in seqs:
            del self.parked_by[reader, seq]

    def parked(self, reader: str) -> list[tuple[int, str]]:
        return sorted((seq, reason) for (name, seq), reason in self.parked_by.items() if name == reader)

    def channels(self) -> list[str]:
        return sorted({str(e.record.channel) for e in self.records if isinstance(e.record, Observation)})

    def span(self, from_ns: int, to_ns: int) -> tuple[int, int] | None:
        seqs = [each.seq for each in self.records if from_ns <= each.time.wall_ns < to_ns]
        return (seqs[0], seqs[-1]) if seqs else None

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
