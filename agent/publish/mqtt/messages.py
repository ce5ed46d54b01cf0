"""A batch of journal entries as MQTT messages: which topic, how many rows, within which size. Pure."""

from __future__ import annotations

import json
import zlib
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Completeness, Event, Health, Judgement, Observation, Visit
from agent.publish.contract import RejectedError
from agent.publish.mqtt.senml import pack
from agent.publish.stamp import doubt, iso_ms
from agent.sound import sound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.model import Entry, StationId

# Fixed header, topic length, packet id and properties of a PUBLISH without properties (MQTT 5.0, 3.3).
PUBLISH_OVERHEAD = 16
_DEFLATE_LEVEL = 9  # 7 % less than 6, for a tenth of a microsecond more per value


class Topics(NamedTuple):
    """Where one station speaks, and where it is spoken to."""

    readings: str
    event: str
    health: str
    completeness: str
    judgement: str
    visit: str
    status: str
    meta: str
    latest: str
    receipt: str
    cmd: str
    answer: str

    @classmethod
    def of(cls, prefix: str, station: StationId) -> Topics:
        """`{prefix}/{site}/{station}/...`."""
        root = f"{prefix}/{station.site}/{station.station}"
        return cls(*(f"{root}/{name}" for name in cls._fields))


class Message(NamedTuple):
    """One PUBLISH, and how many entries of the batch it carries."""

    topic: str
    payload: bytes
    rows: int
    retain: bool = False


class Limits(NamedTuple):
    """Rows of observations per message, bytes per packet that the broker takes, whether to deflate packs."""

    rows: int
    packet_bytes: int
    deflate: bool = False


def messages(batch: Sequence[Entry], topics: Topics, station: StationId, limits: Limits) -> Iterator[Message]:
    """The batch in order: runs of observations share messages, everything else travels alone.

    Raises RejectedError on reaching an entry that alone exceeds the broker's packet limit.
    """
    for together, run in groupby(batch, key=lambda entry: isinstance(entry.record, Observation)):
        entries = list(run)
        size = limits.rows if together else 1
        for start in range(0, len(entries), size):
            yield from _fitting(entries[start : start + size], topics, station, limits)


def readings(entries: Sequence[Entry], topic: str, station: StationId, limits: Limits) -> Message:
    """One pack of observations; as zlib (RFC 1950) where that is wanted and shorter.

    No reader mistakes one for the other: JSON begins with `[`, zlib with 0x78.
    """
    payload = pack(entries, station)
    if limits.deflate:
        payload = min(payload, zlib.compress(payload, _DEFLATE_LEVEL), key=len)
    return Message(topic, payload, len(entries))


def size_of(message: Message) -> int:
    """Bytes of the whole packet, at the most."""
    return len(message.topic) + len(message.payload) + PUBLISH_OVERHEAD


def _fitting(entries: list[Entry], topics: Topics, station: StationId, limits: Limits) -> Iterator[Message]:
    """Halve until each part fits."""
    parts = [entries]
    while parts:
        part = parts.pop()
        message = _message(part, topics, station, limits)
        size = size_of(message)
        if size <= limits.packet_bytes:
            yield message
        elif len(part) > 1:
            half = len(part) // 2
            parts += [part[half:], part[:half]]
        else:
            raise RejectedError(
                f"a message of {size} bytes, but the broker takes {limits.packet_bytes} at the most",
                "raise max_packet_size in the broker's configuration",
            )


def _message(entries: list[Entry], topics: Topics, station: StationId, limits: Limits) -> Message:
    entry = entries[0]
    record = entry.record
    if isinstance(record, Event):
        return Message(topics.event, _event(entry, record, station), 1)
    if isinstance(record, Health):
        return Message(topics.health, _health(entry, record, station), 1)
    if isinstance(record, Completeness):
        return Message(topics.completeness, _completeness(entry, record, station), 1)
    if isinstance(record, Judgement):
        return Message(topics.judgement, _judgement(entry, record.observation, station), 1)
    if isinstance(record, Visit):
        return Message(topics.visit, _visit(entry, record, station), 1)
    return readings(entries, topics.readings, station, limits)


def _event(entry: Entry, event: Event, station: StationId) -> bytes:
    body = {
        "id": event.id,
        "kind": event.kind,
        "subject": event.subject,
        "phase": event.phase,
        "severity": int(event.severity),
        "level": event.severity.name.lower(),
        "title": event.title,
        "text": event.text,
        **({"data": event.data} if event.data else {}),
    }
    return _json({**_envelope(entry, station), **body})


def _health(entry: Entry, health: Health, station: StationId) -> bytes:
    numbers = {name: number for name, number in health.numbers.items() if isfinite(number)}
    return _json({**_envelope(entry, station), "numbers": numbers})


def _completeness(entry: Entry, account: Completeness, station: StationId) -> bytes:
    channels = {name: tally._asdict() for name, tally in account.channels.items()}
    return _json({**_envelope(entry, station), "day": account.day, "channels": channels})


def _judgement(entry: Entry, judged: Observation, station: StationId) -> bytes:
    """Its `name` and its time are those of the observation."""
    body = {
        "name": str(judged.channel),
        "value": judged.value if judged.value is not None and isfinite(judged.value) else None,
        "qc": int(judged.flag),
        "why": int(judged.why),
        "reasons": [str(reason.name).lower() for reason in judged.why],
    }
    return _json({**_envelope(entry, station), **body})


def _visit(entry: Entry, visit: Visit, station: StationId) -> bytes:
    body = visit._asdict()
    del body["at"]
    return _json({**_envelope(entry, station), **body})


def _envelope(entry: Entry, station: StationId) -> dict[str, object]:
    """Who, which record, when: the same at the front of every message that is not a SenML pack."""
    envelope: dict[str, object] = {**station._asdict(), "seq": entry.seq, "time": iso_ms(entry.time.wall_ns)}
    doubted = doubt(entry)
    if doubted.clock != "ntp":
        envelope["clock"] = doubted.clock
    if doubted.err_s is not None:
        envelope["err"] = doubted.err_s
    if doubted.up_s is not None:
        envelope |= {"boot": doubted.boot, "up": doubted.up_s}
    return envelope


def _json(body: dict[str, object]) -> bytes:
    return json.dumps(sound(body), separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(
        errors="replace"
    )
