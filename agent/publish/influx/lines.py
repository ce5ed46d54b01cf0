"""Journal entries as points of InfluxDB, in line protocol.

Measurements, tags and field types are fixed for ever (InfluxDB 3 freezes a table's tags at its first write):

    reading,site,station,sensor,quantity   value f, raw f, qc i, qc_why i; a judgement is the same once more
    event,site,station,kind,subject        severity i, active i, confidence f, late_s f;
                                           id s, phase s, level s, mechanism s, by s, title s, text s
    station,site,station                   what the station says about itself, all f
    visit,site,station,kind,subject        n i (1), value f, probe f, difference f; id, visit, by, text s
    reading_1d,site,station,sensor,quantity  n_expected i, n_all i, n_good i; filed under the day's beginning

All but the last have clock i and clock_err_s f as well when the network had not set the clock: 1 from a clock
chip, 3 put right afterwards, 4 estimated, 0 never known; within so many seconds, if that is known.

No two events, or visits, of one kind and subject share a time (`agent.journal.file.apart`), or one would
replace the other. The flag is a field, so that writing a point again replaces it. A missing value is qc 9
without `value`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from influxdb_client.client.write.point import Point
from influxdb_client.domain.write_precision import WritePrecision

from agent.model import Completeness, Event, Health, Judgement, Observation, TimeSource, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.model import Entry, StationId

_NS_PER_MS = 1_000_000
# Of a detector's event: how sure it is, how late it was told, what it looks like; of a person's word: whose.
_EVENT_NUMBERS, _EVENT_WORDS = ("confidence", "late_s"), ("mechanism", "by")
_VISIT_NUMBERS = ("value", "probe", "difference")  # what a manual reading says


def line(entry: Entry, station: StationId, *, text: bool) -> str:
    """Its lines with a time in ms, "" for a record without any field. `text` keeps string fields."""
    record = entry.record
    match record:
        case Observation() | Judgement():
            point = _reading(entry.later or record, _point("reading", entry, station))
        case Event():
            point = _event(record, _point("event", entry, station), text=text)
        case Health():
            point = _health(record, _point("station", entry, station))
        case Visit():
            point = _visit(record, _point("visit", entry, station), text=text)
        case Completeness():
            return "\n".join(_days(record, station))
    return str(point.to_line_protocol())


def _reading(said: Observation | Judgement, point: Point) -> Point:
    observation = said.observation if isinstance(said, Judgement) else said
    # Point leaves out a field that is None or no finite number; one `nan` would void the whole request.
    return (
        point.tag("sensor", observation.channel.sensor)
        .tag("quantity", observation.channel.quantity)
        .field("value", _float(observation.value))
        .field("raw", _float(observation.raw))
        .field("qc", int(observation.flag))
        .field("qc_why", int(observation.why))
    )


def _event(event: Event, point: Point, *, text: bool) -> Point:
    point.tag("kind", event.kind).tag("subject", event.subject)
    point.field("severity", int(event.severity)).field("active", int(event.phase != "cleared"))
    for name in _EVENT_NUMBERS:
        number = event.data.get(name)
        if isinstance(number, int | float):
            point.field(name, float(number))
    if text:
        point.field("id", event.id).field("phase", event.phase).field("level", event.severity.name.lower())
        for name in _EVENT_WORDS:
            point.field(name, event.data.get(name) or None)
        point.field("title", event.title).field("text", event.text)
    return point


def _visit(visit: Visit, point: Point, *, text: bool) -> Point:
    point.tag("kind", visit.kind).tag("subject", visit.subject).field("n", 1)
    for name in _VISIT_NUMBERS:
        number = visit.data.get(name)
        if isinstance(number, int | float):
            point.field(name, float(number))
    if text:
        point.field("id", visit.id).field("visit", visit.visit)
        point.field("by", visit.by).field("text", visit.text)
    return point


def _health(health: Health, point: Point) -> Point:
    for name, number in health.numbers.items():
        point.field(name, float(number))
    return point


def _days(account: Completeness, station: StationId) -> Iterator[str]:
    """A line per channel, filed under the beginning of its day."""
    midnight = datetime.fromisoformat(account.day).replace(tzinfo=UTC)
    for name, tally in account.channels.items():
        sensor, quantity = name.split("/")
        point = Point("reading_1d").time(midnight, WritePrecision.MS)
        point.tag("site", station.site).tag("station", station.station)
        point.tag("sensor", sensor).tag("quantity", quantity)
        point.field("n_expected", tally.expected).field("n_all", tally.present).field("n_good", tally.good)
        yield str(point.to_line_protocol())


def _point(measurement: str, entry: Entry, station: StationId) -> Point:
    """With its time, and how far that can be believed when the network had not set the clock."""
    time = entry.time
    point = Point(measurement).time(time.wall_ns // _NS_PER_MS, WritePrecision.MS)
    if time.source is not TimeSource.NTP:
        point.field("clock", int(time.source)).field("clock_err_s", float(time.error_s))
    return point.tag("site", station.site).tag("station", station.station)


def _float(number: float | None) -> float | None:
    """Always a float: one integer among floats is a type conflict for the server."""
    return None if number is None else float(number)
