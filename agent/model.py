"""The words of the station as frozen types. Everything speaks them; this module imports nothing of ours.

A reading is what an instrument said (`drivers.contract.Reading`). An *observation* is a reading made
useful: engineering value in the canonical unit, time, flag, calibration. It is never changed afterwards;
a later judgement is a new record.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Flag(IntEnum):
    """Quality of one observation, QARTOD primary flags (IOOS QARTOD flags manual v1.2)."""

    GOOD = 1
    NOT_EVALUATED = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


class Why(IntFlag):
    """Reasons beside a flag, one bit each. Stored for years: a bit is never given a second meaning."""

    NONE = 0
    NO_ANSWER = 1  # the instrument was silent
    BAD_ANSWER = 1 << 1  # it answered, damaged, refused or foreign
    BUS_DOWN = 1 << 2  # the wire or its adapter is gone
    NOT_ASKED = 1 << 3  # backing off from an instrument that did not answer before
    OVER_RANGE = 1 << 4  # the instrument or converter is saturated: the number is not a measurement
    SENSOR_RANGE = 1 << 5  # outside what the instrument can measure
    SITE_RANGE = 1 << 6  # outside what the site's owner expects
    LOOP_FAULT = 1 << 7  # a 4-20 mA loop outside its NE 43 band
    WARMING_UP = 1 << 8  # the instrument itself said that it is not ready
    OVERRUN = 1 << 9  # its turn passed while the bus was still busy with the one before
    MAINTENANCE = 1 << 10  # somebody works on the instrument: what it says is not the site's water
    SYNTAX = 1 << 11  # a logger's code for "no value" (-9999) that came as a number
    SPIKE = 1 << 12  # away from the values before and after it
    RATE = 1 << 13  # changed faster than it can
    FLAT_LINE = 1 << 14  # stuck: the same value for too long
    ATTENUATED = 1 << 15  # varies less than a live instrument does
    CLIMATOLOGY = 1 << 16  # outside what this month and hour are like
    # 1 << 17 and 1 << 19 are reserved: no test gives them.
    SHIFT = 1 << 18  # its level jumped, and stayed
    DISAGREES = 1 << 20  # another probe or another quantity says otherwise
    ELECTRODE = 1 << 21  # slope or offset of the electrode is out of bounds
    FOULING = 1 << 22  # crept up between two wipes
    CALIBRATION_EXPIRED = 1 << 23  # the calibration that made it is past its date
    COMPENSATION = 1 << 24  # what corrects it (temperature, air pressure) was missing or stale
    CLOCK = 1 << 25  # the clock could not be believed when it was taken
    GAP = 1 << 26  # the value before it is too old to compare with
    CALIBRATION_UNFIT = 1 << 27  # its calibration found the instrument unfit, or was not brought to its end


class Trust(IntEnum):
    """How far the wall clock can be believed at an instant."""

    NONE = 0
    RTC = 1
    NTP = 2


class Instant(NamedTuple):
    """One look at both clocks. `mono_ns` counts since boot, suspend included; schedules run on it."""

    wall_ns: int
    mono_ns: int
    trust: Trust


class Channel(NamedTuple):
    """One quantity of one sensor. `str(channel)` is its name everywhere: `ph-3/ph`."""

    sensor: str
    quantity: str
    unit: str
    raw_unit: str

    def __str__(self) -> str:
        return f"{self.sensor}/{self.quantity}"


class Calibration(NamedTuple):
    """What turned raw into value: a stable id, and the JSON text that lets anyone repeat the sum."""

    id: str
    body: str


class Input(NamedTuple):
    """What corrected a value: the newest good value of another channel at that moment.

    `value` is None when that was missing or too old: the sum was made without it, and the flag says so.
    """

    value: float | None
    age_s: float | None


class Observation(NamedTuple):
    """One value of one channel at one instant, with the proof of how it came about.

    `inputs` are by role (`temperature`, `barometer`); the calibration's body names their channels.
    """

    channel: Channel
    at: Instant
    raw: float | None
    value: float | None
    flag: Flag
    why: Why
    calibration: Calibration
    inputs: Mapping[str, Input] = MappingProxyType({})


class Judgement(NamedTuple):
    """A later word on an observation of this boot, which itself is never changed.

    `observation` is the same one with its heavier flag and all reasons.
    """

    observation: Observation

    @property
    def at(self) -> Instant:
        """When the observation was made, so that whoever can rewrites its point."""
        return self.observation.at


class Severity(IntEnum):
    """Four-level warning convention; 0 is information."""

    INFO = 0
    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4


class Event(NamedTuple):
    """Something that the station concluded about `subject`: a sensor, a bus, or the `station` itself.

    `phase` is `raised`, `updated` when there is more to tell, `acknowledged` when a person has seen it, which
    ends nothing, and `cleared`. `id` is the same in all of them; what a person said has `by` and `note` in
    its `data`, also where a person closed it. Else `data` holds the figures of the text for machines, by
    name with the unit last (`{"reason": "no_power", "lasted_s": 420.0}`).
    """

    id: str
    kind: str
    subject: str
    phase: str
    severity: Severity
    at: Instant
    title: str
    text: str
    data: Mapping[str, float | str] = MappingProxyType({})


class Health(NamedTuple):
    """The station's own heartbeat: numbers about itself, by name with the unit last (`uptime_s`)."""

    at: Instant
    numbers: dict[str, float]


class Tally(NamedTuple):
    """What became of one channel's expected observations on one day.

    `expected` = `present` + everything in `missing`, which counts slots by the word of their reason
    (`no_answer`, `no_power`, `evicted`, ...). `good` is the part of `present` with flag GOOD.
    """

    expected: int
    present: int
    good: int
    missing: Mapping[str, int]


class Completeness(NamedTuple):
    """The account of one UTC day (`2026-11-22`), by channel name."""

    at: Instant
    day: str
    channels: Mapping[str, Tally]


class Visit(NamedTuple):
    """What people did or saw: `start`, `note`, `reading`, `sample`, `photo`, `end`, or `calibration`.

    `id` is its own; `visit` that of the visit it belongs to, "" outside of any. `subject` is a channel, a
    sensor, or `station`. `data` holds JSON values by name, the unit last.
    """

    id: str
    visit: str
    kind: str
    subject: str
    by: str
    at: Instant
    text: str
    data: Mapping[str, Any] = MappingProxyType({})


Record = Observation | Event | Health | Completeness | Judgement | Visit


def observed(record: Record) -> Observation | None:
    """The observation that a record is, or is a word on."""
    if isinstance(record, Judgement):
        return record.observation
    return record if isinstance(record, Observation) else None


class TimeSource(IntEnum):
    """Where the best known time of a record comes from. Stored and published: numbers never change."""

    NONE = 0  # the clock was never set; as read, and likely wrong
    RTC = 1  # as read, from a clock chip with a battery
    NTP = 2  # as read, set by the network
    REPAIRED = 3  # read wrong, put right by what the network told later in the same boot
    ESTIMATED = 4  # never told in that boot: between the boots around it


class Stamp(NamedTuple):
    """The best known time of a record. Once it is `settled` it never changes again."""

    wall_ns: int
    source: TimeSource
    error_s: float  # the truth lies within +- this; inf when nothing bounds it
    settled: bool


class StationId(NamedTuple):
    """Who speaks: with a sequence number this names a record in the whole network, for ever."""

    site: str
    station: str
    journal: str


class Entry(NamedTuple):
    """A record with its place in the journal: (journal id, `seq`) identifies it for ever.

    `time` is when it happened as far as is known by now; `record.at` is what the clocks said. `later` is the
    last word on an observation that goes out late, looked up for who files by time.
    """

    seq: int
    boot: str
    record: Record
    time: Stamp
    later: Judgement | None = None
